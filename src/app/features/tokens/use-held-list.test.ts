import { describe, expect, it } from "vitest";
import { createTokenIndex, type ListedToken, type TokenIndex } from "./token-index.ts";
import { adoptList, nextHeld } from "./use-held-list.ts";
import { token } from "./tokens-for-tests.ts";

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
  const whole = (...tokens: ListedToken[]) => ({ index: createTokenIndex(tokens), complete: true });
  const first = whole(token("a"), token("b"));
  const second = whole(token("b"), token("c"));

  it("shows news at once while nobody is on the table", () => {
    expect(nextHeld(adoptList(first, none), second, "none", none)).toEqual(adoptList(second, none));
  });
  it.each(["rows", "dialog"] as const)(
    "holds the rows and counts what waits while somebody is on %s",
    (hold) => {
      const held = nextHeld(adoptList(first, none), second, hold, none);
      expect(held).toMatchObject({ shown: first.index, waiting: 2 });
      // Further news is compared with what is shown, and nothing new changes nothing.
      expect(nextHeld(held, second, hold, none)).toBe(held);
      const third = { ...second, index: second.index.apply({ changed: [token("d")], removed: [] }) };
      expect(nextHeld(held, third, hold, none).waiting).toBe(3);
    },
  );
  it.each(["rows", "dialog"] as const)("holds nothing of a list that was taken away, on %s", (hold) => {
    const gone = { index: createTokenIndex([]), complete: false };
    const held = nextHeld(adoptList(first, none), gone, hold, none);
    expect(held).toEqual(adoptList(gone, none));
    expect(nextHeld(held, gone, hold, none)).toBe(held);
    // What the next person may see comes as a first list does.
    expect(tokensOf(nextHeld(held, second, hold, none).shown)).toEqual(tokensOf(second.index));
  });
  it("lets go when they leave", () => {
    const held = nextHeld(adoptList(first, none), second, "rows", none);
    expect(nextHeld(held, second, "none", none)).toEqual(adoptList(second, none));
  });
  it("shows what this administrator changed, and holds the rest", () => {
    const revoked = token("b", { revokedAt: "2026-02-01T00:00:00Z" });
    const held = nextHeld(adoptList(first, none), whole(revoked, token("c")), "rows", new Set(["b"]));
    expect(tokensOf(held.shown)).toEqual([token("a"), revoked]);
    expect(held.waiting).toBe(2);
  });
  it("shows at once that a token this administrator changed is gone", () => {
    const held = nextHeld(adoptList(first, none), whole(token("b"), token("c")), "rows", new Set(["a"]));
    expect(tokensOf(held.shown)).toEqual([token("b")]);
    expect(held.waiting).toBe(1);
  });
  it("takes the latest list as it is where it differs in nothing but what this administrator changed", () => {
    const revoked = token("b", { revokedAt: "2026-02-01T00:00:00Z" });
    const latest = { ...first, index: first.index.apply({ changed: [revoked], removed: ["a"] }) };
    const both = new Set(["b", "a"]);
    expect(nextHeld(adoptList(first, none), latest, "dialog", both).shown).toBe(latest.index);
    // They may be known before the list has them.
    expect(nextHeld(adoptList(first, both), latest, "dialog", both).shown).toBe(latest.index);
    const held = nextHeld(adoptList(first, none), latest, "dialog", new Set(["b"]));
    expect(tokensOf(held.shown)).toEqual([token("a"), revoked]);
    expect(held.waiting).toBe(1);
  });
  it("does not hold an empty list", () => {
    expect(nextHeld(adoptList(whole(), none), first, "rows", none).shown).toBe(first.index);
  });
  it("lets the rest of a first list in under the pointer, but not behind a dialog", () => {
    const part = { ...first, complete: false };
    const all = { index: first.index.apply({ changed: [token("c")], removed: [] }), complete: true };
    expect(nextHeld(adoptList(part, none), all, "rows", none)).toEqual(adoptList(all, none));
    const behind = nextHeld(adoptList(part, none), all, "dialog", none);
    expect(behind.shown).toBe(first.index);
    expect(nextHeld(behind, all, "dialog", none)).toBe(behind);
    // The dialog closes while the pointer is still on the table.
    expect(nextHeld(behind, all, "rows", none)).toEqual(adoptList(all, none));
  });
  it("notices that a list which did not grow is complete now", () => {
    const held = nextHeld(adoptList({ ...first, complete: false }, none), first, "rows", none);
    expect(held).toEqual(adoptList(first, none));
    expect(nextHeld(held, first, "rows", none)).toBe(held);
  });
});
