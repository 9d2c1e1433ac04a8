import type { Permission } from "#contract/permission.ts";
import { tokenIn, type TokenColumns } from "#contract/token-columns.ts";
import { tokenStatuses } from "#contract/token.ts";
import { BLOCK_BITS, BLOCK_SIZE } from "./token-index-blocks.ts";
import { activeAt, expiriesAfter, expiriesOf, expiryAfter, type Expiries } from "./token-index-expiries.ts";
import type { ListedToken, SortKey, TokenQuery } from "./token-index-model.ts";
import { keptSortKeys, narrowed, ordered, takeFound, TokenOrders, type Order } from "./token-index-orders.ts";
import { RowSet } from "./token-index-rows.ts";
import { searchBlock, statusOf, TokenSearch } from "./token-index-search.ts";
import {
  countDiffering,
  eachCells,
  emptyStore,
  isAccepted,
  isLive,
  isToken,
  liveRow,
  saysCells,
  StoreDraft,
  tokenOf,
  type StoreChange,
  type TokenFamily,
  type TokenStore,
} from "./token-index-store.ts";
import { searchTerms, sortNaturally } from "./token-index-text.ts";

export {
  accessFilters,
  MILLIS_PER_DAY,
  ownerKeys,
  ownerOf,
  sortKeys,
  type AccessFilter,
  type ListedToken,
  type OwnerKey,
  type SortKey,
  type TokenQuery,
  type TokenView,
} from "./token-index-model.ts";
export { databasesOf } from "./token-index-permissions.ts";
export { compareNaturally, fold } from "./token-index-text.ts";

export interface TokenIndex {
  /** How many tokens. */
  readonly total: number;
  /** Row numbers, in the order asked for. A row number means a token of this index only. */
  query(query: TokenQuery): Uint32Array;
  /** How many tokens a query finds, without ordering them. */
  count(query: TokenQuery): number;
  /** How many there are, and how many are active at that instant. */
  counts(now: number): { total: number; active: number };
  /** The first instant after `now`, in milliseconds, at which a token expires; Infinity when none does. */
  nextExpiry(now: number): number;
  /** The row number of a token, or undefined. */
  rowOf(id: string): number | undefined;
  /** The id of a row that a query gave. */
  idAt(row: number): string;
  /**
   * The token of a row, put together again: equal to what was indexed (unknown fields included, accountId and
   * clusterId not), and the same object while it is kept in a small cache. A RangeError where there is no token.
   */
  tokenAt(row: number): ListedToken;
  /** Names that occur in permissions, in natural order, without `*`. */
  readonly databaseNames: readonly string[];
  /** Which permissions the active tokens other than one have for an action on databases, without those deactivated. */
  grants(action: string, now: number, exceptId: string): readonly Permission[];
  /** The list after these changes; this one stays as it is and shares what did not change. */
  apply(changes: TokenChanges): TokenIndex;
  /**
   * How many tokens differ (added, changed, removed) between two indexes. Quick when one was made from the other by apply.
   * `except`: ids of tokens of this one that may differ; they count all the same where it was not.
   */
  differences(other: TokenIndex, except?: ReadonlySet<string>): number;
  /**
   * Work to do before the list is shown, in steps of at most about 10 ms, so that drawing it does not wait for it: what
   * is asked of every list, and the order by id, from which every other one is made.
   */
  prepareShown(): Iterator<void>;
  /**
   * Work to do while idle, in steps of at most about 2 ms: warms the search up and makes the orders that nobody asked
   * for yet, so that the first sort is no long task. `keys`: what may be asked for.
   */
  prepare(keys: readonly SortKey[]): Iterator<void>;
}

/** What differs between two lists: ids that are gone, then tokens that are new or not as they were. */
export interface TokenChanges {
  changed: readonly ListedToken[];
  removed: readonly string[];
}

export interface TokenIndexBuilder {
  /** Adds tokens. Of tokens with the same id the one added last counts. */
  add(tokens: Iterable<ListedToken>): void;
  /** The same of tokens that came by columns. */
  addColumns(columns: TokenColumns): void;
  /** What has been added so far, as an index that stays as it is while more is added. */
  snapshot(): TokenIndex;
}

