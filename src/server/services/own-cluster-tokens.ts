import { randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import { takeListVersion } from "#server/database/list-version.ts";
import { mustLockRows } from "#server/database/row-lock.ts";
import type { Tables } from "#server/database/schema.ts";
import { hashSecret, newDatabaseTokenSecret } from "#server/secrets.ts";
import { matchesEntityTag, tokenEntityTag } from "./entity-tag.ts";
import { change } from "./own-cluster-change.ts";
import { checkExpiry, uuidSpellings } from "./own-cluster-guards.ts";
import { TOKEN_COLUMNS, toToken, type OwnClusterIds, type TokenRow } from "./own-cluster-rows.ts";
import type { CallContext } from "./token-service.ts";

export const absent = () => new ApiError(404, "not_found", "There is no database token with this id.");

export async function getToken(db: Kysely<Tables>, cluster: OwnClusterIds, id: string): Promise<Token> {
  const row = await db
    .selectFrom("database_tokens")
    .select(TOKEN_COLUMNS)
    .where("cluster_id", "=", cluster.clusterId)
    .where("id", "in", uuidSpellings(id))
    .executeTakeFirst();
  if (row === undefined) throw absent();
  return toToken(cluster, row);
}

export async function createToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  wanted: CreateToken,
  id: string = randomUUID(),
): Promise<CreatedToken> {
  const now = clock();
  checkExpiry(wanted.expiresAt, now);
  const row: TokenRow = {
    id,
    description: wanted.description,
    permissions: JSON.stringify(wanted.permissions),
    created_at: toInstant(now),
    expires_at: wanted.expiresAt ?? null,
    revoked_at: null,
    suspended_at: null,
    suspended_by: null,
  };
  const accessToken = newDatabaseTokenSecret();
  await change(db, context, async (transaction) => {
    const version = await takeListVersion(transaction, cluster.clusterId, now);
    await transaction
      .insertInto("database_tokens")
      .values({ ...row, cluster_id: cluster.clusterId, secret_hash: hashSecret(accessToken), version })
      .execute();
  });
  return { ...toToken(cluster, row), accessToken };
}

export type LockedTokenRow = TokenRow & Pick<Tables["database_tokens"], "suspended_permissions">;

/**
 * The row, which nobody else can change until this transaction ends. Throws `not_found`, and `conflict` when the token
 * is revoked.
 */
export async function lockToken(
  transaction: Transaction<Tables>,
  cluster: OwnClusterIds,
  id: string,
): Promise<LockedTokenRow> {
  const row = await transaction
    .selectFrom("database_tokens")
    .select([...TOKEN_COLUMNS, "suspended_permissions"])
    .where("cluster_id", "=", cluster.clusterId)
    .where("id", "in", uuidSpellings(id))
    .$if(mustLockRows(transaction), (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (row === undefined) throw absent();
  if (row.revoked_at !== null) {
    throw new ApiError(409, "conflict", "This token is revoked: it cannot be changed any more.");
  }
  return row;
}

/** Throws `precondition_failed` when what has this tag is not what the caller saw. */
export function checkIfMatch(ifMatch: string | undefined, tag: string): void {
  if (ifMatch !== undefined && !matchesEntityTag(ifMatch, tag)) {
    throw new ApiError(412, "precondition_failed", "The token was changed since it was read.");
  }
}

/** Reads, compares and writes while nobody else can change the token, on this gateway or another one. */
export async function updateToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  id: string,
  update: UpdateToken,
  ifMatch: string | undefined,
): Promise<Token> {
  return change(db, context, async (transaction) => {
    const row = await lockToken(transaction, cluster, id);
    checkIfMatch(ifMatch, tokenEntityTag(toToken(cluster, row)));
    const changed: TokenRow = { ...row };
    if (update.description !== undefined) changed.description = update.description;
    if (update.permissions !== undefined) changed.permissions = JSON.stringify(update.permissions);
    const version = await takeListVersion(transaction, cluster.clusterId, clock());
    await transaction
      .updateTable("database_tokens")
      .set({ description: changed.description, permissions: changed.permissions, version })
      .where("cluster_id", "=", cluster.clusterId)
      .where("id", "=", row.id)
      .execute();
    return toToken(cluster, changed);
  });
}

export async function revokeToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  id: string,
): Promise<void> {
  const spellings = uuidSpellings(id);
  const now = clock();
  const isDone = await change(db, context, async (transaction) => {
    // One statement decides: of two callers at once exactly one changes the row.
    const row = await transaction
      .updateTable("database_tokens")
      .set({ revoked_at: toInstant(now) })
      .where("cluster_id", "=", cluster.clusterId)
      .where("id", "in", spellings)
      .where("revoked_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    // The token's row before the cluster's, as everywhere: two who wait for each other would wait for ever.
    const version = await takeListVersion(transaction, cluster.clusterId, now);
    await transaction
      .updateTable("database_tokens")
      .set({ version })
      .where("cluster_id", "=", cluster.clusterId)
      .where("id", "=", row.id)
      .execute();
    return true;
  });
  if (isDone) return;
  await getToken(db, cluster, id);
  throw new ApiError(404, "not_found", "This database token is revoked already.");
}
