import { BLOCK_SIZE } from "./token-index-blocks.ts";
import { ownerKeys, type OwnerKey, type SortKey } from "./token-index-model.ts";
import { RowSet } from "./token-index-rows.ts";
import {
  foldedDescription,
  isLive,
  ownerIn,
  touches,
  type StoreChange,
  type TokenStore,
} from "./token-index-store.ts";
import { compareCodeUnits, fold, naturalKey } from "./token-index-text.ts";

/** The keys whose order does not depend on the clock. */
export type KeptSortKey = Exclude<SortKey, "status">;
export const keptSortKeys = [
  "id",
  "created",
  "description",
  "databases",
  "expires",
  ...ownerKeys,
] as const satisfies readonly KeptSortKey[];

/**
 * Rows upwards by a key, equal ones by id, those without a value last. The sign bit of an entry says that its key equals
 * that of the entry before.
 */
export interface Order {
  readonly entries: Int32Array;
  /** Where the rows without a value begin. */
  readonly valued: number;
}

const TIE = -0x80000000;
const ROW = 0x7fffffff;

interface Keys {
  /** Less than 0 when the key of row a comes before that of row b. Only of rows that both have a value. */
  compare(a: number, b: number): number;
  hasValue(row: number): boolean;
}

type Compare = (a: number, b: number) => number;

/** Steps of so many comparisons or moves are well under 2 ms. */
const STEP = 4096;
const SORTED_AT_ONCE = 256;

/** Sorts, keeping equal items as they come. Each step is a part of the work; the items given are used up. */
function* sortSteps(items: Int32Array, compare: Compare): Generator<void, Int32Array> {
  const { length } = items;
  for (let start = 0; start < length; start += SORTED_AT_ONCE) {
    items.subarray(start, start + SORTED_AT_ONCE).sort(compare);
    yield;
  }
  let from = items;
  let to: Int32Array = new Int32Array(length);
  let work = 0;
  for (let width = SORTED_AT_ONCE; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(start + 2 * width, length);
      let left = start;
      let right = middle;
      // Lists often come in order, or in the opposite one.
      const inOrder = middle === end || compare(from[middle - 1]!, from[middle]!) <= 0;
      if (inOrder || compare(from[start]!, from[end - 1]!) > 0) {
        to.set(from.subarray(start, middle), inOrder ? start : start + end - middle);
        to.set(from.subarray(middle, end), inOrder ? middle : start);
        continue;
      }
      for (let at = start; at < end; at++) {
        const takesLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0);
        to[at] = takesLeft ? from[left++]! : from[right++]!;
        if (++work % STEP === 0) yield;
      }
    }
    [from, to] = [to, from];
    yield;
  }
  return from;
}

/** Keys that are made when they are asked for: for a few rows. */
function someKeys(store: TokenStore, by: KeptSortKey): Keys {
  switch (by) {
    case "created":
    case "expires":
      return instantKeys(store[by]);
    default: {
      const kept = new Map<number, string>();
      const key = (row: number) => {
        const text = kept.get(row) ?? textKey(store, row, by);
        kept.set(row, text);
        return text;
      };
      return {
        compare: (a, b) => compareCodeUnits(key(a), key(b)),
        hasValue: (row) => isOfRow(by) || key(row) !== "",
      };
    }
  }
}

type RowKey = "id" | "description";
type SharedKey = "databases" | OwnerKey;

function isOfRow(by: RowKey | SharedKey): by is RowKey {
  return by === "id" || by === "description";
}

function textKey(store: TokenStore, row: number, by: RowKey | SharedKey): string {
  if (isOfRow(by)) return by === "id" ? store.family.ids.at(row) : naturalKey(foldedDescription(store, row));
  const { of, key } = sharedBy(store, by);
  return key(of[row]!);
}

/** What many tokens share, such as permission sets, by number: that of each row, and what each is ordered by. */
function sharedBy({ family, sets, others }: TokenStore, by: SharedKey) {
  return by === "databases"
    ? { of: sets, size: family.sets.size, key: (set: number) => family.sets.orderKey(set) }
    : {
        of: others,
        size: family.others.size,
        key: (other: number) => naturalKey(fold(ownerIn(family, other, by))),
      };
}

function instantKeys(instants: Float64Array): Keys {
  return {
    compare: (a, b) => instants[a]! - instants[b]!,
    hasValue: (row) => instants[row] !== Infinity,
  };
}

