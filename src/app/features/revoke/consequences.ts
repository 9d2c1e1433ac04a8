import { resourceKey, type Permission } from "#contract/permission.ts";
import { lostReach, reachedBy, type WildcardScope } from "./reach.ts";
import { tokenStatus, type TokenLifetime } from "#contract/token.ts";

/** What the computation needs of a database token. */
export interface PermittedToken extends TokenLifetime {
  id: string;
  /** Its product refuses it, whatever its permissions say. */
  isDeactivated?: boolean | undefined;
  permissions: readonly Permission[];
}

/** Whether its permissions are of any use to who holds it. */
export function isAccepted(token: Omit<PermittedToken, "id" | "permissions">, now: number): boolean {
  return tokenStatus(token, now) === "active" && token.isDeactivated !== true;
}

export interface DatabaseConsequences {
  /** The token is not active, or deactivated: nothing can stop. */
  inactive: boolean;
  /** Databases that no other active token may write, or read. Natural order. */
  lastWriterOf: string[];
  lastReaderOf: string[];
  /** No other active token may write, or read, all databases (those made later included). */
  lastWildcardWriter: boolean;
  lastWildcardReader: boolean;
  /** Of which these are all; "each": other tokens may in some organizations, and not in every one. */
  wildcardScope: WildcardScope;
  /** Actions other than read and write that the token has; what depends on them is not known here. */
  otherActions: string[];
}

/** What the computation asks of the complete list of the cluster's tokens. */
export interface GrantedAccess {
  /** Which permissions the active tokens other than one have for an action on databases. `now` in milliseconds. */
  grants(action: string, now: number, exceptId: string): readonly Permission[];
}

/**
 * What would stop working without this token, or with no more than the permissions that it keeps, from a complete list of
 * the cluster's tokens and databases. `now` in milliseconds of the server's clock decides which other tokens count.
 * Whether anybody really uses them the API does not tell.
 */
export function databaseConsequences(
  token: PermittedToken,
  tokens: GrantedAccess,
  databases: readonly string[],
  now: number,
  kept: readonly Permission[] = [],
): DatabaseConsequences {
  const none: DatabaseConsequences = {
    inactive: true,
    lastWriterOf: [],
    lastReaderOf: [],
    lastWildcardWriter: false,
    lastWildcardReader: false,
    wildcardScope: "cluster",
    otherActions: [],
  };
  if (!isAccepted(token, now)) return none;

  const lost = (action: string) => {
    const mine = reachedBy(token.permissions, action);
    const others = tokens.grants(action, now, token.id);
    const rest = reachedBy([...others, ...kept], action);
    return lostReach(mine, rest, databases);
  };
  const isKept = (one: Permission) =>
    kept.some((other) => other.action === one.action && resourceKey(other) === resourceKey(one));
  const write = lost("write");
  const read = lost("read");
  const otherActions = new Set(
    token.permissions.filter((permission) => !isKept(permission)).map(({ action }) => action),
  );
  otherActions.delete("read");
  otherActions.delete("write");
  return {
    inactive: false,
    lastWriterOf: write.names,
    lastReaderOf: read.names,
    lastWildcardWriter: write.scope !== undefined,
    lastWildcardReader: read.scope !== undefined,
    wildcardScope: write.scope ?? read.scope ?? "cluster",
    otherActions: [...otherActions],
  };
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
