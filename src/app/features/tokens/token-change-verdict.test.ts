import { describe, expect, it } from "vitest";
import type { Token } from "#contract/token.ts";
import type { TokenReading } from "#app/api/update-token.ts";
import { ifMatchOf, judge, type TokenChange } from "./token-change-verdict.ts";

const read = { action: "read", resource: "a" };
const write = { action: "write", resource: "a" };
const token: Token = {
  id: "t",
  description: "x",
  permissions: [read, write],
  createdAt: "2026-01-01T00:00:00Z",
};
const since = { suspendedAt: "2026-02-01T00:00:00Z", suspendedBy: "Ada" };
const suspended: Token = { ...token, ...since, permissions: [] };
const etag = '"token"';
const kept = { suspension: { ...since, permissions: token.permissions }, etag: '"kept"' };

describe("judge", () => {
  const updated = (
    base: Token,
    update: Extract<TokenChange, { change: "update" }>["update"],
  ): TokenChange => ({
    change: "update",
    base: { token: base, etag },
    update,
  });

  it.each<[string, Token, string]>([
    ["as it was", { ...token, permissions: [write, read] }, "base"],
    ["as wanted", { ...token, description: "y" }, "wish"],
    ["otherwise", { ...token, description: "y", permissions: [read] }, "other"],
    ["suspended meanwhile", { ...token, ...since }, "other"],
  ])("an update of the description finds the token %s", (_, found, verdict) => {
    expect(judge({ token: found, etag }, updated(token, { description: "y" }))).toBe(verdict);
  });

  it.each<[string, Token, string]>([
    ["without any", { ...token, permissions: [] }, "wish"],
    ["as it was", token, "base"],
    // They come back as soon as somebody restores it.
    ["suspended meanwhile, which looks like it", suspended, "other"],
  ])("an update that takes all permissions away finds the token %s", (_, found, verdict) => {
    expect(judge({ token: found, etag }, updated(token, { permissions: [] }))).toBe(verdict);
  });

  it.each<[string, Token, string]>([
    ["as wanted", { ...suspended, description: "y" }, "wish"],
    ["as it was", suspended, "base"],
    ["restored, without any permissions", { ...token, description: "y", permissions: [] }, "other"],
  ])("an update of a suspended token finds it %s", (_, found, verdict) => {
    expect(judge({ token: found, etag }, updated(suspended, { description: "y" }))).toBe(verdict);
  });

  it.each<[string, Token, string]>([
    ["active still", token, "base"],
    ["active still, with a record that was made before it failed", { ...token, ...since }, "base"],
    ["suspended", suspended, "wish"],
    ["suspended and given permissions again", { ...suspended, permissions: [read] }, "other"],
    ["without permissions, and no record of them", { ...token, permissions: [] }, "other"],
  ])("a suspension finds the token %s", (_, found, verdict) => {
    expect(judge({ token: found, etag }, { change: "suspend", base: { token, etag } })).toBe(verdict);
  });

  it.each<[string, Token, string]>([
    ["suspended anew", { ...suspended, suspendedAt: "2026-02-02T00:00:00Z" }, "wish"],
    ["emptied by an update, under the record of before", suspended, "other"],
    ["as it was", { ...suspended, permissions: [read] }, "base"],
  ])("a second suspension finds the token %s", (_, found, verdict) => {
    const base = { token: { ...suspended, permissions: [read] }, etag };
    expect(judge({ token: found, etag }, { change: "suspend", base })).toBe(verdict);
  });

  const restoration: TokenChange = { change: "restore", base: { token: suspended, etag, kept } };
  const other = { ...kept, etag: '"kept, other"' };
  it.each<[string, TokenReading, string]>([
    ["suspended still", { token: suspended, etag, kept }, "base"],
    ["as it was before", { token: { ...token, permissions: [write, read] }, etag }, "wish"],
    ["changed", { token: { ...suspended, permissions: [read] }, etag, kept: other }, "other"],
    ["suspended anew, which looks the same", { token: suspended, etag, kept: other }, "other"],
    ["restored to something else", { token: { ...token, permissions: [read] }, etag }, "other"],
    // The permissions of before, given by somebody's update while the record stands, are no restoration.
    [
      "with its permissions, and the record still there",
      { token: { ...suspended, permissions: [read, write] }, etag, kept: other },
      "other",
    ],
  ])("a restoration finds the token %s", (_, found, verdict) => {
    expect(judge(found, restoration)).toBe(verdict);
  });
});

describe("ifMatchOf", () => {
  it("names the token, and for a restoration what is kept of it", () => {
    expect(ifMatchOf({ change: "update", base: { token, etag, kept }, update: {} })).toBe('"token"');
    expect(ifMatchOf({ change: "suspend", base: { token, etag } })).toBe('"token"');
    expect(ifMatchOf({ change: "restore", base: { token: suspended, etag, kept } })).toBe('"kept"');
  });
});
