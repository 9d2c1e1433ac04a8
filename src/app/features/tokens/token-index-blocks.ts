import { fold, isAscii } from "./token-index-text.ts";

export const BLOCK_BITS = 10;
/** Rows in a block. */
export const BLOCK_SIZE = 1 << BLOCK_BITS;
export const OFFSET_MASK = BLOCK_SIZE - 1;

/** Texts of a block in one string, each followed by a line feed. Made once, never changed. */
export interface Segment {
  readonly text: string;
  /** How many texts. */
  readonly count: number;
  /** Where each begins in `text`, and where the next would. */
  readonly starts: Uint16Array | Uint32Array;
  /** The offset in the block of each, ascending; undefined when they are 0, 1, 2 … */
  readonly offsets: Uint16Array | undefined;
}

/**
 * The texts of up to 1,024 rows. A single character beyond Latin-1 doubles the memory of a whole string, so those with
 * such characters stand in a segment of their own.
 */
export class TextBlock {
  readonly segments: readonly Segment[];

  constructor(segments: readonly Segment[]) {
    this.segments = segments;
  }

  /** The text at an offset, or undefined where there is none. */
  at(offset: number): string | undefined {
    for (const segment of this.segments) {
      const entry = entryOf(segment, offset);
      if (entry >= 0) return segment.text.slice(segment.starts[entry], segment.starts[entry + 1]! - 1);
    }
    return undefined;
  }

  equals(offset: number, text: string): boolean {
    for (const segment of this.segments) {
      const entry = entryOf(segment, offset);
      if (entry < 0) continue;
      const start = segment.starts[entry]!;
      return segment.starts[entry + 1]! - 1 - start === text.length && segment.text.startsWith(text, start);
    }
    return false;
  }

  toArray(): (string | undefined)[] {
    return Array.from({ length: BLOCK_SIZE }, (_, offset) => this.at(offset));
  }
}

function entryOf({ offsets, count }: Segment, offset: number): number {
  if (offsets === undefined) return offset < count ? offset : -1;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return offsets[low] === offset && low < count ? low : -1;
}

type Texts = readonly (string | undefined)[];

const beyondLatin1 = /[^\u0000-\u00ff]/;

/** A block of the texts that are there; the place in the array is the offset. */
export function textBlock(texts: Texts): TextBlock {
  const narrow: number[] = [];
  const wide: number[] = [];
  for (let offset = 0; offset < texts.length; offset++) {
    const text = texts[offset];
    if (text !== undefined) (beyondLatin1.test(text) ? wide : narrow).push(offset);
  }
  const segments: Segment[] = [];
  if (narrow.length > 0) segments.push(segment(texts, narrow));
  if (wide.length > 0) segments.push(segment(texts, wide));
  return new TextBlock(segments);
}

function segment(texts: Texts, offsets: readonly number[]): Segment {
  const count = offsets.length;
  const starts = new Uint32Array(count + 1);
  const parts: string[] = [];
  let length = 0;
  for (const offset of offsets) {
    const text = texts[offset] ?? "";
    parts.push(text);
    length += text.length + 1;
    starts[parts.length] = length;
  }
  parts.push("");
  return {
    // Joining writes one flat string, which holds on to none of its parts.
    text: parts.join("\n"),
    count,
    starts: length <= 0xffff ? Uint16Array.from(starts) : starts,
    offsets: offsets[count - 1] === count - 1 ? undefined : Uint16Array.from(offsets),
  };
}

/** Texts as they are, and folded for the search: the same block when folding changes nothing. */
export interface TextPair {
  readonly raw: TextBlock;
  readonly folded: TextBlock;
}

export function textPair(texts: Texts): TextPair {
  const raw = textBlock(texts);
  if (raw.segments.every(({ text }) => isAscii(text))) {
    // Lower case is as long as it was: only the text differs.
    const folded = raw.segments.map((part) => ({ ...part, text: part.text.toLowerCase() }));
    const same = folded.every(({ text }, n) => text === raw.segments[n]!.text);
    return { raw, folded: same ? raw : new TextBlock(folded) };
  }
  const folded = textBlock(foldTexts(texts)).segments.map((part) => ({ ...part, text: narrowed(part.text) }));
  return { raw, folded: new TextBlock(folded) };
}

/**
 * Each text folded. Those that are not plain ASCII in one call: a line feed stays what it is and parts what is folded on
 * either side.
 */
function foldTexts(texts: Texts): Texts {
  const folded = texts.map((text) =>
    text === undefined || isAscii(text) ? text?.toLowerCase() : FOLDED_BELOW,
  );
  const others: string[] = [];
  for (let at = 0; at < texts.length; at++) if (folded[at] === FOLDED_BELOW) others.push(texts[at]!);
  const lines = fold(others.join("\n")).split("\n");
  let line = 0;
  for (let at = 0; at < texts.length; at++) {
    if (folded[at] !== FOLDED_BELOW) continue;
    const first = line;
    line += lineFeeds(texts[at]!) + 1;
    folded[at] = line === first + 1 ? lines[first] : lines.slice(first, line).join("\n");
  }
  return folded;
}

/** Stands where a folded text is still missing. No text that is folded already is this one: it has an upper case letter. */
const FOLDED_BELOW = "Folded below";

function lineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** Pieces of a wide string stay wide in memory when they are joined; what is parsed is as narrow as its characters. */
function narrowed(text: string): string {
  return beyondLatin1.test(text) ? text : String(JSON.parse(JSON.stringify(text)));
}
