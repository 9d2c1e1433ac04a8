import { expect, test } from "vitest";
import type { Rotation } from "#contract/rotation.ts";
import { createTokenIndex } from "#app/features/tokens/token-index.ts";
import { token } from "#app/features/tokens/tokens-for-tests.ts";
import { knowledgeOf, knownRotation, replacementCandidates } from "./rotation-tokens.ts";

const startedAt = "2026-01-01T00:00:00Z";
const rotation: Rotation = {
  id: "r",
  kind: "database",
  state: "overlap",
  oldTokenId: "old",
  oldDescription: "x",
  newTokenId: "new",
  newDescription: "y",
  startedAt,
  startedBy: "ada",
};

function listed(listsMayBePartial: boolean, ids: readonly string[], minutesLater = 5) {
  const list = {
    index: createTokenIndex(ids.map((id) => token(id))),
    complete: true,
    unreadable: [],
    validator: undefined,
    receivedAt: Date.parse(startedAt) + minutesLater * 60_000,
    clockOffset: 0,
  };
  return { cluster: { listsMayBePartial }, list, listProblem: undefined };
}

test("a token that a list which leaves nothing out does not have is gone", () => {
  expect(knownRotation(rotation, listed(false, ["new"]))).toMatchObject({
    old: { known: "gone" },
    place: "ending",
  });
  expect(knownRotation(rotation, listed(false, ["old"])).place).toBe("without_replacement");
});

test("absence from a list that may leave tokens out says nothing of either token", () => {
  expect(knownRotation(rotation, listed(true, []))).toMatchObject({
    old: { known: "unlisted" },
    replacement: { known: "unlisted" },
    place: "overlap",
  });
});

test("that the old token is gone the gateway tells, where a list may leave tokens out", () => {
  const proven: Rotation = { ...rotation, oldTokenGone: true };
  expect(knownRotation(proven, listed(true, []))).toMatchObject({
    old: { known: "gone" },
    replacement: { known: "unlisted" },
    place: "ending",
  });
});

test("a list that is hardly younger than a rotation says nothing yet", () => {
  expect(knowledgeOf("old", rotation, listed(false, [], 1))).toEqual({ known: "nothing" });
  expect(knowledgeOf("old", rotation, listed(true, [], 1))).toEqual({ known: "nothing" });
});

test("a list from before the rotation does not say that there is no replacement", () => {
  const creating: Rotation = { ...rotation, state: "creating", newTokenId: undefined };
  const now = Date.parse(startedAt);
  expect(replacementCandidates(creating, { ...listed(false, ["old"], -1), now })).toBeUndefined();
  expect(replacementCandidates(creating, { ...listed(false, ["old"], 1), now })).toEqual([]);
});
