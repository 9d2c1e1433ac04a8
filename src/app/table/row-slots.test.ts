import fc from "fast-check";
import { expect, it } from "vitest";
import { assignSlots, NO_SLOTS, type KeptRow, type RowSlots } from "./row-slots.ts";

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, offset) => from + offset);
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
        const after = assignSlots(before, indexes, undefined);
        expect(after.indexes).toEqual(indexes);
        expect(new Set(after.slots).size).toBe(indexes.length);
        for (const index of indexes)
          if (before.indexes.includes(index)) expect(slotAt(after, index)).toBe(slotAt(before, index));
        expect(assignSlots(after, indexes, undefined)).toBe(after);
        before = after;
      }
    }),
  );
});

it("moves no element in front of one that stays, so that a scroll moves only what is new", () => {
  fc.assert(
    fc.property(drawn, drawn, (first, second) => {
      const before = assignSlots(NO_SLOTS, first, undefined);
      const after = assignSlots(before, second, undefined);
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
  const top = assignSlots(NO_SLOTS, range(0, 5), undefined);
  const lower = assignSlots(top, range(2, 7), undefined);
  expect(lower.slots).toEqual([2, 3, 4, 0, 1]);
  expect(assignSlots(lower, range(900, 905), undefined).slots.toSorted((a, b) => a - b)).toEqual([
    0, 1, 2, 3, 4,
  ]);
  expect(assignSlots(top, range(900, 905), undefined).slots).toEqual([0, 1, 2, 3, 4]);
});

it("lets the kept row take its element along when the list under it changes", () => {
  fc.assert(
    fc.property(drawn, drawn, fc.nat(), fc.nat(), (first, second, a, b) => {
      fc.pre(first.length > 0 && second.length > 0);
      const from = first[a % first.length]!;
      const to = second[b % second.length]!;
      const before = assignSlots(NO_SLOTS, first, { key: "token", index: from });
      const kept: KeptRow = { key: "token", index: to };
      const after = assignSlots(before, second, kept);
      expect(slotAt(after, to)).toBe(slotAt(before, from));
      expect(new Set(after.slots).size).toBe(second.length);
      expect(assignSlots(after, second, { ...kept })).toBe(after);
    }),
  );
});

it("never hands the element of a kept row that left the list to another row", () => {
  fc.assert(
    fc.property(drawn, drawn, fc.nat(), (first, second, a) => {
      fc.pre(first.length > 0);
      const from = first[a % first.length]!;
      const before = assignSlots(NO_SLOTS, first, { key: "token", index: from });
      const after = assignSlots(before, second, { key: "token", index: undefined });
      expect(after.slots).not.toContain(slotAt(before, from));
    }),
  );
});

it("treats a row as any other once another one is kept", () => {
  const before = assignSlots(NO_SLOTS, range(0, 4), { key: "first", index: 1 });
  expect(assignSlots(before, range(0, 4), { key: "second", index: 3 }).slots).toEqual([0, 1, 2, 3]);
});
