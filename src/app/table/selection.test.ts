import fc from "fast-check";
import { expect, it } from "vitest";
import { allSelected, keysBetween, withKeys } from "./selection.ts";

const key = fc.constantFrom(..."abcdefgh".split(""));
const keys = fc.uniqueArray(key);

it("adds keys or takes them away, and leaves the selection before as it was", () => {
  fc.assert(
    fc.property(keys, keys, fc.boolean(), (before, changed, on) => {
      const selected = new Set(before);
      const after = withKeys(selected, changed, on);
      for (const each of "abcdefgh".split("")) {
        expect(after.has(each)).toBe(changed.includes(each) ? on : before.includes(each));
      }
      expect([...selected]).toEqual(before);
      if (changed.every((each) => before.includes(each) === on)) expect(after).toBe(selected);
    }),
  );
});

it("finds the keys between two positions whichever comes first", () => {
  fc.assert(
    fc.property(fc.nat(7), fc.nat(7), (from, to) => {
      const keyAt = (index: number) => "abcdefgh"[index]!;
      const between = keysBetween(from, to, keyAt);
      expect(between).toEqual("abcdefgh".split("").slice(Math.min(from, to), Math.max(from, to) + 1));
      expect(keysBetween(to, from, keyAt)).toEqual(between);
    }),
  );
});

it("says that all are selected when each row is, whatever else is", () => {
  fc.assert(
    fc.property(keys, keys, (rows, selected) => {
      const all = allSelected(new Set(selected), rows.length, (index) => rows[index]!);
      expect(all).toBe(rows.length > 0 && rows.every((each) => selected.includes(each)));
    }),
  );
});
