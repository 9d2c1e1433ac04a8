import { expect, it } from "vitest";
import { setSort, sortFrom, type Sort } from "./view-params.ts";

const keys = ["time", "who"] as const;
const usual: Sort<(typeof keys)[number]> = { by: "time", descending: true };

it.each<[Sort<(typeof keys)[number]>, string]>([
  [usual, ""],
  [{ by: "time", descending: false }, "sort=time"],
  [{ by: "who", descending: true }, "sort=-who"],
])("writes %o as %j and reads it back", (sort, query) => {
  const params = new URLSearchParams();
  setSort(params, sort, usual);
  expect(params.toString()).toBe(query);
  expect(sortFrom(params, keys, usual)).toEqual(sort);
});

it.each(["sort=", "sort=-", "sort=age", "sort=--who"])("takes %j as not said", (query) => {
  expect(sortFrom(new URLSearchParams(query), keys, usual)).toBe(usual);
});
