import { isLive, isRevoked, type StoreChange, type TokenStore } from "./token-index-store.ts";

/** When the tokens that are not revoked expire. */
export interface Expiries {
  /** In milliseconds, ascending. */
  readonly instants: Float64Array;
  /** How many never do. */
  readonly never: number;
}

/** When a row expires, Infinity for never; undefined when that makes no difference any more. */
function expiryOf(store: TokenStore, row: number): number | undefined {
  return isLive(store, row) && !isRevoked(store, row) ? store.expires[row] : undefined;
}

export function expiriesOf(store: TokenStore): Expiries {
  const instants = new Float64Array(store.limit);
  let length = 0;
  let never = 0;
  for (let row = 0; row < store.limit; row++) {
    const expiry = expiryOf(store, row);
    if (expiry === Infinity) never++;
    else if (expiry !== undefined) instants[length++] = expiry;
  }
  return { instants: instants.slice(0, length).sort(), never };
}

/** With so few changes each is put in its place; with more all would have to be sorted again. */
const FEW = 64;

/** The expiries of a list that was made from another, whose expiries are known; undefined when too much changed. */
export function expiriesAfter(
  expiries: Expiries,
  before: TokenStore,
  after: TokenStore,
  { touched, from }: StoreChange,
): Expiries | undefined {
  if (touched.size + after.limit - from > FEW) return undefined;
  const rows = [...touched.keys()];
  for (let row = from; row < after.limit; row++) rows.push(row);
  let { instants, never } = expiries;
  for (const row of rows) {
    const was = expiryOf(before, row);
    const is = expiryOf(after, row);
    if (was === is) continue;
    if (was === Infinity) never--;
    else if (was !== undefined) instants = without(instants, was);
    if (is === Infinity) never++;
    else if (is !== undefined) instants = including(instants, is);
  }
  return { instants, never };
}

function without(instants: Float64Array, instant: number): Float64Array {
  const place = countUpTo(instants, instant) - 1;
  const next = instants.slice(0, -1);
  next.set(instants.subarray(place + 1), place);
  return next;
}

function including(instants: Float64Array, instant: number): Float64Array {
  const place = countUpTo(instants, instant);
  const next = new Float64Array(instants.length + 1);
  next.set(instants.subarray(0, place));
  next[place] = instant;
  next.set(instants.subarray(place), place + 1);
  return next;
}

function countUpTo(instants: Float64Array, now: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (instants[middle]! <= now) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many tokens are active at an instant. */
export function activeAt({ instants, never }: Expiries, now: number): number {
  return never + instants.length - countUpTo(instants, now);
}

/** The first expiry after an instant; Infinity when there is none. */
export function expiryAfter({ instants }: Expiries, now: number): number {
  return instants[countUpTo(instants, now)] ?? Infinity;
}
