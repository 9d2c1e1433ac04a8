import type { Kysely } from "kysely";
import { toInstant } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { uuidSpellings } from "./own-cluster-guards.ts";
import type { OwnClusterIds } from "./own-cluster-rows.ts";
import type { CutOffChange } from "./token-service.ts";

/**
 * What became of a change that can be under way no more. Every change of a database token takes a version of its list,
 * which is no less than the time on the clock of who made it: a token with an older one was not changed since.
 */
export async function outcomeOf(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
  change: CutOffChange,
): Promise<"done" | "not_done" | "unknown"> {
  const startedAt = toInstant(change.startedAt);
  const spellings = uuidSpellings(change.tokenId);
  if (change.kind === "management") {
    const row = await db
      .selectFrom("management_tokens")
      .select("revoked_at")
      .where("account_id", "=", cluster.accountId)
      .where("id", "in", spellings)
      .executeTakeFirst();
    if (row === undefined) return "not_done";
    if (change.action === "create") return "done";
    return isSince(row.revoked_at, startedAt) ? "done" : "not_done";
  }
  const row = await db
    .selectFrom("database_tokens")
    .select(["version", "revoked_at", "suspended_at"])
    .where("cluster_id", "=", cluster.clusterId)
    .where("id", "in", spellings)
    .executeTakeFirst();
  if (row === undefined) return "not_done";
  if (change.action === "create") return "done";
  if (change.action === "revoke") return isSince(row.revoked_at, startedAt) ? "done" : "not_done";
  if (row.version < change.startedAt) return "not_done";
  if (change.action === "suspend" && isSince(row.suspended_at, startedAt)) return "done";
  // Somebody changed it since, and who it was the row does not tell.
  return "unknown";
}

/** Instants are of one form, which sorts as text. */
function isSince(instant: string | null, startedAt: string): boolean {
  return instant !== null && instant >= startedAt;
}
