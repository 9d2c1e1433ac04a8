import { plainMillis, plainText, toMillis } from "#contract/instant.ts";
import {
  HAS_CREATED_MILLIS,
  HAS_EXPIRES,
  HAS_EXPIRES_MILLIS,
  HAS_REVOKED,
  HAS_REVOKED_MILLIS,
  type TokenColumns,
} from "#contract/token-columns.ts";
import { BLOCK_BITS, BLOCK_SIZE, OFFSET_MASK, textPair, type TextPair } from "./token-index-blocks.ts";
import { ownerKeys, ownerOf, type ListedToken, type OwnerKey, type TokenView } from "./token-index-model.ts";
import { PermissionSets, type PermissionNumber } from "./token-index-permissions.ts";
import { TextTable } from "./token-index-tables.ts";

/** What indexes that were made one from another share. A token keeps its row number in all of them. */
export interface TokenFamily {
  /** The number of an id is its row. */
  readonly ids: TextTable;
  readonly sets: PermissionSets;
  /** Fields that have no column, as JSON. Number 0 is the empty text. */
  readonly others: TextTable;
}

/** When a token expires says whether it does. */
const WRITTEN = HAS_CREATED_MILLIS | HAS_EXPIRES_MILLIS | HAS_REVOKED_MILLIS | HAS_REVOKED;
const LIVE = 32;
const DEACTIVATED = 64;

export type TextColumn = readonly (TextPair | undefined)[];

/** The tokens of one list by columns. Never changed, except by a builder beyond its limit. */
export interface TokenStore {
  readonly family: TokenFamily;
  /** Rows from here on are not of this list. Before it there may be rows without a token. */
  readonly limit: number;
  /** How many tokens. */
  readonly total: number;
  readonly flags: Uint8Array;
  /** Instants in milliseconds. A token that never expires does so at Infinity. */
  readonly created: Float64Array;
  readonly expires: Float64Array;
  readonly revoked: Float64Array;
  /** The number of its permission set. */
  readonly sets: Uint32Array;
  /** The number of its other fields. */
  readonly others: Uint32Array;
  readonly descriptions: TextColumn;
  readonly prefixes: TextColumn;
}

export function emptyStore(): TokenStore {
  const family = { ids: new TextTable(), sets: new PermissionSets(), others: new TextTable() };
  family.others.intern("");
  return {
    family,
    limit: 0,
    total: 0,
    ...columnsFor(0),
    descriptions: [],
    prefixes: [],
  };
}

export function isLive(store: TokenStore, row: number): boolean {
  return row < store.limit && (store.flags[row]! & LIVE) !== 0;
}

export function isRevoked(store: TokenStore, row: number): boolean {
  return (store.flags[row]! & HAS_REVOKED) !== 0;
}

/** Neither revoked nor expired, nor refused by its product for now. */
export function isAccepted(store: TokenStore, row: number, now: number): boolean {
  return (store.flags[row]! & (LIVE | HAS_REVOKED | DEACTIVATED)) === LIVE && !(store.expires[row]! <= now);
}

export function liveRow(store: TokenStore, id: string): number | undefined {
  const row = store.family.ids.find(id);
  return row !== undefined && isLive(store, row) ? row : undefined;
}

export function foldedDescription(store: TokenStore, row: number): string {
  return textAt(store.descriptions, row, "folded") ?? "";
}

function textAt(column: TextColumn, row: number, kind: keyof TextPair): string | undefined {
  return column[row >>> BLOCK_BITS]?.[kind].at(row & OFFSET_MASK);
}

/** The token of a row, put together again. */
export function tokenOf(store: TokenStore, row: number): ListedToken {
  const { family, flags } = store;
  const has = (flag: number) => (flags[row]! & flag) !== 0;
  const others = otherFieldsAt(family, store.others[row]!);
  const instant = (name: string, millis: number, fraction: number) =>
    name in others ? {} : { [name]: plainText(millis, has(fraction)) };
  const tokenPrefix = textAt(store.prefixes, row, "raw");
  const permissions = family.sets.at(store.sets[row]!);
  return {
    id: family.ids.at(row),
    description: textAt(store.descriptions, row, "raw") ?? "",
    createdAt: "",
    ...instant("createdAt", store.created[row]!, HAS_CREATED_MILLIS),
    ...(store.expires[row] === Infinity ? {} : instant("expiresAt", store.expires[row]!, HAS_EXPIRES_MILLIS)),
    ...(has(HAS_REVOKED) ? instant("revokedAt", store.revoked[row]!, HAS_REVOKED_MILLIS) : {}),
    ...(tokenPrefix === undefined ? {} : { tokenPrefix }),
    ...(permissions === undefined ? {} : { permissions }),
    ...others,
  };
}

