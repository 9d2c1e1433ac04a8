import { describe, expect, it } from "vitest";
import type { Token } from "#contract/token.ts";
import { StartError } from "#server/start-error.ts";
import { checkImport, namedDatabases } from "./import-tokens.ts";

const ID = "0a1b2c3d-0000-4000-8000-00000000000";
const token = (digit: number, more: object = {}) => ({
  id: `${ID}${digit}`,
  description: `token ${digit}`,
  permissions: [{ action: "read", resource: "a" }],
  createdAt: "2024-01-01T00:00:00Z",
  ...more,
});

function refusal(value: unknown): string {
  try {
    checkImport(value);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return error instanceof StartError ? error.message : "";
  }
  throw new Error("the import was accepted");
}

describe("checkImport", () => {
  it("takes tokens as they are listed", () => {
    const rows = [token(1), token(2, { expiresAt: "2031-01-01T00:00:00.123456789+02:00", permissions: [] })];
    expect(checkImport(rows)).toEqual(rows);
    expect(checkImport([])).toEqual([]);
  });

  it.each([[null], [{}], ["[]"], [undefined]])("refuses %j: it is no array", (value) => {
    expect(refusal(value)).toContain("must be a JSON array");
  });

  it.each<[object | string | null, string]>([
    [token(1, { id: "1" }), "[0] id must be a UUID"],
    [token(1, { id: undefined }), "[0] id is required"],
    [token(1, { description: 5 }), "[0] description is not valid: expected string, received number"],
    [token(1, { description: "a\u0000" }), "[0] description must not contain the NUL character"],
    [token(1, { permissions: "read" }), "[0] permissions is not valid: expected array, received string"],
    [token(1, { permissions: [{ action: "read" }] }), "[0] permissions[0].resource is required"],
    [token(1, { createdAt: "yesterday" }), "[0] createdAt must be an RFC 3339 date and time"],
    [token(1, { revokedAt: "2024-02-31T00:00:00Z" }), "[0] revokedAt must be an RFC 3339 date and time"],
    ["token", "[0] is no object"],
    [null, "[0] is no object"],
  ])("names the row and the fault of %j", (row, words) => {
    expect(refusal([row, token(2)])).toContain(`1 of 2 tokens cannot be kept: ${words}`);
  });

  it("says that a resource is too long in words", () => {
    const row = token(1, { permissions: [{ action: "read", resource: "x".repeat(65) }] });
    expect(refusal([row])).toMatch(/\[0\] permissions\[0\]\.resource .*64 characters/);
  });

  it("refuses an id that came before, in either case", () => {
    const upper = { ...token(1), id: token(1).id.toUpperCase() };
    expect(refusal([token(1), token(2), upper])).toContain("[2] id is the same as that of [0]");
  });

  it("names the first twenty and counts the rest", () => {
    const message = refusal(Array.from({ length: 25 }, () => ({})));
    expect(message).toContain("25 of 25 tokens");
    expect(message.match(/\[\d+\]/g)).toHaveLength(20);
    expect(message).toMatch(/; and 5 more\.$/);
  });
});

describe("namedDatabases", () => {
  it("names each once, and not the wildcard", () => {
    const grant = (resource: string): Token => token(1, { permissions: [{ action: "x", resource }] });
    expect(namedDatabases([grant("b"), grant("*"), grant("a"), grant("b")])).toEqual(["a", "b"]);
  });

  it("leaves out what no database can be called", () => {
    const grant = (resource: string): Token => token(1, { permissions: [{ action: "x", resource }] });
    expect(namedDatabases([grant(".."), grant("a\\b"), grant("a/b")])).toEqual(["a/b"]);
  });
});
