import type { Kysely, Selectable } from "kysely";
import type { Rotation } from "#contract/rotation.ts";
import { toInstant } from "#server/clock.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Tables } from "#server/database/schema.ts";

export type RotationRow = Selectable<Tables["rotations"]>;

/** The record of rotations. Any number of gateways may work on it at once. */
export interface RotationStore {
  /** False when another rotation of the same token is in progress: then nothing is recorded. */
  begin(row: RotationRow): Promise<boolean>;
  /** Nothing was created: as if it had not begun. */
  takeBack(id: string): Promise<void>;
  /**
   * The replacement exists. Somebody may have abandoned the rotation meanwhile; it stays so, and says which token it made.
   * Undefined when the row is gone.
   */
  recordCreated(id: string, newTokenId: string): Promise<RotationRow | undefined>;
  find(entry: ClusterEntry, id: string): Promise<RotationRow | undefined>;
  /** Oldest first. */
  inProgress(entry: ClusterEntry): Promise<RotationRow[]>;
  /** Changes a row only as long as it is as it was read; undefined when somebody else was faster. */
  move(row: RotationRow, change: Partial<RotationRow>): Promise<RotationRow | undefined>;
}

/** Management tokens are those of the account, whichever of its clusters is looked at. */
export function scopeOf({ cluster }: ClusterEntry, kind: RotationRow["kind"]): string {
  return kind === "database" ? cluster.clusterId : cluster.accountId;
}

export function createRotationStore(db: Kysely<Tables>): RotationStore {
  const ofCluster = (entry: ClusterEntry) =>
    db
      .selectFrom("rotations")
      .selectAll()
      .where((where) =>
        where.or([
          where.and({ kind: "database", scope_id: scopeOf(entry, "database") }),
          where.and({ kind: "management", scope_id: scopeOf(entry, "management") }),
        ]),
      );

  return {
    async begin(row) {
      const inserted = await db
        .insertInto("rotations")
        .values(row)
        // The unique index decides between two that come at once, on one gateway or on several.
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return inserted.numInsertedOrUpdatedRows === 1n;
    },

    async takeBack(id) {
      await db.deleteFrom("rotations").where("id", "=", id).where("new_token_id", "is", null).execute();
    },

    recordCreated: (id, newTokenId) =>
      db
        .updateTable("rotations")
        .set((value) => ({
          new_token_id: newTokenId,
          state: value
            .case()
            .when("state", "=", "creating")
            .then<RotationRow["state"]>("created")
            .else(value.ref("state"))
            .end(),
        }))
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirst(),

    find: (entry, id) => ofCluster(entry).where("id", "=", id).executeTakeFirst(),

    inProgress: (entry) =>
      ofCluster(entry).where("ended_at", "is", null).orderBy("started_at").orderBy("id").execute(),

    move: (row, change) =>
      db
        .updateTable("rotations")
        .set(change)
        .where("id", "=", row.id)
        .where("state", "=", row.state)
        .returningAll()
        .executeTakeFirst(),
  };
}

export function toRotation(row: RotationRow): Rotation {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    oldTokenId: row.old_token_id,
    oldDescription: row.old_description,
    newDescription: row.new_description,
    ...(row.new_token_id === null ? {} : { newTokenId: row.new_token_id }),
    startedAt: toInstant(row.started_at),
    startedBy: row.started_by,
    ...(row.acknowledged_at === null ? {} : { acknowledgedAt: toInstant(row.acknowledged_at) }),
  };
}