/** Keys of all rows, made in steps. */
function* allKeys(store: TokenStore, by: KeptSortKey): Generator<void, Keys> {
  switch (by) {
    case "created":
    case "expires":
      return instantKeys(store[by]);
    case "id":
    case "description": {
      const keys: string[] = [];
      for (let row = 0; row < store.limit; row++) {
        keys.push(isLive(store, row) ? textKey(store, row, by) : "");
        if (row % (BLOCK_SIZE / 2) === 0) yield;
      }
      return { compare: (a, b) => compareCodeUnits(keys[a]!, keys[b]!), hasValue: () => true };
    }
    default:
      return yield* sharedRanks(store, by);
  }
}

/** What is shared is ordered, and rows take the rank of theirs. */
function* sharedRanks(store: TokenStore, by: SharedKey): Generator<void, Keys> {
  const { of, size, key } = sharedBy(store, by);
  const keys: string[] = [];
  for (let number = 0; number < size; number++) {
    keys.push(key(number));
    if (number % (BLOCK_SIZE / 16) === 0) yield;
  }
  const sorted = yield* sortSteps(
    Int32Array.from(keys, (_, number) => number),
    (a, b) => compareCodeUnits(keys[a]!, keys[b]!),
  );
  const ranks = new Int32Array(keys.length);
  let rank = 0;
  sorted.forEach((number, at) => {
    if (at > 0 && keys[number] !== keys[sorted[at - 1]!]) rank++;
    ranks[number] = keys[number] === "" ? 0 : rank + 1;
  });
  return {
    compare: (a, b) => ranks[of[a]!]! - ranks[of[b]!]!,
    hasValue: (row) => ranks[of[row]!] !== 0,
  };
}

/** Compares rows that may have no value, which come last. */
function withoutValueLast({ compare, hasValue }: Keys): Compare {
  return (a, b) => {
    const has = hasValue(a);
    return has === hasValue(b) ? (has ? compare(a, b) : 0) : has ? -1 : 1;
  };
}

/** An order of an earlier list, and the rows that are not to be found there as they are now. */
interface Seed {
  readonly order: Order;
  readonly stale: RowSet;
}

/** With so few rows to put in their places it does not pay to make the keys of all others. */
const FEW = 256;

/** The same for rows to leave out of an answer: each is looked for in all of it. */
const FEW_GONE = 16;

/** The orders of one list, made when they are needed or step by step before. */
export class TokenOrders {
  readonly #store: TokenStore;
  readonly #orders = new Map<KeptSortKey, Order>();
  readonly #seeds = new Map<KeptSortKey, Seed>();
  readonly #making = new Map<KeptSortKey, Generator<void, Order>>();

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /** Takes over what an earlier list had ordered already. */
  static after(earlier: TokenOrders, store: TokenStore, { touched, from }: StoreChange): TokenOrders {
    const orders = new TokenOrders(store);
    for (const by of keptSortKeys) {
      const order = earlier.#orders.get(by);
      const seed = order === undefined ? earlier.#seeds.get(by) : { order, stale: undefined };
      if (seed === undefined) continue;
      const stale = new RowSet(store.limit);
      if (seed.stale !== undefined) stale.addAll(seed.stale);
      for (const [row, bits] of touched) if ((bits & bearsOn[by]) !== 0) stale.add(row);
      for (let row = from; row < store.limit; row++) stale.add(row);
      const { size } = stale;
      if (size === 0) orders.#orders.set(by, seed.order);
      else if (size <= seed.order.entries.length) orders.#seeds.set(by, { order: seed.order, stale });
    }
    return orders;
  }

  get(by: KeptSortKey): Order {
    const steps = this.prepare(by);
    while (steps.next().done !== true);
    const order = this.#orders.get(by);
    if (order === undefined) throw new Error(`The order by ${by} was not made.`);
    return order;
  }

  /** Makes one order in steps; several callers may take them in turns. */
  *prepare(by: KeptSortKey): Generator<void, void> {
    while (!this.#orders.has(by)) {
      let making = this.#making.get(by);
      if (making === undefined) this.#making.set(by, (making = this.#make(by)));
      const step = making.next();
      if (step.done === true) {
        this.#orders.set(by, step.value);
        this.#making.delete(by);
        this.#seeds.delete(by);
      } else yield;
    }
  }

