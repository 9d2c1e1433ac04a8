import type { Kysely, Selectable } from "kysely";
import * as z from "zod/mini";
import { permissionSchema } from "#contract/permission-schema.ts";
import type { Suspension } from "#contract/suspension.ts";
import type { Tables } from "#server/database/schema.ts";

/**
 * What tokens of a cluster elsewhere could do before they were suspended. It is all that is left of their permissions,
 * so nothing here overwrites or removes a record that is not the one the caller has seen.
 */
export interface KeptPermissions {
  find(tokenId: string): Promise<Suspension | undefined>;
  /** By the token's id in lower case. */
  all(): Promise<Map<string, Suspension>>;
  /**
   * Puts `next` where `seen` is; undefined stands for no record on either side. False when something else is there by
   * now, and nothing was done.
   */
  exchange(tokenId: string, seen: Suspension | undefined, next: Suspension | undefined): Promise<boolean>;
}

const permissionsSchema = z.array(permissionSchema);

export function createKeptPermissions(db: Kysely<Tables>, clusterId: string): KeptPermissions {
  const rowOf = ({ suspendedAt, suspendedBy, permissions }: Suspension) => ({
    suspended_at: suspendedAt,
    suspended_by: suspendedBy,
    permissions: JSON.stringify(permissions),
  });
  return {
    async find(tokenId) {
      const row = await db
        .selectFrom("kept_permissions")
        .selectAll()
        .where("cluster_id", "=", clusterId)
        .where("token_id", "=", tokenId.toLowerCase())
        .executeTakeFirst();
      return row === undefined ? undefined : toSuspension(row);
    },

    async all() {
      const rows = await db
        .selectFrom("kept_permissions")
        .selectAll()
        .where("cluster_id", "=", clusterId)
        .execute();
      return new Map(rows.map((row) => [row.token_id, toSuspension(row)]));
    },

    async exchange(tokenId, seen, next) {
      const key = { cluster_id: clusterId, token_id: tokenId.toLowerCase() };
      if (seen === undefined) {
        if (next === undefined) return true;
        const { numInsertedOrUpdatedRows } = await db
          .insertInto("kept_permissions")
          .values({ ...key, ...rowOf(next) })
          .onConflict((conflict) => conflict.columns(["cluster_id", "token_id"]).doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      }
      const there = rowOf(seen);
      if (next === undefined) {
        const { numDeletedRows } = await db
          .deleteFrom("kept_permissions")
          .where("cluster_id", "=", key.cluster_id)
          .where("token_id", "=", key.token_id)
          .where("suspended_at", "=", there.suspended_at)
          .where("permissions", "=", there.permissions)
          .executeTakeFirstOrThrow();
        return numDeletedRows === 1n;
      }
      const { numUpdatedRows } = await db
        .updateTable("kept_permissions")
        .set(rowOf(next))
        .where("cluster_id", "=", key.cluster_id)
        .where("token_id", "=", key.token_id)
        .where("suspended_at", "=", there.suspended_at)
        .where("permissions", "=", there.permissions)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
}

function toSuspension(row: Selectable<Tables["kept_permissions"]>): Suspension {
  return {
    suspendedAt: row.suspended_at,
    suspendedBy: row.suspended_by,
    permissions: permissionsSchema.parse(JSON.parse(row.permissions)),
  };
}
