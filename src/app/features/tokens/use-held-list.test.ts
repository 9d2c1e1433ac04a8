import { describe, expect, it } from "vitest";
import type { ListedToken } from "./token-index.ts";
import { countChanges } from "./use-held-list.ts";

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