/** Fields that have no column. */
export function otherFieldsAt({ others }: TokenFamily, number: number): Partial<ListedToken> {
  return number === 0 ? {} : JSON.parse(others.at(number));
}

/** Whom tokens with these other fields belong to. */
export function ownerIn(family: TokenFamily, others: number, key: OwnerKey): string {
  return ownerOf(otherFieldsAt(family, others), key);
}

/** Which other fields pass the filters by them: 1 by their number. Undefined when there is nothing to filter by. */
export function othersPassing(family: TokenFamily, view: Pick<TokenView, OwnerKey>): Uint8Array | undefined {
  const asked = ownerKeys.filter((key) => view[key] !== undefined);
  if (asked.length === 0) return undefined;
  return Uint8Array.from({ length: family.others.size }, (_, number) =>
    Number(asked.every((key) => view[key]?.includes(ownerIn(family, number, key)))),
  );
}

/** How many of the rows, or of all, do not say the same in both. They must be of one family. */
export function countDiffering(a: TokenStore, b: TokenStore, rows?: Iterable<number>): number {
  let count = 0;
  if (rows === undefined) {
    const limit = Math.max(a.limit, b.limit);
    for (let row = 0; row < limit; row++) if (!sameRow(a, b, row)) count++;
  } else for (const row of rows) if (!sameRow(a, b, row)) count++;
  return count;
}

function sameRow(a: TokenStore, b: TokenStore, row: number): boolean {
  const live = isLive(a, row);
  if (live !== isLive(b, row)) return false;
  return (
    !live ||
    (columnNames.every((name) => a[name][row] === b[name][row]) &&
      sameText(a.descriptions, b.descriptions, row) &&
      sameText(a.prefixes, b.prefixes, row))
  );
}

function sameText(a: TextColumn, b: TextColumn, row: number): boolean {
  const block = row >>> BLOCK_BITS;
  return a[block] === b[block] || textAt(a, row, "raw") === textAt(b, row, "raw");
}

const WHOLE_SECONDS = "2000-01-01T00:00:00Z".length;

/** What the columns say of a token. */
function cellsOf({ sets, others }: TokenFamily, token: ListedToken): Cells {
  const { createdAt, expiresAt, revokedAt } = token;
  const odd: [string, unknown][] = [];
  let flags = LIVE;
  if (token.isDeactivated) flags |= DEACTIVATED;
  if (createdAt.length > WHOLE_SECONDS) flags |= HAS_CREATED_MILLIS;
  if (expiresAt !== undefined && expiresAt.length > WHOLE_SECONDS) flags |= HAS_EXPIRES_MILLIS;
  if (revokedAt !== undefined)
    flags |= revokedAt.length > WHOLE_SECONDS ? HAS_REVOKED | HAS_REVOKED_MILLIS : HAS_REVOKED;
  return {
    flags,
    created: readInstant("createdAt", createdAt, odd),
    expires: expiresAt === undefined ? Infinity : readInstant("expiresAt", expiresAt, odd),
    revoked: revokedAt === undefined ? 0 : readInstant("revokedAt", revokedAt, odd),
    sets: sets.intern(token.permissions),
    others: others.intern(otherFields(token, odd)),
  };
}

/** The same for all tokens of columns, one after the other. `firstPermission` as in tokenIn. */
export function eachCells(
  { sets }: TokenFamily,
  columns: TokenColumns,
  take: (id: string, cells: Cells, description: string, at: number, firstPermission: number) => void,
): void {
  const { description, createdAt, expiresAt, revokedAt, written, permissionCounts, permissionPlaces } =
    columns;
  const numbers = columns.permissions.map((permission) => sets.numberOf(permission));
  let next = 0;
  columns.id.forEach((id, at) => {
    const first = next;
    const permissions: PermissionNumber[] = [];
    for (const end = first + permissionCounts[at]!; next < end; next++) {
      permissions.push(numbers[permissionPlaces[next]!]!);
    }
    const bits = written[at]!;
    const cells = {
      flags: LIVE | (bits & WRITTEN),
      created: createdAt[at]!,
      expires: bits & HAS_EXPIRES ? expiresAt[at]! : Infinity,
      revoked: bits & HAS_REVOKED ? revokedAt[at]! : 0,
      sets: sets.internNumbers(permissions),
      others: 0,
    };
    take(id, cells, description[at]!, at, first);
  });
}

/** Whether a row says the same as a token. */
export function isToken(store: TokenStore, row: number, token: ListedToken): boolean {
  return saysCells(store, row, cellsOf(store.family, token), token.description, token.tokenPrefix);
}

