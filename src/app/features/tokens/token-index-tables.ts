import { BLOCK_BITS, BLOCK_SIZE, OFFSET_MASK, textPair, type TextPair } from "./token-index-blocks.ts";

// Tables only ever grow, and what stands in them never changes: indexes that were made one from another share them.

const FIRST_SLOTS = 64;

/** Slots double when half of them are taken: with four in five, nine would be looked at for every new text. */
function isCrowded(size: number, slots: number): boolean {
  return size * 2 > slots;
}

function scatter(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function hashText(text: string): number {
  let hash = text.length;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return scatter(hash);
}

/**
 * Numbers different texts from 0 in the order they came. As long as each comes after the one before by code units, as
 * ids mostly do, their order is all that is needed to find them again; only those from the first that does not are
 * entered in slots.
 */
export class TextTable {
  readonly #blocks: TextPair[] = [];
  #open: string[] = [];
  #openPair: TextPair | undefined;
  #ascending = 0;
  /** The last of them. */
  #last = "";
  /** The number after the one that was found last: lists are mostly looked up in their own order. */
  #next = 0;
  /** Number + 1 of a text; 0 where there is none. Collisions go to the next free slot. */
  #slots = new Uint32Array(FIRST_SLOTS);

  get size(): number {
    return (this.#blocks.length << BLOCK_BITS) + this.#open.length;
  }

  /** So many of the first texts ascend by code units: they came in their order. */
  get ascending(): number {
    return this.#ascending;
  }

  at(number: number): string {
    const block = this.#blocks[number >>> BLOCK_BITS];
    const text = block === undefined ? this.#open[number & OFFSET_MASK] : block.raw.at(number & OFFSET_MASK);
    if (text === undefined) throw new RangeError(`There is no text ${number}.`);
    return text;
  }

  find(text: string): number | undefined {
    const ascending = this.#findAscending(text);
    if (ascending !== undefined || this.size === this.#ascending) return ascending;
    const number = this.#slots[this.#slotOf(text)]!;
    return number === 0 ? undefined : number - 1;
  }

  #findAscending(text: string): number | undefined {
    const next = this.#next;
    if (next < this.#ascending && this.#equals(next, text)) {
      this.#next++;
      return next;
    }
    if (this.#ascending === 0 || text > this.#last) return undefined;
    let low = 0;
    let high = this.#ascending - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < text) low = middle + 1;
      else high = middle;
    }
    if (!this.#equals(low, text)) return undefined;
    this.#next = low + 1;
    return low;
  }

  /** The number of a text, which is added when it is not there. */
  intern(text: string): number {
    const { size } = this;
    if (size === this.#ascending && (size === 0 || text > this.#last)) {
      this.#ascending++;
      this.#last = text;
      this.#push(text);
      return size;
    }
    const present = this.find(text);
    if (present !== undefined) return present;
    this.#slots[this.#slotOf(text)] = size + 1;
    this.#push(text);
    if (isCrowded(size - this.#ascending, this.#slots.length)) this.#spread();
    return size;
  }

  #push(text: string): void {
    this.#open.push(text);
    this.#openPair = undefined;
    if (this.#open.length < BLOCK_SIZE) return;
    this.#blocks.push(textPair(this.#open));
    this.#open = [];
  }

  /** The texts from `number << 10` on. */
  block(number: number): TextPair | undefined {
    if (number !== this.#blocks.length || this.#open.length === 0) return this.#blocks[number];
    this.#openPair ??= textPair(this.#open);
    return this.#openPair;
  }

  #slotOf(text: string): number {
    const mask = this.#slots.length - 1;
    let slot = hashText(text) & mask;
    for (let number = this.#slots[slot]!; number !== 0; number = this.#slots[slot]!) {
      if (this.#equals(number - 1, text)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #equals(number: number, text: string): boolean {
    const block = this.#blocks[number >>> BLOCK_BITS];
    return block === undefined
      ? this.#open[number & OFFSET_MASK] === text
      : block.raw.equals(number & OFFSET_MASK, text);
  }

  #spread(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = this.#ascending; number < this.size; number++) {
      let slot = hashText(this.at(number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** Numbers different sequences of whole numbers from 0 in the order they came. */
export class SequenceTable {
  #items: Uint32Array = new Uint32Array(FIRST_SLOTS);
  /** Where each sequence begins in the items, and where the next will. */
  #starts: Uint32Array = new Uint32Array(FIRST_SLOTS);
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  at(number: number): Uint32Array {
    if (number >= this.#size) throw new RangeError(`There is no sequence ${number}.`);
    return this.#items.subarray(this.#starts[number], this.#starts[number + 1]);
  }

  /** The number of a sequence, which is added when it is not there. */
  intern(sequence: readonly number[]): number {
    const mask = this.#slots.length - 1;
    let slot = hashNumbers(sequence) & mask;
    for (let number = this.#slots[slot]!; number !== 0; number = this.#slots[slot]!) {
      if (this.#equals(number - 1, sequence)) return number - 1;
      slot = (slot + 1) & mask;
    }
    const start = this.#starts[this.#size]!;
    const end = start + sequence.length;
    this.#items = withRoom(this.#items, end);
    this.#starts = withRoom(this.#starts, this.#size + 2);
    this.#items.set(sequence, start);
    this.#size++;
    this.#starts[this.#size] = end;
    this.#slots[slot] = this.#size;
    if (isCrowded(this.#size, this.#slots.length)) this.#spread();
    return this.#size - 1;
  }

  #equals(number: number, sequence: readonly number[]): boolean {
    const start = this.#starts[number]!;
    if (this.#starts[number + 1]! - start !== sequence.length) return false;
    for (let at = 0; at < sequence.length; at++) {
      if (this.#items[start + at] !== sequence[at]) return false;
    }
    return true;
  }

  #spread(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = hashNumbers(this.at(number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function hashNumbers(numbers: ArrayLike<number>): number {
  let hash = numbers.length;
  for (let at = 0; at < numbers.length; at++) hash = scatter(hash ^ Math.imul(numbers[at]!, 0x9e3779b1));
  return hash;
}

function withRoom(array: Uint32Array, length: number): Uint32Array {
  if (array.length >= length) return array;
  const larger = new Uint32Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