  *#make(by: KeptSortKey): Generator<void, Order> {
    const store = this.#store;
    const seed = this.#seeds.get(by);
    if (seed !== undefined && seed.stale.size <= FEW) {
      const keys = someKeys(store, by);
      const order = withoutValueLast(keys);
      const total: Compare = (a, b) =>
        order(a, b) || compareCodeUnits(store.family.ids.at(a), store.family.ids.at(b));
      const fresh = rowsOf(seed.stale)
        .filter((row) => isLive(store, row))
        .sort(total);
      return yield* merge(withoutStale(seed), fresh, order, total, keys.hasValue);
    }
    if (by === "id") {
      const kept = seed === undefined ? new Int32Array(0) : withoutStale(seed);
      const inOrder = yield* continued(store, kept, rowsFrom(store, seed?.stale));
      if (inOrder !== undefined) return inOrder;
    }
    const keys = yield* allKeys(store, by);
    const order = withoutValueLast(keys);
    const empty = new Int32Array(0);
    if (by === "id") {
      const rows = rowsFrom(store, seed?.stale);
      const sorted = yield* sortSteps(rows, order);
      return yield* merge(
        seed === undefined ? empty : withoutStale(seed),
        sorted,
        order,
        order,
        keys.hasValue,
      );
    }
    // Sorting keeps equal rows as they come: by id.
    yield* this.prepare("id");
    const ids = this.get("id").entries;
    const { stale } = seed ?? {};
    const rows = stale === undefined ? ids.slice() : ids.filter((row) => stale.has(row));
    const sorted = yield* sortSteps(rows, order);
    if (seed === undefined) return yield* merge(empty, sorted, order, order, keys.hasValue);
    const ranks = new Int32Array(store.limit);
    ids.forEach((row, rank) => (ranks[row] = rank));
    const total: Compare = (a, b) => order(a, b) || ranks[a]! - ranks[b]!;
    return yield* merge(withoutStale(seed), sorted, order, total, keys.hasValue);
  }
}

/** The order by id where more rows only continue it, as they do while a list arrives; undefined where they do not. */
function* continued(
  { family: { ids } }: TokenStore,
  kept: Int32Array,
  rows: Int32Array,
): Generator<void, Order | undefined> {
  // Rows are numbered as they came: no text has to be looked at where all came in order.
  const cameInOrder = (rows.at(-1) ?? 0) < ids.ascending && (kept.at(-1) ?? -1) < (rows[0] ?? 0);
  let before = kept.length === 0 ? undefined : ids.at(kept[kept.length - 1]! & ROW);
  for (let at = cameInOrder ? rows.length : 0; at < rows.length; at++) {
    const id = ids.at(rows[at]!);
    if (before !== undefined && compareCodeUnits(before, id) >= 0) return undefined;
    before = id;
    if (at % STEP === STEP - 1) yield;
  }
  const entries = new Int32Array(kept.length + rows.length);
  entries.set(kept);
  entries.set(rows, kept.length);
  return { entries, valued: entries.length };
}

const bearsOn: Record<KeptSortKey, number> = {
  id: touches.presence,
  description: touches.presence | touches.description,
  databases: touches.presence | touches.databases,
  created: touches.presence | touches.created,
  expires: touches.presence | touches.expires,
  owner: touches.presence | touches.other,
  organization: touches.presence | touches.other,
};

function rowsOf(rows: RowSet): Int32Array {
  const found = new Int32Array(rows.size);
  let length = 0;
  for (let row = 0; row < rows.words.length * 32; row++) if (rows.has(row)) found[length++] = row;
  return found;
}

function rowsFrom(store: TokenStore, among: RowSet | undefined): Int32Array {
  const found = new Int32Array(store.limit);
  let length = 0;
  for (let row = 0; row < store.limit; row++) {
    if (isLive(store, row) && (among === undefined || among.has(row))) found[length++] = row;
  }
  return found.slice(0, length);
}

/** The entries of an order that still hold. */
function withoutStale({ order: { entries }, stale }: Seed): Int32Array {
  const kept = new Int32Array(entries.length);
  let length = 0;
  let headless = false;
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    if (stale.has(entry & ROW)) {
      headless = entry >= 0 || headless;
      continue;
    }
    // Of rows with the same key the first one that is left leads.
    kept[length++] = headless ? entry & ROW : entry;
    headless = false;
  }
  return kept.subarray(0, length);
}