/** Whether it says this. */
export function saysCells(
  store: TokenStore,
  row: number,
  cells: Cells,
  description: string,
  tokenPrefix?: string,
): boolean {
  return (
    columnNames.every((name) => store[name][row] === cells[name]) &&
    saysText(store.descriptions, row, description) &&
    saysText(store.prefixes, row, tokenPrefix)
  );
}

function saysText(column: TextColumn, row: number, text: string | undefined): boolean {
  const block = column[row >>> BLOCK_BITS]?.raw;
  const offset = row & OFFSET_MASK;
  return text === undefined ? block?.at(offset) === undefined : block?.equals(offset, text) === true;
}

/** What a change of a row bears on. */
export const touches = {
  presence: 1,
  description: 2,
  databases: 4,
  created: 8,
  expires: 16,
  other: 32,
} as const;

const touchedBy: Record<ColumnName, number> = {
  flags: touches.other,
  created: touches.created,
  expires: touches.expires,
  revoked: touches.other,
  sets: touches.databases,
  others: touches.other,
};

/** What changed from one store to the next. */
export interface StoreChange {
  /** Rows that were there before, and what their change bears on: bits of `touches`. */
  readonly touched: ReadonlyMap<number, number>;
  /** Rows from here on were not there before. */
  readonly from: number;
}

interface Columns {
  flags: Uint8Array;
  created: Float64Array;
  expires: Float64Array;
  revoked: Float64Array;
  sets: Uint32Array;
  others: Uint32Array;
}
type ColumnName = keyof Columns;
type Cells = Record<ColumnName, number>;
const columnNames = ["flags", "created", "expires", "revoked", "sets", "others"] as const;

/**
 * A list that is being changed. Columns are copied before a row that others may see is written; a builder alone appends
 * to the arrays that its stores share, for a store never looks beyond its limit.
 */
export class StoreDraft {
  readonly #family: TokenFamily;
  readonly #appends: boolean;
  #columns: Columns;
  #own = new Set<ColumnName>();
  #sealed: number;
  #limit: number;
  #total: number;
  readonly #descriptions: TextDraft;
  readonly #prefixes: TextDraft;
  #touched = new Map<number, number>();

  constructor(store: TokenStore, { appends }: { appends: boolean }) {
    const { family, flags, created, expires, revoked, sets, others } = store;
    this.#family = family;
    this.#appends = appends;
    this.#columns = { flags, created, expires, revoked, sets, others };
    this.#sealed = store.limit;
    this.#limit = store.limit;
    this.#total = store.total;
    this.#descriptions = new TextDraft(store.descriptions, appends);
    this.#prefixes = new TextDraft(store.prefixes, appends);
  }

  /** Adds a token, or makes the one with its id what this one says. */
  set(token: ListedToken): void {
    this.#put(token.id, cellsOf(this.#family, token), token.description, token.tokenPrefix);
  }

