import { describe, expect, it } from "vitest";
import { safeReturnPath, signInPath } from "./paths.ts";

const origin = "http://localhost:4600";

describe("safeReturnPath", () => {
  it("keeps a path of ours with its query", () => {
    expect(safeReturnPath("/clusters/own/database-tokens?q=ci", origin)).toBe(
      "/clusters/own/database-tokens?q=ci",
    );
  });
  it.each([
    "//evil.example/x",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil",
    "javascript:alert(1)",
    "",
    "/sign-in?x",
  ])("refuses %j", (path) => {
    expect(safeReturnPath(path, origin)).toBeUndefined();
  });
  it("survives its own round trip", () => {
    const path = "/clusters/own/database-tokens?q=a%26b&sort=-created";
    expect(safeReturnPath(new URL(signInPath(path), origin).searchParams.get("return"), origin)).toBe(path);
  });
});
