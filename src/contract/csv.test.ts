import fc from "fast-check";
import { expect, it } from "vitest";
import { csvCell, csvText } from "./csv.ts";

/** Reads what RFC 4180 describes, character by character. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === ",") {
      row.push(cell);
      cell = "";
    } else if (character === "\r" && text[at + 1] === "\n") {
      rows.push([...row, cell]);
      row = [];
      cell = "";
      at++;
    } else cell += character;
  }
  return rows;
}

const nasty = fc.string({
  unit: fc.constantFrom("=", "+", "-", "@", "＝", ";", "\t", "\r", "\n", '"', "'", ",", " ", "a", "ä"),
});
const rows = fc.array(fc.array(fc.oneof(nasty, fc.string()), { minLength: 1, maxLength: 4 }), {
  maxLength: 5,
});

it("gives every cell back, but for apostrophes in front of what could be a formula", () => {
  fc.assert(
    fc.property(rows, (written) => {
      const bare = (cells: string[][]) => cells.map((row) => row.map((cell) => cell.replaceAll("'", "")));
      const read = readCsv(csvText(written));
      expect(bare(read)).toEqual(bare(written));
      const plain = written.flat().filter((cell) => !/[=+\-@＝＋－＠\t\r\n]/.test(cell));
      expect(read.flat()).toEqual(expect.arrayContaining(plain));
    }),
  );
});

it("20. writes nothing that a spreadsheet would take for a formula, wherever it splits", () => {
  const isFormula = (cell: string) => /^\s*[=+\-@＝＋－＠]/.test(cell);
  fc.assert(
    fc.property(rows, (written) => {
      const text = csvText(written);
      const cells = readCsv(text).flat();
      expect(cells.filter((cell) => isFormula(cell) || /^[\t\r\n]/.test(cell))).toEqual([]);
      // One that knows other separators, and no quotes but around a whole cell.
      const pieces = text.split(/[\r\n]/).flatMap((line) => [line.split(";"), line.split("\t")].flat());
      expect(pieces.filter(isFormula)).toEqual([]);
    }),
  );
});

it.each([
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["＝1", "'＝1"],
  ["==1", "'==1"],
  [" =1", " '=1"],
  ["\t=1", "'\t'=1"],
  ["\r=1", "\"'\r'=1\""],
  ["x;=1+1;", "x;'=1+1;"],
  ["two\n=1", '"two\n\'=1"'],
  ["a - b; 1-2", "a - b; 1-2"],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  ["plain", "plain"],
  ["", ""],
])("%j becomes %j", (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

it("takes no longer for text that was made to take long", () => {
  const began = performance.now();
  for (const part of ["\n", " ", ";", "=", "\n="]) csvCell(part.repeat(200_000));
  expect(performance.now() - began).toBeLessThan(5_000);
});