  /** The same of all tokens of columns. */
  setAll(columns: TokenColumns): void {
    eachCells(this.#family, columns, (id, cells, description) => {
      this.#put(id, cells, description, undefined);
    });
  }

  #put(id: string, cells: Cells, description: string, tokenPrefix: string | undefined): void {
    const row = this.#family.ids.intern(id);
    this.#makeRoom(row);
    const present = (this.#columns.flags[row]! & LIVE) !== 0;
    // A row that no store has seen, as most rows of a list are, goes the short way.
    const isFresh = this.#appends && row >= this.#sealed && !present;
    let bits = present ? 0 : touches.presence;
    for (const name of columnNames) {
      if (isFresh) this.#columns[name][row] = cells[name];
      else if (this.#write(name, row, cells[name])) bits |= touchedBy[name];
    }
    if (this.#descriptions.set(row, description)) bits |= touches.description;
    if (!(isFresh && tokenPrefix === undefined) && this.#prefixes.set(row, tokenPrefix))
      bits |= touches.other;
    if (!present) this.#total++;
    if (bits !== 0) this.#touch(row, bits);
  }

  /** Takes a token out, if it is there. */
  remove(id: string): void {
    const row = this.#family.ids.find(id);
    if (row === undefined || row >= this.#limit || (this.#columns.flags[row]! & LIVE) === 0) return;
    this.#write("flags", row, 0);
    this.#total--;
    this.#touch(row, touches.presence);
  }

  /** The list as it is now, and what changed since it was sealed last. */
  seal(): { store: TokenStore; change: StoreChange } {
    const change = { touched: this.#touched, from: this.#sealed };
    this.#touched = new Map();
    this.#own = new Set();
    this.#sealed = this.#limit;
    const store = {
      ...this.#columns,
      family: this.#family,
      limit: this.#limit,
      total: this.#total,
      descriptions: this.#descriptions.seal(),
      prefixes: this.#prefixes.seal(),
    };
    return { store, change };
  }

  #touch(row: number, bits: number): void {
    if (row < this.#sealed) this.#touched.set(row, (this.#touched.get(row) ?? 0) | bits);
  }

  /** Whether that changed anything. */
  #write(name: ColumnName, row: number, value: number): boolean {
    const column = this.#columns[name];
    if (column[row] === value) return false;
    this.#writable(name, row)[row] = value;
    return true;
  }

  #writable(name: ColumnName, row: number): Columns[ColumnName] {
    const column = this.#columns[name];
    if (this.#own.has(name) || (this.#appends && row >= this.#sealed)) return column;
    this.#own.add(name);
    this.#columns = { ...this.#columns, [name]: column.slice() };
    return this.#columns[name];
  }

  #makeRoom(row: number): void {
    this.#limit = Math.max(this.#limit, row + 1);
    if (!this.#appends && row >= this.#sealed && this.#own.size < columnNames.length) {
      // Whoever appends to the shared arrays may write there.
      this.#own = new Set(columnNames);
      this.#columns = columnsFor(this.#columns.flags.length, this.#columns);
      this.#columns.flags.fill(0, this.#sealed);
    }
    const capacity = this.#columns.flags.length;
    if (row < capacity) return;
    // Twice as much would leave up to half of the largest arrays empty.
    const larger = Math.max(BLOCK_SIZE, row + 1, Math.ceil(capacity * 1.25));
    this.#columns = columnsFor(larger, this.#columns);
    this.#own = new Set(columnNames);
  }
}

/** New columns with room for so many rows, beginning with what stands in others. */
function columnsFor(rows: number, others?: Columns): Columns {
  const columns = {
    flags: new Uint8Array(rows),
    created: new Float64Array(rows),
    expires: new Float64Array(rows),
    revoked: new Float64Array(rows),
    sets: new Uint32Array(rows),
    others: new Uint32Array(rows),
  };
  if (others !== undefined) for (const name of columnNames) columns[name].set(others[name]);
  return columns;
}

/** Milliseconds of an instant. One that plainText would not write the same way is kept as it is written. */
function readInstant(name: string, text: string, odd: [string, unknown][]): number {
  const millis = plainMillis(text);
  if (!Number.isNaN(millis)) return millis;
  odd.push([name, text]);
  return toMillis(text);
}

/** The fields without a column as JSON; empty when there are none. Those that only name the list are left out. */
function otherFields(token: ListedToken, odd: [string, unknown][]): string {
  let key: keyof ListedToken;
  for (key in token) if (isOther(key) && token[key] !== undefined) odd.push([key, token[key]]);
  return odd.length === 0 ? "" : JSON.stringify(Object.fromEntries(odd));
}

function isOther(key: string): boolean {
  switch (key) {
    case "id":
    case "description":
    case "createdAt":
    case "expiresAt":
    case "revokedAt":
    case "tokenPrefix":
    case "permissions":
    case "accountId":
    case "clusterId":
      return false;
    default:
      return true;
  }
}

/** A column of texts that is being changed: the blocks that are open stand as arrays. */
class TextDraft {
  readonly #blocks: (TextPair | undefined)[];
  readonly #appends: boolean;
  readonly #open = new Map<number, { texts: (string | undefined)[]; changed: boolean }>();

  constructor(column: TextColumn, appends: boolean) {
    this.#blocks = [...column];
    this.#appends = appends;
  }

  /** Whether that changed anything. */
  set(row: number, text: string | undefined): boolean {
    const number = row >>> BLOCK_BITS;
    const offset = row & OFFSET_MASK;
    let block = this.#open.get(number);
    if (block === undefined) {
      if (saysText(this.#blocks, row, text)) return false;
      // Whoever appends is done with the block before: its cost falls to the slice that filled it.
      if (this.#appends) this.#close();
      block = { texts: this.#blocks[number]?.raw.toArray() ?? [], changed: false };
      this.#open.set(number, block);
    }
    if (block.texts[offset] === text) return false;
    while (block.texts.length < offset) block.texts.push(undefined);
    block.texts[offset] = text;
    block.changed = true;
    return true;
  }

  seal(): TextColumn {
    this.#write();
    return [...this.#blocks];
  }

  #close(): void {
    this.#write();
    this.#open.clear();
  }

  #write(): void {
    for (const [number, block] of this.#open) {
      if (!block.changed) continue;
      while (this.#blocks.length < number) this.#blocks.push(undefined);
      this.#blocks[number] = textPair(block.texts);
      block.changed = false;
    }
  }
}
