import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import { mustLockRows } from "#server/database/row-lock.ts";
import type { Tables } from "#server/database/schema.ts";
import { hashSecret, newDatabaseTokenSecret } from "#server/secrets.ts";
import { matchesEntityTag, tokenEntityTag } from "./entity-tag.ts";
import { change } from "./own-cluster-change.ts";
import { checkExpiry, uuidSpellings } from "./own-cluster-guards.ts";
import { TOKEN_COLUMNS, toToken, type OwnClusterIds, type TokenRow } from "./own-cluster-rows.ts";
import type { CallContext } from "./token-service.ts";

const absent = () => new ApiError(404, "not_found", "There is no database token with this id.");

export async function listTokens(db: Kysely<Tables>, cluster: OwnClusterIds): Promise<Token[]> {
  const rows = await db
    .selectFrom("database_tokens")
    .select(TOKEN_COLUMNS)
    .where("cluster_id", "=", cluster.clusterId)
    .execute();
  return rows.map((row) => toToken(cluster, row));
}

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
): Promise<CreatedToken> {
  const now = clock();
  checkExpiry(wanted.expiresAt, now);
  const row: TokenRow = {
    id: randomUUID(),
    description: wanted.description,
    permissions: JSON.stringify(wanted.permissions),
    created_at: toInstant(now),
    expires_at: wanted.expiresAt ?? null,
    revoked_at: null,
  };
  const accessToken = newDatabaseTokenSecret();
  await change(db, context, (transaction) =>
    transaction
      .insertInto("database_tokens")
      .values({ ...row, cluster_id: cluster.clusterId, secret_hash: hashSecret(accessToken) })
      .execute(),
  );
  return { ...toToken(cluster, row), accessToken };
}

/** Reads, compares and writes while nobody else can change the token, on this gateway or another one. */
export async function updateToken(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
  context: CallContext,
  id: string,
  update: UpdateToken,
  ifMatch: string | undefined,
): Promise<Token> {
  const spellings = uuidSpellings(id);
  return change(db, context, async (transaction) => {
    const row = await transaction
      .selectFrom("database_tokens")
      .select(TOKEN_COLUMNS)
      .where("cluster_id", "=", cluster.clusterId)
      .where("id", "in", spellings)
      .$if(mustLockRows(transaction), (query) => query.forNoKeyUpdate())
      .executeTakeFirst();
    if (row === undefined) throw absent();
    if (row.revoked_at !== null) {
      throw new ApiError(409, "conflict", "This token is revoked: it cannot be changed any more.");
    }
    if (ifMatch !== undefined && !matchesEntityTag(ifMatch, tokenEntityTag(toToken(cluster, row)))) {
      throw new ApiError(412, "precondition_failed", "The token was changed since it was read.");
    }
    const changed: TokenRow = { ...row };
    if (update.description !== undefined) changed.description = update.description;
    if (update.permissions !== undefined) changed.permissions = JSON.stringify(update.permissions);
    await transaction
      .updateTable("database_tokens")
      .set({ description: changed.description, permissions: changed.permissions })
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
  // One statement decides: of two callers at once exactly one changes the row.
  const { numUpdatedRows } = await change(db, context, (transaction) =>
    transaction
      .updateTable("database_tokens")
      .set({ revoked_at: toInstant(clock()) })
      .where("cluster_id", "=", cluster.clusterId)
      .where("id", "in", spellings)
      .where("revoked_at", "is", null)
      .executeTakeFirstOrThrow(),
  );
  if (numUpdatedRows > 0n) return;
  await getToken(db, cluster, id);
  throw new ApiError(404, "not_found", "This database token is revoked already.");
}
