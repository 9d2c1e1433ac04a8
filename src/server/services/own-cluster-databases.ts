import type { Kysely } from "kysely";
import type { CreateDatabase, Database } from "#contract/database.ts";
import { ALL_DATABASES } from "#contract/permission.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { change } from "./own-cluster-change.ts";
import { toDatabase, type OwnClusterIds } from "./own-cluster-rows.ts";
import type { CallContext } from "./token-service.ts";

export async function listDatabases(db: Kysely<Tables>, cluster: OwnClusterIds): Promise<Database[]> {
  const rows = await db
    .selectFrom("databases")
    .select(["name", "max_tables", "max_columns_per_table", "retention_period"])
    .where("cluster_id", "=", cluster.clusterId)
    .orderBy("name")
    .execute();
  return rows.map((row) => toDatabase(cluster, row));
}

export async function createDatabase(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  wanted: CreateDatabase,
): Promise<Database> {
  if (wanted.name === ALL_DATABASES) {
    const message = `name must not be ${ALL_DATABASES}: in permissions that stands for every database.`;
    throw new ApiError(400, "invalid_request", message, { field: "name" });
  }
  const row = {
    name: wanted.name,
    max_tables: wanted.maxTables,
    max_columns_per_table: wanted.maxColumnsPerTable,
    retention_period: wanted.retentionPeriod,
  };
  const { numInsertedOrUpdatedRows } = await change(db, context, (transaction) =>
    transaction
      .insertInto("databases")
      .values({ ...row, cluster_id: cluster.clusterId, created_at: toInstant(clock()) })
      .onConflict((conflict) => conflict.columns(["cluster_id", "name"]).doNothing())
      .executeTakeFirstOrThrow(),
  );
  if (numInsertedOrUpdatedRows !== 1n) {
    throw new ApiError(409, "conflict", "There is a database with this name already.", { field: "name" });
  }
  return toDatabase(cluster, row);
}

/** Tokens that name the database keep their permissions, as they would if it had never been there. */
export async function deleteDatabase(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
  context: CallContext,
  name: string,
): Promise<void> {
  const { numDeletedRows } = await change(db, context, (transaction) =>
    transaction
      .deleteFrom("databases")
      .where("cluster_id", "=", cluster.clusterId)
      .where("name", "=", name)
      .executeTakeFirstOrThrow(),
  );
  if (numDeletedRows === 0n) throw new ApiError(404, "not_found", "There is no database with this name.");
}
