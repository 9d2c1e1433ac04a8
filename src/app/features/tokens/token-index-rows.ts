import { BLOCK_BITS, BLOCK_SIZE } from "./token-index-blocks.ts";

/** Words of 32 bits in a block. */
export const BLOCK_WORDS = BLOCK_SIZE / 32;

/** A set of rows, a bit each. */
export class RowSet {
  readonly words: Uint32Array;

  constructor(limit: number) {
    // Whole blocks, so that a scan never looks beyond the end.
    this.words = new Uint32Array(((limit + BLOCK_SIZE - 1) >>> BLOCK_BITS) * BLOCK_WORDS);
  }

  add(row: number): void {
    this.words[row >>> 5]! |= 1 << (row & 31);
  }

  set(row: number, is: boolean): void {
    if (is) this.add(row);
    else this.words[row >>> 5]! &= ~(1 << (row & 31));
  }

  /** A copy with room for so many rows. */
  grownTo(limit: number): RowSet {
    const grown = new RowSet(limit);
    grown.words.set(this.words);
    return grown;
  }

  has(row: number): boolean {
    return (this.words[row >>> 5]! & (1 << (row & 31))) !== 0;
  }

  addAll(other: RowSet): void {
    other.words.forEach((word, at) => (this.words[at]! |= word));
  }

  get size(): number {
    let size = 0;
    for (let at = 0; at < this.words.length; at++) size += bitCount(this.words[at]!);
    return size;
  }
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
