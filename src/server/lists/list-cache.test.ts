import { expect, test } from "vitest";
import { createListCache } from "./list-cache.ts";

test("what was not used for longest goes first, and only as much as must", () => {
  const dropped: string[] = [];
  const cache = createListCache(100);
  const owners = new Map(["a", "b", "c", "d"].map((name) => [name, { name }]));
  const use = (name: string, bytes: number) =>
    cache.use(owners.get(name) ?? {}, bytes, () => dropped.push(name));
  use("a", 40);
  use("b", 40);
  use("a", 40);
  use("c", 20);
  expect(dropped).toEqual([]);
  use("d", 30);
  expect(dropped).toEqual(["b"]);
  // A list that has shrunk counts with what it takes now.
  use("a", 10);
  use("b", 40);
  expect(dropped).toEqual(["b"]);
  use("b", 101);
  expect(dropped).toEqual(["b", "c", "d", "a", "b"]);
});
