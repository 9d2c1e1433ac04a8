import type { TokenStatus } from "#contract/token.ts";
import type { Segment, TextBlock, TextPair } from "./token-index-blocks.ts";
import { MILLIS_PER_DAY, type TokenQuery } from "./token-index-model.ts";
import { BLOCK_WORDS, RowSet } from "./token-index-rows.ts";
import { isLive, isRevoked, type TokenStore } from "./token-index-store.ts";
import { narrows, searchTerms, type SearchTerms } from "./token-index-text.ts";

export function statusOf(store: TokenStore, row: number, now: number): TokenStatus {
  if (isRevoked(store, row)) return "revoked";
  return store.expires[row]! <= now ? "expired" : "active";
}

/** The rows that pass every filter but the text. */
export function filterRows(store: TokenStore, query: Omit<TokenQuery, "text" | "sort">): RowSet {
  const { inactive, status, access, database, expiry, now } = query;
  const passes = store.family.sets.passing(access, database);
  const wanted = status ?? (inactive ? undefined : "active");
  const until = typeof expiry === "number" ? now + expiry * MILLIS_PER_DAY : undefined;
  const found = new RowSet(store.limit);
  const { limit, expires, sets } = store;
  for (let row = 0; row < limit; row++) {
    if (!isLive(store, row)) continue;
    if (wanted !== undefined && statusOf(store, row, now) !== wanted) continue;
    if (passes !== undefined && passes[sets[row]!] === 0) continue;
    const end = expires[row]!;
    if (expiry === "never" && end !== Infinity) continue;
    if (until !== undefined && (end > until || end <= now)) continue;
    found.add(row);
  }
  return found;
}

/** Those of the candidates in which every term occurs. */
export function searchRows(store: TokenStore, candidates: RowSet, terms: SearchTerms): RowSet {
  const found = new RowSet(store.limit);
  for (let block = 0; block * BLOCK_WORDS < found.words.length; block++) {
    searchBlock(store, block, candidates, terms, found);
  }
  return found;
}

/** The part of searchRows that lies in one block. */
export function searchBlock(
  store: TokenStore,
  block: number,
  candidates: RowSet,
  { long, short }: SearchTerms,
  found: RowSet,
): void {
  const start = block * BLOCK_WORDS;
  let rows = candidates.words.subarray(start, start + BLOCK_WORDS);
  const description = store.descriptions[block];
  for (const term of long) {
    if (rows.every(isZero)) break;
    const hits = new Uint32Array(BLOCK_WORDS);
    scan(description, term, rows, hits);
    scan(store.prefixes[block], term, rows, hits);
    const ids = store.family.ids.block(block);
    if (ids !== undefined && (!isHexadecimal(ids.folded) || hexadecimal.test(term))) {
      scan(ids, term, rows, hits);
    }
    rows = hits;
  }
  for (const term of short) {
    if (rows.every(isZero)) break;
    const hits = new Uint32Array(BLOCK_WORDS);
    scan(description, term, rows, hits);
    rows = hits;
  }
  found.words.set(rows, start);
}

const hexadecimal = /^[-0-9a-f\n]*$/;
const hexadecimalBlocks = new WeakMap<TextBlock, boolean>();

/** Ids are UUIDs mostly: no word with another letter in it need be looked for there. */
function isHexadecimal(block: TextBlock): boolean {
  const known = hexadecimalBlocks.get(block);
  if (known !== undefined) return known;
  const is = block.segments.every(({ text }) => hexadecimal.test(text));
  hexadecimalBlocks.set(block, is);
  return is;
}

function isZero(word: number): boolean {
  return word === 0;
}

/** Adds to the hits the candidates in whose text the term occurs. Bits by the offset in the block. */
function scan(pair: TextPair | undefined, term: string, candidates: Uint32Array, hits: Uint32Array): void {
  for (const segment of pair?.folded.segments ?? []) scanSegment(segment, term, candidates, hits);
}

function scanSegment(segment: Segment, term: string, candidates: Uint32Array, hits: Uint32Array): void {
  const { text, count, starts, offsets } = segment;
  for (let entry = 0; entry < count; entry++) {
    const offset = offsets === undefined ? entry : offsets[entry]!;
    const word = offset >>> 5;
    const bit = 1 << (offset & 31);
    if ((candidates[word]! & ~hits[word]! & bit) === 0) continue;
    // The search begins at the next candidate and may end in a later text: all between do not have the term.
    const position = text.indexOf(term, starts[entry]);
    if (position < 0) return;
    if (position < starts[entry + 1]!) {
      hits[word]! |= bit;
      continue;
    }
    while (starts[entry + 1]! <= position) entry++;
    // Looked at again as a candidate of its own, from its beginning.
    entry--;
  }
}

/** How many results with different filters are kept to narrow down. */
const KEPT_RESULTS = 3;

interface Result {
  now: number;
  filtered: RowSet;
  terms: SearchTerms;
  found: RowSet;
}

/** Answers queries over one store; a query that only says more than the last one looks at its rows only. */
export class TokenSearch {
  readonly #store: TokenStore;
  readonly #nextExpiry: (now: number) => number;
  readonly #results = new Map<string, Result>();

  /** `nextExpiry`: the first instant after another at which a token expires. */
  constructor(store: TokenStore, nextExpiry: (now: number) => number) {
    this.#store = store;
    this.#nextExpiry = nextExpiry;
  }

  find({ text, inactive, status, access, database, expiry, now }: Omit<TokenQuery, "sort">): RowSet {
    const terms = searchTerms(text);
    const filters = JSON.stringify([inactive, status ?? 0, access ?? 0, database ?? 0, expiry ?? 0]);
    const last = this.#results.get(filters);
    const valid = last !== undefined && this.#holds(last.now, now, typeof expiry === "number");
    const filtered = valid
      ? last.filtered
      : filterRows(this.#store, { inactive, status, access, database, expiry, now });
    const candidates = valid && narrows(last.terms, terms) ? last.found : filtered;
    const searched = terms.long.length > 0 || terms.short.length > 0;
    const found = searched ? searchRows(this.#store, candidates, terms) : filtered;
    this.#results.delete(filters);
    this.#results.set(filters, { now: valid ? last.now : now, filtered, terms, found });
    const [oldest] = this.#results.keys();
    if (oldest !== undefined && this.#results.size > KEPT_RESULTS) this.#results.delete(oldest);
    return found;
  }

  /** Whether what was filtered at one instant is the same at another. */
  #holds(then: number, now: number, byDays: boolean): boolean {
    return then === now || (!byDays && then < now && now < this.#nextExpiry(then));
  }
}
