import { sql, type Kysely, type Transaction } from "kysely";
import type { Tables } from "./schema.ts";

/** How long it stays known that a version existed, in milliseconds: who holds an older list gets a whole one. */
const KNOWN_FOR = 24 * 3600_000;

/**
 * Takes the next version of a cluster's token list, for everything that this transaction changes in it. To be called
 * as late as possible: the cluster's row stays locked until the commit, so that versions become visible in their order.
 *
 * Versions are instants in milliseconds where they can be: a database that was restored from a backup then gives new
 * changes other versions than those that were handed out before.
 */
export async function takeListVersion(
  transaction: Transaction<Tables>,
  clusterId: string,
  now: number,
): Promise<number> {
  const { list_version: version } = await transaction
    .updateTable("clusters")
    .set({ list_version: sql<number>`case when list_version < ${now} then ${now} else list_version + 1 end` })
    .where("id", "=", clusterId)
    .returning("list_version")
    .executeTakeFirstOrThrow();
  await transaction.insertInto("token_list_versions").values({ cluster_id: clusterId, version }).execute();
  return version;
}

/** The current version of each list is kept, however old: somebody may hold it when the next change comes. */
export async function purgeListVersions(db: Kysely<Tables>, now: number): Promise<void> {
  await db
    .deleteFrom("token_list_versions")
    .where("version", "<", now - KNOWN_FOR)
    .where("version", "not in", (query) => query.selectFrom("clusters").select("list_version"))
    .execute();
}
