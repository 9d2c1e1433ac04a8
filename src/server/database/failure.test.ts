import { describe, expect, it } from "vitest";
import { isStoreFailure } from "./failure.ts";

const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });

describe("isStoreFailure", () => {
  it.each([
    ["SQLITE_BUSY"],
    ["SQLITE_IOERR_WRITE"],
    ["SQLITE_FULL"],
    ["SQLITE_READONLY_DBMOVED"],
    ["ECONNREFUSED"],
    ["EAI_AGAIN"],
    ["08006"],
    ["53300"],
    ["57P01"],
    ["55P03"],
    ["57014"],
    ["25P03"],
    ["42P01"],
  ])("%s: the store cannot be used", (code) => {
    expect(isStoreFailure(withCode(code))).toBe(true);
    expect(isStoreFailure(new AggregateError([withCode(code)]))).toBe(true);
  });

  it.each([["SQLITE_CONSTRAINT_PRIMARYKEY"], ["SQLITE_ERROR"], ["23505"], ["42703"], ["ENOENT"], [""]])(
    "%s: it is the statement's fault",
    (code) => {
      expect(isStoreFailure(withCode(code))).toBe(false);
    },
  );

  it("a table that is gone, as SQLite says it", () => {
    expect(isStoreFailure(withCode("SQLITE_ERROR", "no such table: sessions"))).toBe(true);
    expect(isStoreFailure(withCode("SQLITE_ERROR", "no such column: x"))).toBe(false);
  });

  it("knows what pg says without a code", () => {
    expect(isStoreFailure(new Error("Connection terminated unexpectedly"))).toBe(true);
    expect(isStoreFailure(new Error("timeout exceeded when trying to connect"))).toBe(true);
    expect(isStoreFailure(new Error("something else"))).toBe(false);
    expect(isStoreFailure("Connection terminated")).toBe(false);
  });
});
