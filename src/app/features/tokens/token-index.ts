import { toMillis } from "#contract/instant.ts";
import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { tokenStatus, type TokenStatus } from "#contract/token.ts";

/** What the list needs of a token; database and management tokens both have it. */
export interface ListedToken {
  id: string;
  description: string;
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
  tokenPrefix?: string | undefined;
  permissions?: readonly Permission[] | undefined;
}

export const sortKeys = ["status", "description", "id", "databases", "created", "expires"] as const;
export type SortKey = (typeof sortKeys)[number];

export const accessFilters = ["read", "write", "wildcard"] as const;
export type AccessFilter = (typeof accessFilters)[number];

/** Which tokens, in which order. */
export interface TokenView {
  /**
   * Terms joined by AND, case and accents folded. Each must occur in the description; one of four characters or more
   * may occur in the id or the prefix instead.
   */
  text: string;
  /** Whether revoked and expired tokens are listed. A status filter that names one of them lists it anyway. */
  inactive: boolean;
  status: TokenStatus | undefined;
  access: AccessFilter | undefined;
  /** A database by name: tokens that name it, or that name all databases. */
  database: string | undefined;
  /** Never expires, or expires within so many days from now. */
  expiry: "never" | number | undefined;
  sort: { by: SortKey; descending: boolean };
}

export interface TokenQuery extends TokenView {
  /** The instant that decides the status, in milliseconds of the server's clock. */
  now: number;
}

export interface TokenIndex {
  /** Row numbers into the list that was indexed, in the order asked for. */
  query(query: TokenQuery): Uint32Array;
  /** How many there are, and how many are active at that instant. */
  counts(now: number): { total: number; active: number };
  /** The row number of a token, or undefined. */
  rowOf(id: string): number | undefined;
  /** Names that occur in permissions, in natural order, without `*`. */
  readonly databaseNames: readonly string[];
}

export const MILLIS_PER_DAY = 86_400_000;

const READ = 1;
const WRITE = 2;
const WILDCARD = 4;
const accessBits: Record<AccessFilter, number> = { read: READ, write: WRITE, wildcard: WILDCARD };

const marks = /\p{M}/gu;
const beyondAscii = /[^\u0000-\u007f]/;

/** Case- and accent-folded, so that "cafe" finds "Café" and "ＣＩ" finds "CI". */
export function fold(text: string): string {
  // İ folds to i and a combining dot, so marks go after the case does.
  return beyondAscii.test(text)
    ? text.normalize("NFKD").toLowerCase().normalize("NFKD").replace(marks, "")
    : text.toLowerCase();
}

/** Nearly every UUID has a given digit in it: "Sensor 4" would find all sensors if short terms were looked for there. */
const LONG_TERM = 4;

function searchTerms(text: string): { long: string[]; short: string[] } {
  const terms = fold(text).split(/\s+/).filter(Boolean);
  return {
    long: terms.filter((term) => term.length >= LONG_TERM),
    short: terms.filter((term) => term.length < LONG_TERM),
  };
}

const naturalOrder = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Orders texts as people do: "Sensor 2" before "Sensor 10", without regard to case and accents. */
export function compareNaturally(a: string, b: string): number {
  return naturalOrder.compare(a, b);
}

function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The databases a token names, each once, in natural order; `*` first. */
export function databasesOf(token: ListedToken): string[] {
  const names = new Set((token.permissions ?? []).map((permission) => permission.resource));
  return [...names].sort((a, b) =>
    a === ALL_DATABASES ? -1 : b === ALL_DATABASES ? 1 : compareNaturally(a, b),
  );
}

/**
 * Indexes one complete list. Pure: the same list and query give the same rows, and no clock is read.
 * Orders are computed at the first query that needs them, and kept.
 */