/** Compares a list that is read again, slice by slice, with the one that is held. */
export interface ListComparison {
  add(tokens: readonly ListedToken[]): void;
  addColumns(columns: TokenColumns): void;
  /** What makes the held list the one that was read. Of tokens with the same id the one added last counts. */
  finish(): TokenChanges;
}

/** So many tokens are kept as objects: several windows of rows. */
const KEPT_TOKENS = 256;

/** A store that another one came of: the rows that changed since, and from which row on there were none. */
interface Origin {
  readonly store: WeakRef<TokenStore>;
  readonly touched: ReadonlySet<number>;
  readonly from: number;
}

const NO_ROWS: ReadonlySet<number> = new Set();

/** A list that is held back while somebody is on the rows may be so many refreshes old and still compare quickly. */
const KEPT_ORIGINS = 8;
/** With more changes than this it does not pay to remember each. */
const FEW_CHANGES = 1000;

function originsAfter(
  store: TokenStore,
  origins: readonly Origin[],
  { touched, from }: StoreChange,
): readonly Origin[] {
  if (touched.size > FEW_CHANGES) return [];
  const latest = { store: new WeakRef(store), touched: new Set(touched.keys()), from };
  const earlier = origins
    .slice(0, KEPT_ORIGINS - 1)
    .filter((origin) => origin.touched.size <= FEW_CHANGES)
    .map((origin) => ({
      store: origin.store,
      touched: new Set([...origin.touched, ...touched.keys()]),
      from: Math.min(origin.from, from),
    }));
  return [latest, ...earlier];
}

class StoreIndex implements TokenIndex {
  readonly #store: TokenStore;
  readonly #orders: TokenOrders;
  readonly #search: TokenSearch;
  readonly #tokens: Map<number, ListedToken>;
  #expiries: Expiries | undefined;
  #databaseNames: readonly string[] | undefined;
  /** The stores that this one came of, the latest first. Nothing needs them to stay. */
  #origins: readonly Origin[] = [];
  /** What was asked last, here or in the index before, and the answer. */
  #answer: { order: Order; descending: boolean; found: RowSet; rows: Uint32Array } | undefined;

  constructor(store: TokenStore, orders: TokenOrders, tokens: Map<number, ListedToken>, expiries?: Expiries) {
    this.#store = store;
    this.#orders = orders;
    this.#tokens = tokens;
    this.#expiries = expiries;
    this.#search = new TokenSearch(store, (now) => this.nextExpiry(now));
  }

