import fc from "fast-check";
import { expect, test } from "vitest";
import { activityActions, activityOutcomes, type ActivityEntry } from "#contract/activity.ts";
import { activityMatcher } from "#contract/activity-match.ts";
import { activitySortKeys, createActivityIndex, reasonOf, type ActivitySortKey } from "./activity-index.ts";
import { deed } from "./deeds-for-tests.ts";

const name = fc.constantFrom("Anna", "anna", "Bob", "Zoë", "", "bob 2");
const entries = fc
  .array(
    fc.record(
      {
        action: fc.constantFrom(...activityActions),
        outcome: fc.constantFrom(...activityOutcomes),
        actor: name,
        description: name,
        tokenId: fc.constantFrom("t1", "t2"),
        problem: fc.record({
          status: fc.constant(409),
          reason: fc.constant("conflict"),
          message: name,
          upstream: fc.record({ status: fc.constant(500), message: name }),
        }),
      },
      { requiredKeys: ["action", "outcome", "actor"] },
    ),
    { maxLength: 30 },
  )
  .map((some) => some.map((one, at) => deed(some.length - at, one)));

const comparable: Record<ActivitySortKey, (entry: ActivityEntry) => string | number> = {
  time: ({ seq }) => seq,
  who: ({ actor }) => actor.toLowerCase(),
  action: ({ action }) => activityActions.indexOf(action),
  token: ({ description, tokenId }) => (description || tokenId || "").toLowerCase(),
  outcome: ({ outcome }) => activityOutcomes.indexOf(outcome),
  reason: (entry) => reasonOf(entry).toLowerCase(),
};

test("gives what a plain filter and a plain sort give, equal ones newest first", () => {
  fc.assert(
    fc.property(
      entries,
      fc.constantFrom("", "anna", "zoe bob", "not done"),
      fc.option(fc.constantFrom(...activityActions), { nil: undefined }),
      fc.constantFrom(...activitySortKeys),
      fc.boolean(),
      (deeds, query, action, by, descending) => {
        const filter = { query, ...(action === undefined ? {} : { actions: [action] }) };
        const matches = activityMatcher(filter);
        const of = comparable[by];
        const sign = descending ? -1 : 1;
        const expected = deeds
          .filter((each) => matches(each))
          .sort((one, other) => {
            const [a, b] = [of(one), of(other)];
            return a < b ? -sign : a > b ? sign : other.seq - one.seq;
          });
        const index = createActivityIndex(deeds);
        const rows = index.query(filter, { by, descending });
        expect(Array.from(rows, (row) => deeds[row])).toEqual(expected);
        // Asked again, from what was kept.
        expect(index.query(filter, { by, descending })).toEqual(rows);
      },
    ),
  );
});

test("finds a deed's place, and everybody who did something with how often", () => {
  const index = createActivityIndex([
    deed(3, { actor: "b 10" }),
    deed(2, { actor: "b 2" }),
    deed(1, { actor: "b 10" }),
  ]);
  expect(index.positionOf("deed-2")).toBe(1);
  expect(index.positionOf("deed-9")).toBeUndefined();
  expect(index.people()).toEqual([
    { name: "b 2", count: 1 },
    { name: "b 10", count: 2 },
  ]);
});
