import { describe, expect, it } from "vitest";
import { createTokenIndex, type ListedToken, type TokenIndex } from "./token-index.ts";
import { adoptList, nextHeld } from "./use-held-list.ts";

const token = (id: string, more: Partial<ListedToken> = {}): ListedToken => ({
  id,
  description: id,
  createdAt: "2026-01-01T00:00:00Z",
  permissions: [{ action: "read", resource: "*" }],
  ...more,
});

const tokensOf = (index: TokenIndex) =>
  [
    ...index.query({
      text: "",
      inactive: true,
      status: undefined,
      access: undefined,
      database: undefined,
      expiry: undefined,
      sort: { by: "id", descending: false },
      now: 0,
    }),
  ].map((row) => index.tokenAt(row));

describe("nextHeld", () => {
  const none: ReadonlySet<string> = new Set();
  const first = createTokenIndex([token("a"), token("b")]);
  const second = createTokenIndex([token("b"), token("c")]);

  it("shows news at once while nobody is on the table", () => {
    expect(nextHeld(adoptList(first, none), second, false, none)).toEqual(adoptList(second, none));
  });
  it("holds the rows and counts what waits while somebody is", () => {
    const held = nextHeld(adoptList(first, none), second, true, none);
    expect(held).toMatchObject({ shown: first, waiting: 2 });
    // Further news is compared with what is shown, and nothing new changes nothing.
    expect(nextHeld(held, second, true, none)).toBe(held);
    const third = second.apply({ changed: [token("d")], removed: [] });
    expect(nextHeld(held, third, true, none).waiting).toBe(3);
  });
  it("lets go when they leave", () => {
    const held = nextHeld(adoptList(first, none), second, true, none);
    expect(nextHeld(held, second, false, none)).toEqual(adoptList(second, none));
  });
  it("shows what this administrator changed, and holds the rest", () => {
    const revoked = token("b", { revokedAt: "2026-02-01T00:00:00Z" });
    const latest = createTokenIndex([revoked, token("c")]);
    const held = nextHeld(adoptList(first, none), latest, true, new Set(["b"]));
    expect(tokensOf(held.shown)).toEqual([token("a"), revoked]);
    expect(held.waiting).toBe(2);
  });
  it("shows at once that a token this administrator changed is gone", () => {
    const latest = createTokenIndex([token("b"), token("c")]);
    const held = nextHeld(adoptList(first, none), latest, true, new Set(["a"]));
    expect(tokensOf(held.shown)).toEqual([token("b")]);
    expect(held.waiting).toBe(1);
  });
  it("does not hold an empty list", () => {
    expect(nextHeld(adoptList(createTokenIndex([]), none), first, true, none).shown).toBe(first);
  });
});
