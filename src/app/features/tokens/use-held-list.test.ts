import { describe, expect, it } from "vitest";
import type { ListedToken } from "./token-index.ts";
import { adoptList, countChanges, nextHeld } from "./use-held-list.ts";

const token = (id: string, more: Partial<ListedToken> = {}): ListedToken => ({
  id,
  description: id,
  createdAt: "2026-01-01T00:00:00Z",
  permissions: [{ action: "read", resource: "*" }],
  ...more,
});

describe("countChanges", () => {
  it("counts what came, went and changed, by id", () => {
    const before = [token("stays"), token("goes"), token("changes"), token("loses")];
    const after = [
      token("comes"),
      token("changes", { revokedAt: "2026-02-01T00:00:00Z" }),
      token("stays"),
      token("loses", { permissions: [] }),
    ];
    expect(countChanges(before, after)).toBe(4);
  });
  it("does not count another order of the same", () => {
    expect(countChanges([token("a"), token("b")], [token("b"), token("a")])).toBe(0);
  });
});

describe("nextHeld", () => {
  const none: ReadonlySet<string> = new Set();
  const first = [token("a"), token("b")];
  const second = [token("b"), token("c")];

  it("shows news at once while nobody is on the table", () => {
    expect(nextHeld(adoptList(first, none), second, false, none)).toEqual(adoptList(second, none));
  });
  it("holds the rows and counts what waits while somebody is", () => {
    const held = nextHeld(adoptList(first, none), second, true, none);
    expect(held).toMatchObject({ shown: first, waiting: 2 });
    // Further news is compared with what is shown, and nothing new changes nothing.
    expect(nextHeld(held, second, true, none)).toBe(held);
    expect(nextHeld(held, [...second, token("d")], true, none).waiting).toBe(3);
  });
  it("lets go when they leave", () => {
    const held = nextHeld(adoptList(first, none), second, true, none);
    expect(nextHeld(held, second, false, none)).toEqual(adoptList(second, none));
  });
  it("shows what this administrator changed, and holds the rest", () => {
    const revoked = token("b", { revokedAt: "2026-02-01T00:00:00Z" });
    const held = nextHeld(adoptList(first, none), [revoked, token("c")], true, new Set(["b"]));
    expect(held.shown).toEqual([token("a"), revoked]);
    expect(held.waiting).toBe(2);
  });
  it("does not hold an empty list", () => {
    expect(nextHeld(adoptList<ListedToken>([], none), first, true, none).shown).toBe(first);
  });
});
