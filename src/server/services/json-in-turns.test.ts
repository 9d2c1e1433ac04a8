import fc from "fast-check";
import { expect, test } from "vitest";
import { parseInTurns, TooDeep } from "./json-in-turns.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
/** Pieces as small as they come, so that every comma of an array cuts it. */
const parse = (text: string) => parseInTurns(bytesOf(text), 1);

async function outcome(read: () => unknown): Promise<unknown> {
  try {
    return { value: await read() };
  } catch (error) {
    return error instanceof SyntaxError ? "no JSON" : error;
  }
}

test("reads what JSON.parse reads", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(3),
      async (value, piece, blanks) => {
        const text = `${" \n".repeat(blanks)}${JSON.stringify(value, undefined, blanks)}\t`;
        expect(await parseInTurns(bytesOf(text), piece)).toEqual(JSON.parse(text));
      },
    ),
  );
});

test("refuses what JSON.parse refuses", async () => {
  const letters = fc.constantFrom("[", "]", "{", "}", ",", ":", '"', "\\", "1", "-", "null", " ", "é", '"a"');
  await fc.assert(
    fc.asyncProperty(fc.array(letters, { maxLength: 12 }), async (some) => {
      const text = some.join("");
      expect(await outcome(() => parse(text))).toEqual(await outcome(() => JSON.parse(text) as unknown));
      const inArray = `[1,${text}]`;
      expect(await outcome(() => parse(inArray))).toEqual(
        await outcome(() => JSON.parse(inArray) as unknown),
      );
    }),
    { numRuns: 2000 },
  );
});

test("keeps an escaped quote and a bracket in a text for what they are", async () => {
  const value = ['a\\"],[', "\\", { "]": "}," }, "👩‍🔧"];
  expect(await parse(JSON.stringify(value))).toEqual(value);
});

test("says of bytes that are no text that they are none", async () => {
  await expect(parseInTurns(new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]))).rejects.toThrow(TypeError);
});

test("builds no tower", async () => {
  await expect(parse("[".repeat(65))).rejects.toThrow(TooDeep);
  expect(await parse(`${"[".repeat(64)}${"]".repeat(64)}`)).toBeInstanceOf(Array);
});

test("lets others have their turn", async () => {
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  const rows = Array.from({ length: 2000 }, (_, at) => ({ at, text: "x".repeat(500) }));
  expect(await parseInTurns(bytesOf(JSON.stringify(rows)), 20_000)).toEqual(rows);
  clearInterval(count);
  expect(turns).toBeGreaterThan(5);
});
