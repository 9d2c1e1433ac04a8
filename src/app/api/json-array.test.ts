import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createArrayCutter } from "./json-array.ts";

/** Everything that comes out when the text comes in these pieces. */
function cutAll(pieces: readonly string[]): unknown[] {
  const cutter = createArrayCutter();
  const values = pieces.flatMap((piece) => cutter.push(piece)?.values ?? []);
  return [...values, ...cutter.end().values];
}

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

/** Texts that look like what stands between elements. */
const hostile = fc.constantFrom(
  ",\n",
  "\n",
  ',\n{"id":"',
  '"',
  "\\",
  "]",
  "[",
  "},{",
  ",",
  '\\"},\n{"id":"',
  "\u2028",
  "🙂",
  "",
);
const text = fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 6 }));
const row = fc.record(
  {
    id: text,
    description: text,
    permissions: fc.array(fc.record({ id: text, action: text }), { maxLength: 3 }),
    n: fc.oneof(fc.integer(), fc.constant(null), fc.boolean()),
  },
  { requiredKeys: [] },
);
const anyList = fc.oneof(fc.array(row, { maxLength: 8 }), fc.array(fc.jsonValue(), { maxLength: 4 }));

/** Elements on lines of their own, all on one line, and each on several. */
const forms = [
  inLines,
  (list: unknown) => JSON.stringify(list),
  (list: unknown) => JSON.stringify(list, undefined, 1),
  (list: unknown) => JSON.stringify(list, undefined, 4),
];

function inLines(list: readonly unknown[]): string {
  return `[${list.map((one) => `\n${JSON.stringify(one)}`).join(",")}]`;
}

describe("createArrayCutter", () => {
  it("gives what parsing the whole would give, wherever the pieces end and however it is written", () => {
    fc.assert(
      fc.property(
        anyList,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom(...forms),
        (list, cuts, form) => {
          const whole = form(list);
          expect(cutAll(piecesOf(whole, cuts))).toEqual(JSON.parse(whole));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("takes no text that is cut short, and none that goes on", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.nat(),
        fc.constantFrom(...forms),
        (list, cuts, at, form) => {
          const whole = form(list);
          const short = whole.slice(0, at % whole.length);
          fc.pre(short.trim() !== whole.trim());
          expect(() => cutAll(piecesOf(short, cuts))).toThrow(SyntaxError);
          expect(() => cutAll(piecesOf(`${whole},`, cuts))).toThrow(SyntaxError);
          expect(() => cutAll(piecesOf(`${whole}{}`, cuts))).toThrow(SyntaxError);
          expect(cutAll(piecesOf(`\n ${whole} \n`, cuts))).toEqual(list);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    "",
    "  ",
    "{}",
    "<html>",
    "null",
    "[,1]",
    "[1,]",
    "[1,,2]",
    '[{"id":"a"},,{"id":"b"}]',
    "[1 2]",
    "[1,\n]",
    "[,\n1]",
    "[1,\n,\n2]",
    "1[2,\n3]",
    "[1,\n2 3]",
    "[1],\n[2]",
  ])("refuses %j", (wrong) => {
    expect(() => cutAll([wrong])).toThrow(SyntaxError);
    expect(() => cutAll(Array.from(wrong))).toThrow(SyntaxError);
  });

  it("gives elements out while more are to come, where they have lines", () => {
    const cutter = createArrayCutter();
    expect(cutter.push('[\n{"id":"a"},\n{"id":')?.values).toEqual([{ id: "a" }]);
    expect(cutter.push('"b"},')).toBeUndefined();
    expect(cutter.push('\n{"id":"c"},\n{"id":"d"')?.values).toEqual([{ id: "b" }, { id: "c" }]);
    expect(cutter.push("}")).toBeUndefined();
    expect(cutter.push("]")).toBeUndefined();
    expect(cutter.end().values).toEqual([{ id: "d" }]);
  });

  it("says where text may hold what cannot be kept", () => {
    const faulty = (value: string) => {
      const cutter = createArrayCutter();
      cutter.push(value);
      return cutter.end().mayHoldFaultyText;
    };
    expect(faulty('["a\\u0000b"]')).toBe(true);
    expect(faulty('["\\uD800"]')).toBe(true);
    expect(faulty('["\\u00e9 東京 🙂 ud800"]')).toBe(false);
  });
});
