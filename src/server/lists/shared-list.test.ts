import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { ListBlock } from "./list-block.ts";
import type { BuildSink } from "./list-build.ts";
import { createListCache } from "./list-cache.ts";
import { createSharedList, type CompleteList, type ListReading, type SharedList } from "./shared-list.ts";

interface NamedBlock extends ListBlock {
  name: string;
}

const block = (name: string): NamedBlock => ({
  name,
  packed: Buffer.from(name),
  crc: crc32(name),
  length: name.length,
});

/** A source whose builds the test moves on by hand. */
function heldSource(bytes = 1000) {
  const builds: {
    base: CompleteList<NamedBlock> | undefined;
    sink: BuildSink<NamedBlock>;
    finish: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const state = { tag: "1" };
  const list = createSharedList<NamedBlock>(
    {
      currentTag: async () => state.tag,
      build: (base, sink) =>
        new Promise<void>((finish, fail) => {
          sink.begin(state.tag);
          builds.push({ base, sink, finish, fail });
        }),
    },
    createListCache(bytes),
  );
  return { builds, state, list };
}

async function namesOf(reading: ListReading<NamedBlock>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of reading.blocks()) names.push(name);
  return names;
}

/** Lets everything run that waits for nothing but its turn. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

async function build(held: ReturnType<typeof heldSource>, names: string[]): Promise<void> {
  const opening = held.list.open();
  await settle();
  const current = held.builds.at(-1);
  for (const name of names) current?.sink.push(block(name));
  current?.finish();
  await opening;
  await settle();
}

test("the first blocks can be read while the rest is being built, and others join", async () => {
  const { builds, list } = heldSource();
  const first = list.open();
  await settle();
  builds[0]?.sink.push(block("a"));
  const blocks = (await first).blocks();
  expect((await blocks.next()).value?.name).toBe("a");

  const joined = await list.open();
  builds[0]?.sink.push(block("b"));
  expect((await blocks.next()).value?.name).toBe("b");
  builds[0]?.finish();
  expect((await blocks.next()).done).toBe(true);
  expect(await namesOf(joined)).toEqual(["a", "b"]);
  expect(await namesOf(await list.open())).toEqual(["a", "b"]);
  expect(builds).toHaveLength(1);
});

test("who comes after a change during a build gets the change; who came before keeps the snapshot", async () => {
  const { builds, state, list } = heldSource();
  const before = list.open();
  await settle();
  builds[0]?.sink.push(block("old"));
  state.tag = "2";
  const after = [list.open(), list.open()];
  await settle();
  // One build at a time: the second begins where the first ends, and builds on it.
  expect(builds).toHaveLength(1);
  builds[0]?.finish();
  await settle();
  expect(builds[1]?.base?.tag).toBe("1");
  builds[1]?.sink.push(block("new"));
  builds[1]?.finish();
  expect(await namesOf(await before)).toEqual(["old"]);
  for (const reading of await Promise.all(after)) {
    expect([reading.tag, await namesOf(reading)]).toEqual(["2", ["new"]]);
  }
  expect(builds).toHaveLength(2);
});

test("a kept list is not used for another state, not even for an earlier one", async () => {
  const held = heldSource();
  held.state.tag = "7";
  await build(held, ["a"]);
  // As after the restore of a backup.
  held.state.tag = "3";
  await build(held, ["b"]);
  expect(held.builds).toHaveLength(2);
  expect(await namesOf(await held.list.open())).toEqual(["b"]);
});

test("a build that cannot begin refuses its callers, and the next caller begins another", async () => {
  const { builds, list } = heldSource();
  const callers = [list.open(), list.open()];
  const outcomes = Promise.allSettled(callers);
  await settle();
  builds[0]?.fail(new Error("gone"));
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const next = list.open();
  await settle();
  builds[1]?.finish();
  expect(await namesOf(await next)).toEqual([]);
});

test("a build that fails on the way breaks every reading off, and is not kept", async () => {
  const { builds, list } = heldSource();
  const [one, two] = [list.open(), list.open()];
  await settle();
  builds[0]?.sink.push(block("a"));
  const readings = await Promise.all([one, two]);
  builds[0]?.fail(new Error("gone"));
  for (const reading of readings) await expect(namesOf(reading)).rejects.toThrow("gone");
  void list.open();
  await settle();
  expect(builds).toHaveLength(2);
  expect(builds[1]?.base).toBeUndefined();
});

test("a list that has no room is served and not kept", async () => {
  const held = heldSource(2);
  const opened: SharedList<NamedBlock> = held.list;
  await build(held, ["too", "large"]);
  const again = opened.open();
  await settle();
  expect(held.builds).toHaveLength(2);
  held.builds[1]?.sink.push(block("x"));
  held.builds[1]?.finish();
  expect(await namesOf(await again)).toEqual(["x"]);
});