export function createTokenIndex(tokens: readonly ListedToken[]): TokenIndex {
  const count = tokens.length;
  const haystacks = new Array<string>(count);
  const descriptions = new Array<string>(count);
  const access = new Uint8Array(count);
  const expires = new Float64Array(count);
  const revoked = new Uint8Array(count);
  const rows = new Map<string, number>();
  const names = new Set<string>();

  tokens.forEach((token, row) => {
    const description = fold(token.description);
    descriptions[row] = description;
    haystacks[row] = `${description}\n${fold(token.id)}\n${fold(token.tokenPrefix ?? "")}`;
    expires[row] = token.expiresAt === undefined ? Infinity : toMillis(token.expiresAt);
    revoked[row] = token.revokedAt === undefined ? 0 : 1;
    rows.set(token.id, row);
    let bits = 0;
    for (const { action, resource } of token.permissions ?? []) {
      if (action === "read") bits |= READ;
      else if (action === "write") bits |= WRITE;
      if (resource === ALL_DATABASES) bits |= WILDCARD;
      else names.add(resource);
    }
    access[row] = bits;
  });

  const statusAt = (row: number, now: number): TokenStatus =>
    revoked[row] === 1 ? "revoked" : expires[row]! <= now ? "expired" : "active";

  const orders = new Map<string, Uint32Array>();

  /** `rank` numbers statuses; it depends on the clock, so that order is not kept. */
  function order(by: SortKey, descending: boolean, now: number): Uint32Array {
    const key = `${by} ${descending}`;
    const kept = by === "status" ? undefined : orders.get(key);
    if (kept !== undefined) return kept;
    const compare = comparison(by, descending, now);
    const sorted = Uint32Array.from({ length: count }, (_, row) => row).sort(
      // Ties fall to the id, upwards, so that every order is total and nothing swaps on a refresh.
      (a, b) => compare(a, b) || compareCodeUnits(tokens[a]!.id, tokens[b]!.id) || a - b,
    );
    if (by !== "status") orders.set(key, sorted);
    return sorted;
  }

  function comparison(by: SortKey, descending: boolean, now: number): (a: number, b: number) => number {
    const sign = descending ? -1 : 1;
    switch (by) {
      case "id":
        return (a, b) => sign * compareCodeUnits(tokens[a]!.id, tokens[b]!.id);
      case "description":
        return (a, b) => sign * compareNaturally(tokens[a]!.description, tokens[b]!.description);
      case "databases": {
        const keys = tokens.map((token) => databasesOf(token).join("\n"));
        // Tokens without a database come last in both directions: there is nothing to compare.
        return (a, b) =>
          Number(keys[a] === "") - Number(keys[b] === "") || sign * compareNaturally(keys[a]!, keys[b]!);
      }
      case "created": {
        const created = Float64Array.from(tokens, (token) => toMillis(token.createdAt));
        return (a, b) => sign * (created[a]! - created[b]!);
      }
      case "expires":
        // Never comes last in both directions: it is no instant.
        return (a, b) => {
          const never = Number(expires[a] === Infinity) - Number(expires[b] === Infinity);
          return never !== 0 || expires[a] === Infinity ? never : sign * (expires[a]! - expires[b]!);
        };
      case "status": {
        const ranks: Record<TokenStatus, number> = { active: 0, expired: 1, revoked: 2 };
        return (a, b) => sign * (ranks[statusAt(a, now)] - ranks[statusAt(b, now)]);
      }
    }
  }

  function query({ text, inactive, status, access: wanted, database, expiry, sort, now }: TokenQuery) {
    const terms = searchTerms(text);
    const bits = wanted === undefined ? 0 : accessBits[wanted];
    const until = typeof expiry === "number" ? now + expiry * MILLIS_PER_DAY : undefined;
    const found = new Uint32Array(count);
    let length = 0;
    for (const row of order(sort.by, sort.descending, now)) {
      const current = statusAt(row, now);
      if (status === undefined ? !inactive && current !== "active" : current !== status) continue;
      if ((access[row]! & bits) !== bits) continue;
      if (expiry === "never" && expires[row] !== Infinity) continue;
      if (until !== undefined && (expires[row]! > until || expires[row]! <= now)) continue;
      if (database !== undefined && !namesDatabase(tokens[row]!, database)) continue;
      if (!terms.long.every((term) => haystacks[row]!.includes(term))) continue;
      if (!terms.short.every((term) => descriptions[row]!.includes(term))) continue;
      found[length++] = row;
    }
    return found.subarray(0, length);
  }

  return {
    query,
    counts(now) {
      let active = 0;
      for (const token of tokens) if (tokenStatus(token, now) === "active") active++;
      return { total: count, active };
    },
    rowOf: (id) => rows.get(id),
    databaseNames: [...names].sort(compareNaturally),
  };
}

function namesDatabase(token: ListedToken, database: string): boolean {
  return (token.permissions ?? []).some(
    ({ resource }) => resource === database || resource === ALL_DATABASES,
  );
}
