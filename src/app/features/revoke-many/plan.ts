import { toMillis } from "#contract/instant.ts";
import { tokenStatus } from "#contract/token.ts";
import { parseList, type ListRecord } from "./pasted-list.ts";

/** What a plan needs of a token. */
export interface PlanToken {
  id: string;
  description: string;
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
}

/** Finds tokens of one complete list by what somebody wrote. */
export interface TokenLookup {
  /** The token with this id; without one, those whose ids differ from it by case only. */
  byId(text: string): readonly PlanToken[];
  byDescription(text: string): readonly PlanToken[];
}

/** Collects the tokens of a list for a lookup. */
export interface LookupBuilder extends TokenLookup {
  add(token: PlanToken): void;
}

export function createLookup(): LookupBuilder {
  const ids = new Map<string, PlanToken>();
  const folded = new Map<string, PlanToken[]>();
  const descriptions = new Map<string, PlanToken[]>();
  const put = (map: Map<string, PlanToken[]>, key: string, token: PlanToken) => {
    const there = map.get(key);
    if (there === undefined) map.set(key, [token]);
    else there.push(token);
  };
  return {
    add(token) {
      ids.set(token.id, token);
      put(folded, token.id.toLowerCase(), token);
      const description = token.description.trim();
      if (description !== "") put(descriptions, description, token);
    },
    byId(text) {
      const exact = ids.get(text);
      return exact === undefined ? (folded.get(text.toLowerCase()) ?? []) : [exact];
    },
    byDescription: (text) => descriptions.get(text) ?? [],
  };
}

/** Several tokens that a text may mean. */
export interface Ambiguity {
  text: string;
  tokens: readonly PlanToken[];
}

/** What a list means, before anybody asks whether it may be done. */
export interface Meant {
  /** Each token once, in the order of the list. */
  tokens: readonly PlanToken[];
  ambiguous: readonly Ambiguity[];
  notFound: readonly string[];
  /** How many entries named what another one had named before. */
  repeated: number;
}

const ID_HEADERS = new Set(["id", "token id", "token_id", "tokenid"]);
const DESCRIPTION_HEADER = "description";

/**
 * What a pasted list means: ids in any case or descriptions, one on a line or several, or the first column of a table,
 * or the one that its header calls the ids. Where a row of a table holds an id of a token, the row means that token.
 */
export function meantByText(text: string, lookup: TokenLookup): Meant {
  const records = parseList(text);
  const column = headerColumn(records, lookup);
  const rows = column === undefined ? records : records.slice(1);
  const width = rows[0]?.cells.length ?? 0;
  const isTable = rows.length > 1 && width > 1 && rows.every(({ cells }) => cells.length === width);
  return collect(
    rows.flatMap((record) => entriesOf(record, { column, isTable, lookup })),
    lookup,
  );
}

function entriesOf(
  { line, cells }: ListRecord,
  { column, isTable, lookup }: { column: number | undefined; isTable: boolean; lookup: TokenLookup },
): string[] {
  if (column !== undefined) return [cells[column] ?? ""];
  // A description may have a comma in it.
  if (lookup.byDescription(line).length > 0) return [line];
  if (!isTable) return cells;
  const ids = cells.filter((cell) => lookup.byId(cell).length > 0);
  return ids.length > 0 ? ids : [cells[0] ?? ""];
}

/** Which column a first row names as the one to read. No header that is the name of a token. */
function headerColumn([first]: readonly ListRecord[], lookup: TokenLookup): number | undefined {
  const names = first?.cells.map((cell) => cell.toLowerCase()) ?? [];
  for (const isWanted of [
    (name: string) => ID_HEADERS.has(name),
    (name: string) => name === DESCRIPTION_HEADER,
  ]) {
    const column = names.findIndex(isWanted);
    if (column === -1) continue;
    const written = first?.cells[column] ?? "";
    if (lookup.byId(written).length === 0 && lookup.byDescription(written).length === 0) return column;
  }
  return undefined;
}

