import { describe, expect, it } from "vitest";
import { createTokenIndex } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { beginAttempt, isForgotten } from "./creation-attempt.ts";

const token = (id: string) => ({
  id,
  description: "CI",
  permissions: [],
  createdAt: "2026-01-02T03:04:05Z",
});
const list: TokenList = {
  index: createTokenIndex([token("old")]),
  complete: true,
  unreadable: [],
  validator: undefined,
  receivedAt: 0,
  clockOffset: 5_000,
};
const actor = { kind: "management_token", label: "Ada", managementTokenId: "m-1" } as const;

describe("an attempt", () => {
  it("knows what was listed when it was sent, not what came into the list since", () => {
    const attempt = beginAttempt(list, actor);
    const later = { ...list, index: list.index.apply({ changed: [token("orphan")], removed: ["old"] }) };
    expect(later.index.rowOf("orphan")).toBeDefined();
    expect(attempt.isKnown("old")).toBe(true);
    expect(attempt.isKnown("orphan")).toBe(false);
  });

  it("knows nothing without a list", () => {
    expect(beginAttempt(undefined, actor).isKnown("old")).toBe(false);
  });

  it("belongs to who is signed in, and is sent by the server's clock", () => {
    const before = Date.now();
    const { actor: whose, sentAt } = beginAttempt(list, actor);
    expect(whose).toEqual({ identity: "management_token:m-1", label: "Ada" });
    expect(sentAt - before).toBeGreaterThanOrEqual(5_000);
    expect(beginAttempt(list, { kind: "link", label: "Link" }).actor.identity).toBe("operator");
  });

  it("is forgotten by the gateway after a day, and is not asked about any more somewhat before", () => {
    const hour = 3_600_000;
    expect(isForgotten({ sentAt: 0 }, 23 * hour)).toBe(false);
    expect(isForgotten({ sentAt: 0 }, 23 * hour + 1)).toBe(true);
  });
});
