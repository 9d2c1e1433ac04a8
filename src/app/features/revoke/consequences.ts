import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { tokenStatus, type TokenLifetime } from "#contract/token.ts";

/** What the computation needs of a database token. */
export interface PermittedToken extends TokenLifetime {
  id: string;
  permissions: readonly Permission[];
}

export interface DatabaseConsequences {
  /** The token is not active: nothing can stop. */
  inactive: boolean;
  /** Databases that no other active token may write, or read. Natural order. */
  lastWriterOf: string[];
  lastReaderOf: string[];
  /** No other active token may write, or read, all databases (those made later included). */
  lastWildcardWriter: boolean;
  lastWildcardReader: boolean;
  /** Actions other than read and write that the token has; what depends on them is not known here. */
  otherActions: string[];
}

/** Databases by name, and whether all of them. */
export interface Grants {
  all: boolean;
  names: ReadonlySet<string>;
}

/** What the computation asks of the complete list of the cluster's tokens. */
export interface GrantedAccess {
  /** What the active tokens other than one are granted for an action. `now` in milliseconds. */
  grants(action: string, now: number, exceptId: string): Grants;
}

function grantsOf({ permissions }: PermittedToken, action: string): Grants {
  const resources = permissions.filter((permission) => permission.action === action);
  const names = new Set(resources.map(({ resource }) => resource));
  return { all: names.delete(ALL_DATABASES), names };
}

/**
 * What would stop working without this token, from a complete list of the cluster's tokens and databases.
 * `now` in milliseconds of the server's clock decides which other tokens count. Whether anybody really uses
 * them the API does not tell.
 */
export function databaseConsequences(
  token: PermittedToken,
  tokens: GrantedAccess,
  databases: readonly string[],
  now: number,
): DatabaseConsequences {
  const none: DatabaseConsequences = {
    inactive: true,
    lastWriterOf: [],
    lastReaderOf: [],
    lastWildcardWriter: false,
    lastWildcardReader: false,
    otherActions: [],
  };
  if (tokenStatus(token, now) !== "active") return none;

  const lost = (action: string) => {
    const mine = grantsOf(token, action);
    const theirs = tokens.grants(action, now, token.id);
    if (theirs.all) return { names: [], wildcard: false };
    const reach = mine.all ? new Set([...databases, ...mine.names]) : mine.names;
    return {
      names: [...reach].filter((name) => !theirs.names.has(name)).sort(byName),
      wildcard: mine.all,
    };
  };
  const write = lost("write");
  const read = lost("read");
  const otherActions = new Set(token.permissions.map((permission) => permission.action));
  otherActions.delete("read");
  otherActions.delete("write");
  return {
    inactive: false,
    lastWriterOf: write.names,
    lastReaderOf: read.names,
    lastWildcardWriter: write.wildcard,
    lastWildcardReader: read.wildcard,
    otherActions: [...otherActions],
  };
}

const nameOrder = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
function byName(a: string, b: string): number {
  return nameOrder.compare(a, b);
}

export interface ManagementConsequences {
  inactive: boolean;
  /** Active management tokens that stay. */
  othersActive: number;
  /** It is the credential of this session: revoking it signs out. */
  inUse: boolean;
  /** Nobody could manage the account any more: refused. */
  lastActive: boolean;
}

/** What the computation asks of the complete list of the account's management tokens. */
export interface ListedLifetimes {
  counts(now: number): { active: number };
  rowOf(id: string): number | undefined;
  tokenAt(row: number): TokenLifetime;
}

/** The same for a management token. */
export function managementConsequences(
  token: TokenLifetime & { id: string },
  tokens: ListedLifetimes,
  credentialId: string | undefined,
  now: number,
): ManagementConsequences {
  const inactive = tokenStatus(token, now) !== "active";
  const row = tokens.rowOf(token.id);
  const counted = row !== undefined && tokenStatus(tokens.tokenAt(row), now) === "active";
  const othersActive = tokens.counts(now).active - Number(counted);
  return {
    inactive,
    othersActive,
    inUse: token.id === credentialId,
    lastActive: !inactive && othersActive === 0,
  };
}
