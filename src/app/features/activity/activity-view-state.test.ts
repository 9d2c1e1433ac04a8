import fc from "fast-check";
import { expect, test } from "vitest";
import { activityActions, activityOutcomes } from "#contract/activity.ts";
import { activityExportPath } from "#app/api/activity-api.ts";
import { activitySortKeys } from "./activity-index.ts";
import {
  defaultView,
  filterOf,
  formatActivityView,
  hasFilters,
  parseActivityView,
  periodKeys,
  withoutFilters,
  type ActivityView,
} from "./activity-view-state.ts";
import { countWords, filterChips } from "./activity-words.ts";

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
/** Some of them, in their order, and never all: that narrows nothing. */
const some = <T>(values: readonly T[]) =>
  maybe(fc.subarray([...values], { minLength: 1, maxLength: values.length - 1 }));
const word = fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.isWellFormed());

const views: fc.Arbitrary<ActivityView> = fc.record({
  text: fc.oneof(fc.constant(""), word),
  actions: some(activityActions),
  outcomes: some(activityOutcomes),
  kind: maybe(fc.constantFrom("database" as const, "management" as const)),
  actor: maybe(word),
  tokenId: maybe(word),
  period: maybe(fc.constantFrom(...periodKeys)),
  sort: fc.record({ by: fc.constantFrom(...activitySortKeys), descending: fc.boolean() }),
});

test("every view survives its address", () => {
  fc.assert(
    fc.property(views, (view) => {
      const address = formatActivityView(view).toString();
      expect(parseActivityView(new URLSearchParams(address))).toEqual(view);
    }),
  );
});

test("what is at its default stands in no address, and what is not known is taken as not said", () => {
  expect(formatActivityView(defaultView).toString()).toBe("");
  const odd = "action=explode&outcome=&kind=v3&period=2y&sort=-colour&actor=&token=&page=4";
  expect(parseActivityView(new URLSearchParams(odd))).toEqual(defaultView);
  const all = activityActions.map((action) => `action=${action}`).join("&");
  expect(parseActivityView(new URLSearchParams(all)).actions).toBeUndefined();
});

test("every filter has a chip that takes it away, and no filter is left without them", () => {
  fc.assert(
    fc.property(views, (view) => {
      let left = view;
      for (;;) {
        const [chip] = filterChips(left, (text) => text, undefined);
        expect(chip !== undefined).toBe(hasFilters(left));
        if (chip === undefined) break;
        left = { ...left, ...chip.without };
      }
      expect(left).toEqual(withoutFilters(view));
    }),
  );
});

test("the export is asked for what is shown", () => {
  const view: ActivityView = {
    ...defaultView,
    text: " a&b ",
    actions: ["create", "revoke"],
    outcomes: ["not_done"],
    kind: "management",
    actor: "Zoë",
    tokenId: "t/1",
    period: "24h",
  };
  const now = Date.parse("2030-01-02T12:00:00Z");
  const url = new URL(activityExportPath("my cluster", "csv", filterOf(view, now)), "http://localhost");
  expect(url.pathname).toBe("/api/clusters/my%20cluster/activity/export");
  expect([...url.searchParams]).toEqual([
    ["format", "csv"],
    ["q", "a&b"],
    ["action", "create"],
    ["action", "revoke"],
    ["outcome", "not_done"],
    ["kind", "management"],
    ["actor", "Zoë"],
    ["token", "t/1"],
    ["from", "2030-01-01T12:00:00.000Z"],
  ]);
  expect(filterOf(defaultView, now)).toEqual({});
});

test("a count claims no more than what is known", () => {
  expect(countWords(1, 1, true, false)).toBe("1 action");
  expect(countWords(20_000, 37, true, false)).toBe("20,000 actions, 37 shown");
  expect(countWords(4200, 4200, false, true)).toBe("At least 4,200 actions so far…");
  expect(countWords(4200, 37, false, false)).toBe("At least 4,200 actions, at least 37 shown");
});
