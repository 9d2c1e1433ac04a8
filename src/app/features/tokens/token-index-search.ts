import type { TokenStatus } from "#contract/token.ts";
import { BLOCK_BITS, type Segment, type TextPair } from "./token-index-blocks.ts";
import { MILLIS_PER_DAY, type TokenQuery } from "./token-index-model.ts";
import { BLOCK_WORDS, RowSet } from "./token-index-rows.ts";
import { isLive, isRevoked, othersPassing, type StoreChange, type TokenStore } from "./token-index-store.ts";
import { narrows, searchTerms, type SearchTerms } from "./token-index-text.ts";

export function statusOf(store: TokenStore, row: number, now: number): TokenStatus {
  if (isRevoked(store, row)) return "revoked";
  return store.expires[row]! <= now ? "expired" : "active";
}

type Filters = Omit<TokenQuery, "text" | "sort">;

/** Tells whether a row passes every filter but the text. */
function filterOf(store: TokenStore, query: Filters): (row: number) => boolean {
  const { inactive, status, access, database, expiry, now } = query;
  const passes = store.family.sets.passing(access, database);
  const belongs = othersPassing(store.family, query);
  const wanted = status ?? (inactive ? undefined : "active");
  const until = typeof expiry === "number" ? now + expiry * MILLIS_PER_DAY : undefined;
  const { expires, sets, others } = store;
  return (row) => {
    if (!isLive(store, row)) return false;
    if (wanted !== undefined && statusOf(store, row, now) !== wanted) return false;
    if (passes !== undefined && passes[sets[row]!] === 0) return false;
    if (belongs !== undefined && belongs[others[row]!] === 0) return false;
    const end = expires[row]!;
    if (expiry === "never" && end !== Infinity) return false;
    return until === undefined || (end <= until && end > now);
  };
}

/** The rows that pass every filter but the text. */
export function filterRows(store: TokenStore, query: Filters): RowSet {
  const passes = filterOf(store, query);
  const found = new RowSet(store.limit);
  for (let row = 0; row < store.limit; row++) if (passes(row)) found.add(row);
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
    const [rare] = noHexadecimal.exec(term) ?? [];
    if (rare === undefined || ids?.folded.segments.some(({ text }) => text.includes(rare)) === true) {
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

/** Ids are UUIDs mostly: a word with another letter in it is there only where that letter is, which is found out sooner. */
const noHexadecimal = /[^-0-9a-f\n]/;

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

function isSearch({ long, short }: SearchTerms): boolean {
  return long.length > 0 || short.length > 0;
}

/** Whether every term occurs in one row, which is the only candidate. */
function searchRow(store: TokenStore, row: number, only: RowSet, terms: SearchTerms): boolean {
  const found = new RowSet(store.limit);
  searchBlock(store, row >>> BLOCK_BITS, only, terms, found);
  return found.has(row);
}

/** With more changed rows it does not pay to look at them one by one. */
const FEW = 64;

/** How many results with different filters are kept to narrow down. */
const KEPT_RESULTS = 3;

interface Result {
  /** Its `now` is when it was filtered. */
  filters: Filters;
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

  /** Takes over what was found in an earlier store, looking at changed rows only. */
  adopt(earlier: TokenSearch, { touched, from }: StoreChange): void {
    const { limit } = this.#store;
    if (touched.size + limit - from > FEW) return;
    for (const [key, { filters, filtered, terms, found }] of earlier.#results) {
      const passes = filterOf(this.#store, filters);
      const next = { filters, filtered: filtered.grownTo(limit), terms, found: found.grownTo(limit) };
      const look = (row: number) => {
        next.filtered.set(row, passes(row));
        next.found.set(row, false);
        if (!next.filtered.has(row)) return;
        const only = new RowSet(limit);
        only.add(row);
        if (!isSearch(terms) || searchRow(this.#store, row, only, terms)) next.found.add(row);
      };
      for (const row of touched.keys()) look(row);
      for (let row = from; row < limit; row++) look(row);
      this.#results.set(key, next);
    }
  }

  find(query: TokenQuery): RowSet {
    const { text, expiry, now } = query;
    const terms = searchTerms(text);
    const key = JSON.stringify({ ...query, text: 0, sort: 0, now: 0 });
    const last = this.#results.get(key);
    const valid = last !== undefined && this.#holds(last.filters.now, now, typeof expiry === "number");
    const filters = valid ? last.filters : query;
    const filtered = valid ? last.filtered : filterRows(this.#store, filters);
    const candidates = valid && narrows(last.terms, terms) ? last.found : filtered;
    const found = isSearch(terms) ? searchRows(this.#store, candidates, terms) : filtered;
    this.#results.delete(key);
    this.#results.set(key, { filters, filtered, terms, found });
    const [oldest] = this.#results.keys();
    if (oldest !== undefined && this.#results.size > KEPT_RESULTS) this.#results.delete(oldest);
    return found;
  }

  /** Whether what was filtered at one instant is the same at another. */
  #holds(then: number, now: number, byDays: boolean): boolean {
    return then === now || (!byDays && then < now && now < this.#nextExpiry(then));
  }
}
