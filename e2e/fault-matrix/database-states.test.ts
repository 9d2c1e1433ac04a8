import { expect, test } from "vitest";
import type { StoredToken } from "#e2e/invariants.ts";
import { stateFault } from "./database-states.ts";
import { keysOf, databaseStates, type DatabaseState, type Operation } from "./matrix.ts";

const token = (description: string, more: Partial<StoredToken> = {}): StoredToken => ({
  id: description,
  description,
  permissions: ["read:builds"],
  isRevoked: false,
  kept: undefined,
  secretHash: undefined,
  ...more,
});

const before = [token("x"), token("other"), token("x 1"), token("x 2")];
const [x, other, one, two] = [token("x"), token("other"), token("x 1"), token("x 2")];
const gone = { isRevoked: true };

/** What each state is, and what is nearly it. */
const cases: Readonly<
  Record<DatabaseState, { good: StoredToken[]; bad: StoredToken[][]; operation?: Operation }>
> = {
  same: {
    good: before,
    bad: [
      [...before, token("new")],
      [token("x", gone), other, one, two],
    ],
  },
  revoked: {
    good: [token("x", gone), other, one, two],
    bad: [before, [x, token("other", gone), one, two], [token("x", gone), token("other", gone), one, two]],
  },
  changed: {
    good: [token("x", { description: "x, changed" }), other, one, two],
    bad: [before, [token("x", { description: "x, changed", permissions: [] }), other, one, two]],
  },
  suspended: {
    good: [token("x", { permissions: [], kept: ["read:builds"] }), other, one, two],
    bad: [before, [token("x", { permissions: [], kept: [] }), other, one, two]],
  },
  created: {
    operation: "create",
    good: [...before, token("x", { id: "new" })],
    bad: [
      before,
      [...before, token("x", { id: "new" }), token("x", { id: "newer" })],
      [...before, token("y")],
      [...before, token("x", { id: "new", permissions: [] })],
    ],
  },
  allRevoked: {
    good: [x, other, token("x 1", gone), token("x 2", gone)],
    bad: [
      [x, other, token("x 1", gone), two],
      [x, token("other", gone), token("x 1", gone), token("x 2", gone)],
    ],
  },
  someRevoked: { good: [x, other, token("x 1", gone), two], bad: [[x, token("other", gone), one, two]] },
  stated: { good: before, bad: [] },
};

test.each(keysOf(databaseStates))("%s is told from what is nearly it", (state) => {
  const { good, bad, operation = "revoke" } = cases[state];
  expect(stateFault(state, { before, after: good, name: "x", operation })).toBeUndefined();
  for (const after of bad) expect(stateFault(state, { before, after, name: "x", operation })).toBeDefined();
});