function collect(entries: readonly string[], lookup: TokenLookup): Meant {
  const tokens = new Map<string, PlanToken>();
  const ambiguous = new Map<string, Ambiguity>();
  const notFound = new Set<string>();
  let repeated = 0;
  for (const text of entries) {
    if (text === "") continue;
    const byId = lookup.byId(text);
    const found = byId.length > 0 ? byId : lookup.byDescription(text);
    const [token, ...others] = found;
    if (token === undefined) {
      if (notFound.has(text)) repeated++;
      notFound.add(text);
    } else if (others.length > 0) {
      if (ambiguous.has(text)) repeated++;
      ambiguous.set(text, { text, tokens: found });
    } else {
      if (tokens.has(token.id)) repeated++;
      tokens.set(token.id, token);
    }
  }
  return {
    tokens: [...tokens.values()],
    ambiguous: [...ambiguous.values()],
    notFound: [...notFound],
    repeated,
  };
}

/** The same of ids that were selected. `tokenOf` gives the token as the list has it now. */
export function meantByIds(ids: Iterable<string>, tokenOf: (id: string) => PlanToken | undefined): Meant {
  const tokens: PlanToken[] = [];
  const notFound: string[] = [];
  for (const id of ids) {
    const token = tokenOf(id);
    if (token === undefined) notFound.push(id);
    else tokens.push(token);
  }
  return { tokens, ambiguous: [], notFound, repeated: 0 };
}

/** Why a token is left alone. */
export type Protection =
  /** The session acts with it: revoking it would end the run in the middle. */
  | "in_use"
  /** All active management tokens are meant: nobody could manage the account without one. */
  | "last_active";

/** What would be done. Every token that is meant stands in one of the first three, once. */
export interface RevokePlan {
  revoke: readonly PlanToken[];
  /** So many of them have expired: they can be revoked still. */
  expired: number;
  revokedAlready: readonly PlanToken[];
  spared: readonly { token: PlanToken; why: Protection }[];
  /** With the tokens that each may mean; only those that were ticked are in the plan. */
  ambiguous: readonly Ambiguity[];
  notFound: readonly string[];
  repeated: number;
}

export interface PlanContext {
  /** Ids of tokens that were ticked among those that an ambiguous text may mean. */
  ticked: ReadonlySet<string>;
  kind: "database" | "management";
  /** The token that this session acts with. */
  credentialId: string | undefined;
  /** How many tokens of the whole list are active. */
  active: number;
  /** Milliseconds of the server's clock. */
  now: number;
}

export function planOf(meant: Meant, context: PlanContext): RevokePlan {
  const { ticked, kind, credentialId, now } = context;
  const tokens = new Map(meant.tokens.map((token) => [token.id, token]));
  for (const { tokens: candidates } of meant.ambiguous) {
    for (const token of candidates) if (ticked.has(token.id)) tokens.set(token.id, token);
  }
  const revoke: PlanToken[] = [];
  const revokedAlready: PlanToken[] = [];
  const spared: { token: PlanToken; why: Protection }[] = [];
  for (const token of tokens.values()) {
    if (tokenStatus(token, now) === "revoked") revokedAlready.push(token);
    else if (token.id === credentialId) spared.push({ token, why: "in_use" });
    else revoke.push(token);
  }
  const isActive = (token: PlanToken) => tokenStatus(token, now) === "active";
  if (kind === "management") {
    const going = revoke.filter(isActive);
    const last = going.length > 0 && going.length >= context.active ? longestLived(going) : undefined;
    if (last !== undefined) {
      revoke.splice(revoke.indexOf(last), 1);
      spared.push({ token: last, why: "last_active" });
    }
  }
  const { ambiguous, notFound, repeated } = meant;
  const expired = revoke.filter((token) => !isActive(token)).length;
  return { revoke, expired, revokedAlready, spared, ambiguous, notFound, repeated };
}

/** The one that is good for longest, of those the newest. */
function longestLived(tokens: readonly PlanToken[]): PlanToken | undefined {
  const end = ({ expiresAt }: PlanToken) => (expiresAt === undefined ? Infinity : toMillis(expiresAt));
  let best: PlanToken | undefined;
  for (const token of tokens) {
    const later = best === undefined || end(token) > end(best);
    const newer =
      best !== undefined && end(token) === end(best) && toMillis(token.createdAt) > toMillis(best.createdAt);
    if (later || newer) best = token;
  }
  return best;
}
