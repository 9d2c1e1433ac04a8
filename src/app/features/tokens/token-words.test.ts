import { describe, expect, it } from "vitest";
import { defaultView } from "./token-view-state.ts";
import { filterChips } from "./token-words.ts";

describe("filterChips", () => {
  it("has a chip for each filter, and each takes away its own", () => {
    const view = { ...defaultView, status: "revoked", access: "write", database: "logs", expiry: 1 } as const;
    const chips = filterChips(view);
    expect(chips.map(({ label }) => label)).toEqual([
      "Status: Revoked",
      "Access: Can write",
      "Database: logs",
      "Expires within a day",
    ]);
    for (const { without } of chips) expect(filterChips({ ...view, ...without })).toHaveLength(3);
    expect(filterChips(defaultView)).toEqual([]);
  });
});
