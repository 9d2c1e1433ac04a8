import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes that are read at a time: some milliseconds of work. */
const PIECE = 256 * 1024;
/** Nothing that an API answers is nested as deeply. */
const MAX_DEPTH = 64;

/** What JSON.parse would build a tower of first. */
export class TooDeep extends Error {
  override readonly name = "TooDeep";
}

/**
 * What JSON.parse makes of a text in UTF-8. A long array is read some elements at a time, and other requests go on in
 * between: one piece of 30 MB would hold up everybody for as long as it takes. Throws SyntaxError as JSON.parse does, TypeError
 * for bytes that are no text, TooDeep.
 */
export async function parseInTurns(bytes: Uint8Array, piece = PIECE): Promise<unknown> {
  const scan = createScan(bytes, piece);
  while (!scan.read()) await nextTurn();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const { cuts, end } = scan;
  if (bytes[scan.start] !== OPEN_ARRAY || cuts.length === 0) return JSON.parse(decoder.decode(bytes));
  if (end === undefined || bytes[end] !== CLOSE_ARRAY) throw new SyntaxError("The array has no end.");
  if (decoder.decode(bytes.subarray(end + 1)).trim() !== "")
    throw new SyntaxError("Something follows the array.");
  const elements: unknown[] = [];
  let from = scan.start + 1;
  for (const cut of [...cuts, end]) {
    const parsed = JSON.parse(`[${decoder.decode(bytes.subarray(from, cut))}]`) as unknown[];
    // Between two commas, or behind the last one.
    if (parsed.length === 0) throw new SyntaxError("An element is missing.");
    for (const element of parsed) elements.push(element);
    from = cut + 1;
    await nextTurn();
  }
  return elements;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BLANKS: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];

/** Where the outermost value begins and ends, and where it can be cut. The bytes that count are ASCII in UTF-8, always. */
function createScan(bytes: Uint8Array, piece: number) {
  let start = 0;
  while (BLANKS.includes(bytes[start])) start++;
  let at = start;
  let depth = 0;
  let inString = false;
  let lastCut = start;
  const cuts: number[] = [];
  let end: number | undefined;

  return {
    start,
    cuts,
    /** Of an array or an object. */
    get end() {
      return end;
    },
    /** Reads on a piece. Whether that was the last one. */
    read(): boolean {
      for (const stop = Math.min(at + piece, bytes.length); at < stop; at++) {
        const byte = bytes[at];
        if (inString) {
          if (byte === BACKSLASH) at++;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
          if (++depth > MAX_DEPTH) throw new TooDeep();
        } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
          if (--depth === 0) end ??= at;
        } else if (byte === COMMA && depth === 1 && end === undefined && at - lastCut >= piece) {
          cuts.push(at);
          lastCut = at;
        }
      }
      return at >= bytes.length;
    },
  };
}
