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
  const parts: string[] = [];
  for (const offset of offsets) parts.push(texts[offset] ?? "");
  const count = offsets.length;
  return {
    text: joined(parts),
    count,
    starts: startsOf(parts),
    offsets: offsets[count - 1] === count - 1 ? undefined : new Uint16Array(offsets),
  };
}

/** Each followed by a line feed. Joining writes one flat string, which holds on to none of its parts. */
function joined(texts: readonly string[]): string {
  return [...texts, ""].join("\n");
}

/** Room to write starts to before it is known how large they are. */
const scratch = new Uint32Array(BLOCK_SIZE + 1);

function startsOf(texts: readonly string[]): Segment["starts"] {
  let length = 0;
  for (let entry = 0; entry < texts.length; entry++) scratch[entry + 1] = length += texts[entry]!.length + 1;
  return takeStarts(texts.length);
}

function takeStarts(count: number): Segment["starts"] {
  const starts = scratch.subarray(0, count + 1);
  return starts[count]! <= 0xffff ? new Uint16Array(starts) : starts.slice();
}

/** Texts as they are, and folded for the search: the same block when folding changes nothing. */
export interface TextPair {
  readonly raw: TextBlock;
  readonly folded: TextBlock;
}

export function textPair(texts: Texts): TextPair {
  const raw = textBlock(texts);
  const folded = raw.segments.map(foldedSegment);
  const same = folded.every(({ text }, n) => text === raw.segments[n]!.text);
  return { raw, folded: same ? raw : new TextBlock(folded) };
}

/** All texts folded in one call: a line feed stays what it is and parts what is folded on either side. */
function foldedSegment(raw: Segment): Segment {
  // Lower case of ASCII is as long as it was: only the text differs.
  if (isAscii(raw.text)) return { ...raw, text: raw.text.toLowerCase() };
  const text = beyondLatin1.test(raw.text) ? narrowed(fold(raw.text)) : fold(raw.text);
  let count = 0;
  for (let at = 0; at < text.length && count < raw.count; at = scratch[++count]!)
    scratch[count + 1] = text.indexOf("\n", at) + 1;
  if (count === raw.count && scratch[count] === text.length)
    return { ...raw, text, starts: takeStarts(count) };
  // Some of the texts have line feeds of their own.
  const lines: string[] = [];
  for (let entry = 0; entry < raw.count; entry++)
    lines.push(fold(raw.text.slice(raw.starts[entry], raw.starts[entry + 1]! - 1)));
  return { ...raw, text: joined(lines), starts: startsOf(lines) };
}

/** Pieces of a wide string stay wide in memory when they are joined; what is parsed is as narrow as its characters. */
function narrowed(text: string): string {
  return beyondLatin1.test(text) ? text : String(JSON.parse(JSON.stringify(text)));
}
