import type { Kysely, Transaction } from "kysely";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import { takeListVersion } from "#server/database/list-version.ts";
import type { Tables } from "#server/database/schema.ts";
import { change } from "./own-cluster-change.ts";
import { uuidSpellings } from "./own-cluster-guards.ts";
import { suspensionEntityTag, tokenEntityTag } from "./entity-tag.ts";
import { TOKEN_COLUMNS, toToken, type OwnClusterIds, type TokenRow } from "./own-cluster-rows.ts";
import { absent, checkIfMatch, lockToken, type LockedTokenRow } from "./own-cluster-tokens.ts";
import type { CallContext, KeptSuspension } from "./token-service.ts";

const notSuspended = () => new ApiError(404, "not_found", "This token is not suspended.");

export async function getSuspension(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
  id: string,
): Promise<KeptSuspension> {
  const row = await db
    .selectFrom("database_tokens")
    .select([...TOKEN_COLUMNS, "suspended_permissions"])
    .where("cluster_id", "=", cluster.clusterId)
    .where("id", "in", uuidSpellings(id))
    .executeTakeFirst();
  if (row === undefined) throw absent();
  return keptOf(cluster, row);
}

function keptOf(cluster: OwnClusterIds, row: LockedTokenRow): KeptSuspension {
  if (row.suspended_at === null || row.suspended_permissions === null) throw notSuspended();
  // Only what the contract accepted was stored.
  const permissions: Permission[] = JSON.parse(row.suspended_permissions);
  const suspension = { suspendedAt: row.suspended_at, suspendedBy: row.suspended_by ?? "", permissions };
  return { suspension, tag: suspensionEntityTag(toToken(cluster, row), suspension) };
}

export async function suspendToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  id: string,
  ifMatch: string | undefined,
): Promise<Token> {
  return change(db, context, async (transaction) => {
    const row = await lockToken(transaction, cluster, id);
    const permissions: unknown[] = JSON.parse(row.permissions);
    const isEmpty = permissions.length === 0;
    if (isEmpty && row.suspended_at !== null) {
      throw new ApiError(409, "conflict", "This token is suspended already.");
    }
    checkIfMatch(ifMatch, tokenEntityTag(toToken(cluster, row)));
    if (isEmpty) {
      throw new ApiError(409, "conflict", "This token has no permissions that could be suspended.");
    }
    const now = clock();
    // Somebody may have given a suspended token permissions again: what it has now is what is kept from now on.
    return write(transaction, cluster, now, row, {
      permissions: "[]",
      suspended_at: toInstant(now),
      suspended_by: context.actor.label,
      suspended_permissions: row.permissions,
    });
  });
}

/** Puts the kept permissions in place of whatever the token has now, and removes the record. */
export async function restoreToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  id: string,
  ifMatch: string | undefined,
): Promise<Token> {
  return change(db, context, async (transaction) => {
    const row = await lockToken(transaction, cluster, id);
    // What comes back must be what was seen, not only what it replaces.
    checkIfMatch(ifMatch, keptOf(cluster, row).tag);
    return write(transaction, cluster, clock(), row, {
      permissions: row.suspended_permissions ?? "[]",
      suspended_at: null,
      suspended_by: null,
      suspended_permissions: null,
    });
  });
}

async function write(
  transaction: Transaction<Tables>,
  cluster: OwnClusterIds,
  now: number,
  row: TokenRow,
  changes: Pick<
    Tables["database_tokens"],
    "permissions" | "suspended_at" | "suspended_by" | "suspended_permissions"
  >,
): Promise<Token> {
  const version = await takeListVersion(transaction, cluster.clusterId, now);
  await transaction
    .updateTable("database_tokens")
    .set({ ...changes, version })
    .where("cluster_id", "=", cluster.clusterId)
    .where("id", "=", row.id)
    .execute();
  return toToken(cluster, { ...row, ...changes });
}
