import fc from "fast-check";
import { expect, it } from "vitest";
import { assignSlots, NO_SLOTS, type KeptRow, type RowSlots } from "./row-slots.ts";

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, offset) => from + offset);
}

/** Keys of a list that never changes, or of one of several that have no row in common. */
function keysOf(indexes: readonly number[], list = "list", kept?: { key: string; index: number }): string[] {
  return indexes.map((index) => (index === kept?.index ? kept.key : `${list} ${index}`));
}

function assign(before: RowSlots, indexes: readonly number[], kept?: KeptRow): RowSlots {
  return assignSlots(before, indexes, keysOf(indexes), kept);
}

function slotAt({ indexes, slots }: RowSlots, index: number): number | undefined {
  return slots[indexes.indexOf(index)];
}

const drawn = fc
  .record({ from: fc.nat(60), length: fc.nat(12), apart: fc.option(fc.nat(80), { nil: undefined }) })
  .map(({ from, length, apart }) => {
    const indexes = new Set(range(from, from + length));
    if (apart !== undefined) indexes.add(apart);
    return [...indexes].sort((a, b) => a - b);
  });

it("gives every row an element of its own, and lets positions that stay drawn keep theirs", () => {
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 2, maxLength: 8 }), (steps) => {
      let before = NO_SLOTS;
      for (const indexes of steps) {
        const after = assign(before, indexes);
        expect(after.indexes).toEqual(indexes);
        expect(new Set(after.slots).size).toBe(indexes.length);
        for (const index of indexes)
          if (before.indexes.includes(index)) expect(slotAt(after, index)).toBe(slotAt(before, index));
        expect(assign(after, indexes)).toBe(after);
        before = after;
      }
    }),
  );
});

it("moves no element in front of one that stays, so that a scroll moves only what is new", () => {
  fc.assert(
    fc.property(drawn, drawn, (first, second) => {
      const before = assign(NO_SLOTS, first);
      const after = assign(before, second);
      const stays = (slot: number, position: number) =>
        before.indexes[before.slots.indexOf(slot)] === second[position];
      const lastStaying = after.slots.findLastIndex(stays);
      after.slots.slice(0, lastStaying + 1).forEach((slot, position) => {
        expect(stays(slot, position) || !before.slots.includes(slot)).toBe(true);
      });
    }),
  );
});

it("uses the elements again that a scroll downwards or a jump sets free", () => {
  const top = assign(NO_SLOTS, range(0, 5));
  const lower = assign(top, range(2, 7));
  expect(lower.slots).toEqual([2, 3, 4, 0, 1]);
  expect(assign(lower, range(900, 905)).slots.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(assign(top, range(900, 905)).slots).toEqual([0, 1, 2, 3, 4]);
});

it("lets the kept row take its element along when the list under it changes", () => {
  fc.assert(
    fc.property(drawn, drawn, fc.nat(), fc.nat(), (first, second, a, b) => {
      fc.pre(first.length > 0 && second.length > 0);
      const from = first[a % first.length]!;
      const to = second[b % second.length]!;
      const was = { key: "token", index: from };
      const before = assignSlots(NO_SLOTS, first, keysOf(first, "before", was), was);
      const kept = { key: "token", index: to };
      const keys = keysOf(second, "after", kept);
      const after = assignSlots(before, second, keys, kept);
      expect(slotAt(after, to)).toBe(slotAt(before, from));
      expect(new Set(after.slots).size).toBe(second.length);
      expect(assignSlots(after, second, keys, { ...kept })).toBe(after);
    }),
  );
});

it("never hands the element of a kept row that left the list to another row", () => {
  fc.assert(
    fc.property(drawn, drawn, fc.nat(), (first, second, a) => {
      fc.pre(first.length > 0);
      const from = first[a % first.length]!;
      const was = { key: "token", index: from };
      const before = assignSlots(NO_SLOTS, first, keysOf(first, "before", was), was);
      const after = assignSlots(before, second, keysOf(second, "after"), { key: "token", index: undefined });
      expect(after.slots).not.toContain(slotAt(before, from));
    }),
  );
});

it("treats a row as any other once another one is kept", () => {
  const before = assign(NO_SLOTS, range(0, 4), { key: "first", index: 1 });
  expect(assign(before, range(0, 4), { key: "second", index: 3 }).slots).toEqual([0, 1, 2, 3]);
});

const words = fc.uniqueArray(fc.nat(200).map(String), { minLength: 12, maxLength: 40 });

it("lets rows take their elements along when one above them leaves", () => {
  fc.assert(
    fc.property(words, fc.nat(), (list, gone) => {
      const indexes = range(0, 10);
      const before = assignSlots(NO_SLOTS, indexes, list.slice(0, 10), undefined);
      const left = list.filter((_, at) => at !== gone % 4);
      const after = assignSlots(before, indexes, left.slice(0, 10), undefined);
      // Nine are there still, and only the one that came takes the element of the one that went, at the end.
      after.keys.slice(0, 9).forEach((key, position) => {
        expect(after.slots[position]).toBe(before.slots[before.keys.indexOf(key)]);
      });
      expect(after.slots.toSorted((a, b) => a - b)).toEqual(before.slots);
    }),
  );
});

it("gives each row an element of its own whatever leaves, comes or changes places, and a kept one its own again", () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 2, maxLength: 6 }), fc.nat(), (lists, nth) => {
      let before = NO_SLOTS;
      const key = lists[0]![nth % 10]!;
      for (const list of lists) {
        const place = list.indexOf(key);
        const indexes = [...new Set([...range(0, 10), ...(place < 0 ? [] : [place])])].sort((a, b) => a - b);
        const keys = indexes.map((index) => list[index]!);
        const after = assignSlots(before, indexes, keys, { key, index: place < 0 ? undefined : place });
        expect(new Set(after.slots).size).toBe(indexes.length);
        expect(after.slots.every((slot) => slot < after.next)).toBe(true);
        const was = before.slots[before.keys.indexOf(key)];
        const is = after.slots[after.keys.indexOf(key)];
        if (was !== undefined && is !== undefined) expect(is).toBe(was);
        if (was !== undefined && is === undefined) expect(after.slots).not.toContain(was);
        before = after;
      }
    }),
  );
});

it("leaves elements where they are when rows come in another order, or few of them stay", () => {
  const before = assignSlots(NO_SLOTS, range(0, 4), ["a", "b", "c", "d"], undefined);
  expect(assignSlots(before, range(0, 4), ["d", "c", "b", "a"], undefined).slots).toEqual([0, 1, 2, 3]);
  expect(assignSlots(before, range(0, 4), ["c", "x", "y", "z"], undefined).slots).toEqual([0, 1, 2, 3]);
});

it("lets a row that becomes the kept one while the list changes take its element along, or away", () => {
  const before = assignSlots(NO_SLOTS, range(0, 4), ["a", "b", "c", "d"], undefined);
  const stays = assignSlots(before, range(0, 4), ["x", "y", "b", "z"], { key: "b", index: 2 });
  expect(stays.slots[2]).toBe(1);
  const left = assignSlots(before, range(0, 4), ["x", "y", "w", "z"], { key: "b", index: undefined });
  expect(left.slots).not.toContain(1);
});
