import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceTable, TextTable } from "./token-index-tables.ts";

describe("a table of texts", () => {
  it("numbers different texts in the order they came, however many", () => {
    const table = new TextTable();
    const texts = Array.from({ length: 3000 }, (_, n) => `text ${n} ${n % 3 === 0 ? "é" : ""}`);
    expect(texts.map((text) => table.intern(text))).toEqual(texts.map((_, n) => n));
    expect(texts.map((text) => table.intern(text))).toEqual(texts.map((_, n) => n));
    expect(texts.map((text) => table.find(text))).toEqual(texts.map((_, n) => n));
    expect(texts.map((_, n) => table.at(n))).toEqual(texts);
    expect(table.find("text")).toBeUndefined();
    expect(() => table.at(3000)).toThrow(RangeError);
    expect([0, 1, 2, 3].map((block) => table.block(block)?.raw.at(10))).toEqual([
      texts[10],
      texts[1034],
      texts[2058],
      undefined,
    ]);
  });

  it("answers as a map of any texts does", () => {
    const some = fc.array(fc.string({ unit: "binary", maxLength: 3 }), { maxLength: 200 });
    fc.assert(
      fc.property(some, some, fc.nat(3), (first, second, kind) => {
        // As they come, some ascending before others that do not, and whole lists that are looked up in order.
        const sorted = first.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const texts = [
          [...first, ...second],
          [...sorted, ...second, ...first],
          [...sorted, ...sorted],
          sorted,
        ][kind]!;
        const table = new TextTable();
        const numbers = new Map<string, number>();
        for (const text of texts) {
          expect(table.find(text)).toBe(numbers.get(text));
          if (!numbers.has(text)) numbers.set(text, numbers.size);
          expect(table.intern(text)).toBe(numbers.get(text));
        }
        expect(table.size).toBe(numbers.size);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a table of sequences", () => {
  it("answers as a map does", () => {
    const sequence = fc.array(fc.oneof(fc.nat(3), fc.nat(0xffffffff)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(sequence, { maxLength: 200 }), (sequences) => {
        const table = new SequenceTable();
        const numbers = new Map<string, number>();
        for (const one of sequences) {
          const key = one.join();
          if (!numbers.has(key)) numbers.set(key, numbers.size);
          expect(table.intern(one)).toBe(numbers.get(key));
        }
        expect(table.size).toBe(numbers.size);
        for (const [key, number] of numbers) expect([...table.at(number)].join()).toBe(key);
        expect(() => table.at(numbers.size)).toThrow(RangeError);
      }),
    );
  });
});
