import fc from "fast-check";
import { expect, test } from "vitest";
import { rotationStates } from "#contract/rotation.ts";
import {
  candidatesFor,
  isRevoked,
  placeNow,
  placeOf,
  placeWords,
  progressOf,
  revokeOldRefusal,
  type RotationPlace,
  type TokenKnowledge,
  type RotatedToken,
} from "./rotation-place.ts";

const active: TokenKnowledge<RotatedToken> = { known: "token", token: { id: "a" } };
const revoked: TokenKnowledge<RotatedToken> = {
  known: "token",
  token: { id: "a", revokedAt: "2026-01-01T00:00:00Z" },
};
const gone: TokenKnowledge<RotatedToken> = { known: "gone" };
const unlisted: TokenKnowledge<RotatedToken> = { known: "unlisted" };
const nothing: TokenKnowledge<RotatedToken> = { known: "nothing" };
const knowledge = fc.constantFrom(active, revoked, gone, unlisted, nothing);
const places: readonly RotationPlace[] = [
  "creating",
  "created",
  "overlap",
  "ending",
  "without_replacement",
  "finished",
  "abandoned",
  "over",
];

test("the record and the list together say where a rotation stands", () => {
  expect(placeOf({ state: "creating" }, revoked, nothing)).toBe("creating");
  expect(placeOf({ state: "created" }, active, active)).toBe("created");
  expect(placeOf({ state: "created" }, active, revoked)).toBe("without_replacement");
  expect(placeOf({ state: "overlap" }, active, active)).toBe("overlap");
  expect(placeOf({ state: "overlap" }, nothing, nothing)).toBe("overlap");
  expect(placeOf({ state: "overlap" }, revoked, active)).toBe("ending");
  expect(placeOf({ state: "overlap" }, gone, active)).toBe("ending");
  expect(placeOf({ state: "overlap" }, active, gone)).toBe("without_replacement");
  expect(placeOf({ state: "overlap" }, revoked, revoked)).toBe("ending");
  // The gateway has read it, where no list says anything yet.
  expect(placeOf({ state: "overlap", oldTokenGone: true }, nothing, active)).toBe("ending");
  expect(placeOf({ state: "created", oldTokenGone: true }, nothing, active)).toBe("created");
  expect(placeOf({ state: "finished" }, active, active)).toBe("finished");
  expect(placeOf({ state: "abandoned" }, active, active)).toBe("abandoned");
});

test("what a list does not show that may leave tokens out is neither revoked nor known to work", () => {
  expect(placeOf({ state: "overlap" }, unlisted, active)).toBe("overlap");
  expect(placeOf({ state: "overlap" }, active, unlisted)).toBe("overlap");
  expect(placeOf({ state: "created" }, active, unlisted)).toBe("created");
  expect(placeOf({ state: "overlap", oldTokenGone: true }, unlisted, unlisted)).toBe("ending");
  expect(revokeOldRefusal("overlap", unlisted)).toBe(
    "The list does not show the replacement, so whether it works is not known.",
  );
  expect(revokeOldRefusal("overlap", nothing)).toBeUndefined();
});

test("how a rotation ended is said only where somebody here heard it", () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.boolean(), (place, isListed) => {
      expect(placeNow(place, { isListed, end: undefined })).toBe(isListed ? place : "over");
      expect(placeNow(place, { isListed, end: "finished" })).toBe("finished");
      expect(placeNow(place, { isListed, end: "abandoned" })).toBe("abandoned");
    }),
  );
});

test("the old token is revoked only after the secret was stored, and while the replacement works", () => {
  fc.assert(
    fc.property(fc.constantFrom(...rotationStates), knowledge, knowledge, (state, old, replacement) => {
      if (revokeOldRefusal(placeOf({ state }, old, replacement), replacement) !== undefined) return;
      expect(state).toBe("overlap");
      expect(isRevoked(old)).toBe(false);
      expect(isRevoked(replacement)).toBe(false);
    }),
  );
  expect(revokeOldRefusal("created", active)).toBe("First say that the replacement's secret is stored.");
  expect(places.filter((place) => revokeOldRefusal(place, active) === undefined)).toEqual(["overlap"]);
});

test("the path has one place at a time and no step is skipped", () => {
  const states = (place: RotationPlace | undefined) => progressOf(place).map(({ state }) => state);
  expect(states(undefined)).toEqual(["current", "ahead", "ahead", "ahead"]);
  expect(states("creating")).toEqual(["current", "ahead", "ahead", "ahead"]);
  expect(states("created")).toEqual(["done", "current", "ahead", "ahead"]);
  expect(states("abandoned")).toEqual(states("creating"));
  expect(states("without_replacement")).toEqual(states("overlap"));
  expect(states("overlap")).toEqual(["done", "done", "current", "ahead"]);
  expect(states("ending")).toEqual(["done", "done", "done", "current"]);
  expect(states("finished")).toEqual(["done", "done", "done", "done"]);
  expect(states("over")).toEqual(["ahead", "ahead", "ahead", "ahead"]);
  expect(new Set(places.map(placeWords)).size).toBe(7);
});

test("the words for each place", () => {
  expect(Object.fromEntries(places.map((place) => [place, placeWords(place)]))).toEqual({
    creating: "Not known whether the replacement was created",
    created: "Secret not stored yet",
    overlap: "Both tokens are active",
    ending: "The old token is revoked",
    without_replacement: "The replacement is revoked",
    finished: "The old token is revoked",
    abandoned: "Abandoned",
    over: "Over",
  });
  expect(Object.fromEntries(places.map((place) => [place, revokeOldRefusal(place, active)]))).toEqual({
    creating: "It is not known yet whether the replacement exists.",
    created: "First say that the replacement's secret is stored.",
    overlap: undefined,
    ending: "It is revoked already.",
    without_replacement: "The replacement is revoked, so this is the only one of the two that works.",
    finished: "It is revoked already.",
    abandoned: "This rotation was abandoned.",
    over: "This rotation is over.",
  });
  expect(progressOf(undefined).map(({ title }) => title)).toEqual([
    "Create the replacement",
    "Store its secret",
    "Change clients over",
    "Revoke the old token",
  ]);
});

test("candidates are called as it was asked for and made since, the old token never among them", () => {
  const rotation = { oldTokenId: "old", newDescription: "x", startedAt: "2026-01-01T00:01:00Z" };
  const token = (id: string, description: string, createdAt: string) => ({ id, description, createdAt });
  let looked = 0;
  function* newestFirst() {
    for (const each of [
      token("other", "y", "2026-01-01T00:03:00Z"),
      token("old", "x", "2026-01-01T00:02:30Z"),
      token("late", "x", "2026-01-01T00:02:00Z"),
      // A gateway whose clock is a little behind.
      token("slack", "x", "2026-01-01T00:00:55Z"),
      token("before", "x", "2026-01-01T00:00:54Z"),
      token("long before", "x", "2025-01-01T00:00:00Z"),
    ]) {
      looked++;
      yield each;
    }
  }
  expect(candidatesFor(rotation, newestFirst()).map(({ id }) => id)).toEqual(["late", "slack"]);
  expect(looked).toBe(5);
});