  /** The index of a store that came of this one's. */
  followedBy(store: TokenStore, change: StoreChange): StoreIndex {
    const tokens = new Map(this.#tokens);
    for (const row of change.touched.keys()) tokens.delete(row);
    const expiries =
      this.#expiries === undefined ? undefined : expiriesAfter(this.#expiries, this.#store, store, change);
    const next = new StoreIndex(store, TokenOrders.after(this.#orders, store, change), tokens, expiries);
    next.#search.adopt(this.#search, change);
    next.#origins = originsAfter(this.#store, this.#origins, change);
    next.#answer = this.#answer;
    return next;
  }

  get total(): number {
    return this.#store.total;
  }

  query(query: TokenQuery): Uint32Array {
    const found = this.#search.find(query);
    const { by, descending } = query.sort;
    if (by === "status") return this.#byStatus(found, descending, query.now);
    const order = this.#orders.get(by);
    const last = this.#answer;
    const same = last !== undefined && last.order === order && last.descending === descending;
    const rows =
      (same ? narrowed(last.rows, last.found, found) : undefined) ?? ordered(order, found, descending);
    this.#answer = { order, descending, found, rows };
    return rows;
  }

  #byStatus(found: RowSet, descending: boolean, now: number): Uint32Array {
    const byId = ordered(this.#orders.get("id"), found, false);
    const rows = new Uint32Array(byId.length);
    let length = 0;
    for (const status of descending ? tokenStatuses.toReversed() : tokenStatuses) {
      for (let at = 0; at < byId.length; at++) {
        if (statusOf(this.#store, byId[at]!, now) === status) rows[length++] = byId[at]!;
      }
    }
    return rows;
  }

  count(query: TokenQuery): number {
    return this.#search.find(query).size;
  }

  counts(now: number): { total: number; active: number } {
    return { total: this.total, active: activeAt(this.#sortedExpiries(), now) };
  }

  nextExpiry(now: number): number {
    return expiryAfter(this.#sortedExpiries(), now);
  }

  #sortedExpiries(): Expiries {
    this.#expiries ??= expiriesOf(this.#store);
    return this.#expiries;
  }

  rowOf(id: string): number | undefined {
    return liveRow(this.#store, id);
  }

  idAt(row: number): string {
    return this.#store.family.ids.at(row);
  }

  tokenAt(row: number): ListedToken {
    const kept = this.#tokens.get(row);
    if (kept !== undefined) return kept;
    if (!isLive(this.#store, row)) throw new RangeError(`There is no token in row ${row}.`);
    const token = tokenOf(this.#store, row);
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined && this.#tokens.size >= KEPT_TOKENS) this.#tokens.delete(oldest);
    this.#tokens.set(row, token);
    return token;
  }

  get databaseNames(): readonly string[] {
    this.#databaseNames ??= sortNaturally(
      this.#store.family.sets.names(this.#setsWhere((row) => isLive(this.#store, row))),
    );
    return this.#databaseNames;
  }

  grants(action: string, now: number, exceptId: string): readonly Permission[] {
    const except = this.rowOf(exceptId);
    const marked = this.#setsWhere((row) => row !== except && isAccepted(this.#store, row, now));
    return this.#store.family.sets.grants(marked, action);
  }

  /** 1 by the number of each set that such a row has. */
  #setsWhere(counts: (row: number) => boolean): Uint8Array {
    const { family, sets, limit } = this.#store;
    const marked = new Uint8Array(family.sets.size);
    for (let row = 0; row < limit; row++) if (counts(row)) marked[sets[row]!] = 1;
    return marked;
  }

  apply({ changed, removed }: TokenChanges): TokenIndex {
    const draft = new StoreDraft(this.#store, { appends: false });
    for (const id of removed) draft.remove(id);
    for (const token of changed) draft.set(token);
    const { store, change } = draft.seal();
    if (isEmpty(store, change)) return this;
    // Rows without a token cost memory and time.
    if (store.limit > 2 * store.total + BLOCK_SIZE) return createTokenIndex(tokensOf(store));
    return this.followedBy(store, change);
  }

  differences(other: TokenIndex, except?: ReadonlySet<string>): number {
    if (other === this) return 0;
    const theirs = StoreIndex.storeOf(other);
    if (theirs.family !== this.#store.family) return differencesById(this, theirs);
    const rows = this.#changedRows(other);
    for (const id of except ?? []) rows?.delete(this.rowOf(id) ?? -1);
    return countDiffering(this.#store, theirs, rows);
  }

  /** The rows that may differ, where the two are known to come of one another or of the same; undefined otherwise. */
  #changedRows(other: TokenIndex): Set<number> | undefined {
    if (!(other instanceof StoreIndex)) return undefined;
    for (const ours of this.#lineage()) {
      for (const theirs of other.#lineage()) {
        if (ours.store !== theirs.store) continue;
        const rows = new Set([...ours.touched, ...theirs.touched]);
        for (let row = ours.from; row < this.#store.limit; row++) rows.add(row);
        for (let row = theirs.from; row < other.#store.limit; row++) rows.add(row);
        return rows;
      }
    }
    return undefined;
  }

  /** This store and those it came of, as far as they are there still. */
  *#lineage() {
    yield { store: this.#store, touched: NO_ROWS, from: this.#store.limit };
    for (const { store, touched, from } of this.#origins) {
      const there = store.deref();
      if (there !== undefined) yield { store: there, touched, from };
    }
  }

  *prepareShown(): Generator<void> {
    yield* this.#orders.prepare("id");
    this.#sortedExpiries();
    yield;
  }

  *prepare(keys: readonly SortKey[]): Generator<void> {
    yield* warmUp(this.#store, this.#orders.get("id").entries);
    for (const by of keptSortKeys) if (keys.includes(by)) yield* this.#orders.prepare(by);
  }

  /** A TypeError when it was not made here. */
  static storeOf(index: TokenIndex): TokenStore {
    if (!(index instanceof StoreIndex)) throw new TypeError("This is no index of this module.");
    return index.#store;
  }
}

function* tokensOf(store: TokenStore): Generator<ListedToken> {
  for (let row = 0; row < store.limit; row++) if (isLive(store, row)) yield tokenOf(store, row);
}

function differencesById(index: TokenIndex, other: TokenStore): number {
  const comparison = createListComparison(index);
  comparison.add([...tokensOf(other)]);
  const { changed, removed } = comparison.finish();
  return changed.length + removed.length;
}

const warm = new WeakSet<TokenFamily>();

/**
 * Runs what finds and orders rows until it is compiled; what comes of it is of no interest. Until then the first sort of
 * 100,000 takes six times as long.
 */
function* warmUp(store: TokenStore, entries: Int32Array): Generator<void> {
  if (warm.has(store.family)) return;
  const searches = ["a", "10", "test", "dada 1"].map(searchTerms);
  const rows = new RowSet(store.limit);
  const found = new RowSet(store.limit);
  const taken = new Uint32Array(BLOCK_SIZE);
  rows.words.fill(0xffffffff);
  for (let block = 0; block << BLOCK_BITS < store.limit; block++) {
    for (const terms of searches) searchBlock(store, block, rows, terms, found);
    const start = block << BLOCK_BITS;
    takeFound(entries, start, Math.min(start + BLOCK_SIZE, entries.length), rows, taken, 0);
    yield;
  }
  warm.add(store.family);
}

/** Indexes tokens slice by slice. */
export function createTokenIndexBuilder(): TokenIndexBuilder {
  const empty = emptyStore();
  const draft = new StoreDraft(empty, { appends: true });
  let index = new StoreIndex(empty, new TokenOrders(empty), new Map());
  return {
    add(tokens) {
      for (const token of tokens) draft.set(token);
    },
    addColumns(columns) {
      draft.setAll(columns);
    },
    snapshot() {
      const { store, change } = draft.seal();
      if (!isEmpty(store, change)) index = index.followedBy(store, change);
      return index;
    },
  };
}

function isEmpty({ limit }: TokenStore, { touched, from }: StoreChange): boolean {
  return touched.size === 0 && from === limit;
}

/** Indexes one complete list. Of tokens with the same id the last one counts. */
export function createTokenIndex(tokens: Iterable<ListedToken>): TokenIndex {
  const builder = createTokenIndexBuilder();
  builder.add(tokens);
  return builder.snapshot();
}

/** The columns of an index of this module. */
export function storeOf(index: TokenIndex): TokenStore {
  return StoreIndex.storeOf(index);
}

/** Compares a list that is read again, slice by slice, with the one that is held. */
export function createListComparison(held: TokenIndex): ListComparison {
  const store = StoreIndex.storeOf(held);
  const seen = new RowSet(store.limit);
  const changed = new Map<string, ListedToken>();
  const compare = (id: string, isSame: (row: number) => boolean, token: () => ListedToken) => {
    const row = liveRow(store, id);
    if (row !== undefined) seen.add(row);
    if (row === undefined || !isSame(row)) changed.set(id, token());
    else if (changed.size > 0) changed.delete(id);
  };
  return {
    add(tokens) {
      for (const token of tokens)
        compare(
          token.id,
          (row) => isToken(store, row, token),
          () => token,
        );
    },
    addColumns(columns) {
      eachCells(store.family, columns, (id, cells, description, at, firstPermission) =>
        compare(
          id,
          (row) => saysCells(store, row, cells, description),
          () => tokenIn(columns, at, firstPermission),
        ),
      );
    },
    finish() {
      const removed: string[] = [];
      for (let row = 0; row < store.limit; row++) {
        if (isLive(store, row) && !seen.has(row)) removed.push(store.family.ids.at(row));
      }
      return { changed: [...changed.values()], removed };
    },
  };
}