/** Puts sorted rows among the entries of an order. `order` compares keys, `total` ids as well. */
function* merge(
  kept: Int32Array,
  fresh: Int32Array,
  order: Compare,
  total: Compare,
  hasValue: (row: number) => boolean,
): Generator<void, Order> {
  const entries = new Int32Array(kept.length + fresh.length);
  let length = 0;
  let from = 0;
  for (let at = 0; at < fresh.length; at++) {
    const row = fresh[at]!;
    const place = firstAfter(kept, from, row, total);
    if (place > from) {
      entries.set(kept.subarray(from, place), length);
      // What stands before it may have changed.
      if (length > 0) entries[length] = joined(entries[length - 1]!, kept[from]!, order);
      length += place - from;
      from = place;
    }
    entries[length] = length === 0 ? row : joined(entries[length - 1]!, row, order);
    length++;
    if (at % (STEP / 4) === 0) yield;
  }
  if (from < kept.length) {
    entries.set(kept.subarray(from), length);
    if (length > 0) entries[length] = joined(entries[length - 1]!, kept[from]!, order);
  }
  return { entries, valued: firstWithout(entries, hasValue) };
}

/** The entry for a row that follows another one. */
function joined(before: number, entry: number, order: Compare): number {
  const row = entry & ROW;
  return order(before & ROW, row) === 0 ? row | TIE : row;
}

/** The first place from `from` on whose row comes after another. Near places are found sooner. */
function firstAfter(entries: Int32Array, from: number, row: number, total: Compare): number {
  let low = from;
  let reach = 1;
  while (low + reach <= entries.length && total(entries[low + reach - 1]! & ROW, row) < 0) {
    low += reach;
    reach *= 2;
  }
  let high = Math.min(low + reach - 1, entries.length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (total(entries[middle]! & ROW, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstWithout(entries: Int32Array, hasValue: (row: number) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hasValue(entries[middle]! & ROW)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those of the rows that are found, in an order or against it. Equal keys stay in the order of ids, rows without a value last. */
export function ordered({ entries, valued }: Order, found: RowSet, descending: boolean): Uint32Array {
  const rows = new Uint32Array(found.size);
  if (!descending) {
    takeFound(entries, 0, entries.length, found, rows, 0);
    return rows;
  }
  let length = 0;
  for (let end = valued; end > 0;) {
    let start = end - 1;
    while (entries[start]! < 0) start--;
    length = takeFound(entries, start, end, found, rows, length);
    end = start;
  }
  takeFound(entries, valued, entries.length, found, rows, length);
  return rows;
}

/** Puts the found rows among some entries behind those that are there; gives how many are there then. */
export function takeFound(
  entries: Int32Array | Uint32Array,
  from: number,
  to: number,
  { words }: RowSet,
  rows: Uint32Array,
  length: number,
): number {
  let taken = length;
  for (let at = from; at < to; at++) {
    const row = entries[at]! & ROW;
    if ((words[row >>> 5]! & (1 << (row & 31))) !== 0) rows[taken++] = row;
  }
  return taken;
}

/** The rows of an earlier answer without those that are not found any more; undefined when others are found. */
export function narrowed(rows: Uint32Array, was: RowSet, found: RowSet): Uint32Array | undefined {
  if (was === found) return rows;
  if (was.words.length !== found.words.length) return undefined;
  const places: number[] = [];
  let few = true;
  for (let at = 0; at < found.words.length; at++) {
    let differing = was.words[at]! ^ found.words[at]!;
    if ((differing & found.words[at]!) !== 0) return undefined;
    while (few && differing !== 0) {
      const bit = 31 - Math.clz32(differing);
      differing &= ~(1 << bit);
      few = places.push(rows.indexOf(at * 32 + bit)) < FEW_GONE;
    }
  }
  if (places.length === 0) return rows;
  if (!few) {
    const left = new Uint32Array(found.size);
    takeFound(rows, 0, rows.length, found, left, 0);
    return left;
  }
  const left = new Uint32Array(rows.length - places.length);
  let length = 0;
  let from = 0;
  for (const place of [...places.sort((a, b) => a - b), rows.length]) {
    left.set(rows.subarray(from, place), length);
    length += place - from;
    from = place + 1;
  }
  return left;
}
