import fc from "fast-check";
import { expect, test } from "vitest";
import { byResource, changesOf, outcomeWords } from "./history-words.ts";

const read = (resource: string) => ({ action: "read", resource });
const write = (resource: string) => ({ action: "write", resource });

test("says what was granted and what was taken away, and nothing else", () => {
  expect(
    changesOf({
      before: { description: "old", permissions: [read("a"), write("a")] },
      after: { description: "new", permissions: [write("a"), read("b"), read("b")] },
    }),
  ).toEqual({ description: { from: "old", to: "new" }, granted: [read("b")], takenAway: [read("a")] });
  // A field that was not recorded did not change.
  expect(changesOf({ before: { permissions: [read("a")] }, after: { description: "x" } })).toEqual({
    description: { from: undefined, to: "x" },
    granted: [],
    takenAway: [],
  });
  expect(changesOf({})).toEqual({ description: undefined, granted: [], takenAway: [] });
});

test("a permission that differs in a field of a later version is another one", () => {
  const later = { ...read("a"), scope: "table" };
  expect(changesOf({ before: { permissions: [read("a")] }, after: { permissions: [later] } })).toMatchObject({
    granted: [later],
    takenAway: [read("a")],
  });
  // The order of its fields, at any depth, does not make it one.
  const before = { ...read("a"), scope: { table: "t", tag: "x" } };
  const after = { scope: { tag: "x", table: "t" }, ...read("a") };
  expect(changesOf({ before: { permissions: [before] }, after: { permissions: [after] } })).toMatchObject({
    granted: [],
    takenAway: [],
  });
});

test("what was granted and taken away leads from one set to the other", () => {
  const permission = fc.record({
    action: fc.constantFrom("read", "write", "tag"),
    resource: fc.constantFrom("a", "b", "*"),
  });
  const key = (each: { action: string; resource: string }) => `${each.action} ${each.resource}`;
  fc.assert(
    fc.property(fc.array(permission), fc.array(permission), (had, has) => {
      const { granted, takenAway } = changesOf({ before: { permissions: had }, after: { permissions: has } });
      const left = new Set(had.map(key));
      for (const each of takenAway) expect(left.delete(key(each))).toBe(true);
      for (const each of granted) {
        expect(left.has(key(each))).toBe(false);
        left.add(key(each));
      }
      expect(left).toEqual(new Set(has.map(key)));
    }),
  );
});

test("permissions stand by database, all of them first, actions as they are", () => {
  expect(
    byResource([write("b10"), { action: "Tag ‮", resource: "b2" }, read("b2"), read("*"), read("b10")]),
  ).toMatchObject([
    { name: "All databases", isAll: true, actions: ["read"] },
    { name: "b2", isAll: false, actions: ["read", "Tag ‮"] },
    { name: "b10", isAll: false, actions: ["read", "write"] },
  ]);
  // A type and a database of one name are two.
  expect(byResource([write("tasks"), { ...read("tasks"), resourceType: "tasks" }])).toMatchObject([
    { name: "All tasks", actions: ["read"] },
    { name: "tasks", actions: ["write"] },
  ]);
});

test("only what was done is said without a word about its outcome", () => {
  expect((["started", "done", "not_done", "unknown"] as const).map(outcomeWords)).toEqual([
    "Outcome not recorded yet",
    undefined,
    "Not done",
    "Outcome not known",
  ]);
});
