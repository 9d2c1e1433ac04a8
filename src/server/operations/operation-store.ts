import type { Kysely } from "kysely";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";

export const LEASE = 30_000;
export const KEEP = 24 * 3600_000;

export interface OperationKey {
  keyHash: string;
  actor: string;
  method: string;
  target: string;
  bodyHash: string;
}

export type OperationRow = Tables["operations"];

/** The record of operations: which key stands for what, and how it ended. */
export interface OperationStore {
  /** Undefined when this call owns the operation now; otherwise the row of the one who came first. */
  begin(key: OperationKey): Promise<OperationRow | undefined>;
  find(keyHash: string): Promise<OperationRow | undefined>;
  extendLease(keyHash: string): Promise<void>;
  finish(
    keyHash: string,
    outcome: {
      state: "done" | "failed" | "unknown";
      status?: number;
      answer?: string;
      answerUntil?: number;
      objectId?: string;
    },
  ): Promise<void>;
  /** The owner is gone without a word. */
  markUnknown(keyHash: string): Promise<void>;
  /** Forgets operations after a day, and answers as soon as they may no longer be given. */
  purge(): Promise<void>;
}

export function createOperationStore(db: Kysely<Tables>, clock: Clock, owner: string): OperationStore {
  const find = (keyHash: string) =>
    db
      .selectFrom("operations")
      .selectAll()
      .where("key_hash", "=", keyHash)
      .where("started_at", ">", clock() - KEEP)
      .executeTakeFirst();

  return {
    find,

    async begin(key) {
      const now = clock();
      await db
        .deleteFrom("operations")
        .where("key_hash", "=", key.keyHash)
        .where("started_at", "<=", now - KEEP)
        .execute();
      const inserted = await db
        .insertInto("operations")
        .values({
          key_hash: key.keyHash,
          actor: key.actor,
          method: key.method,
          target: key.target,
          body_hash: key.bodyHash,
          state: "started",
          status: null,
          answer: null,
          answer_until: null,
          object_id: null,
          owner,
          lease_until: now + LEASE,
          started_at: now,
        })
        // The unique key decides between two that come at once, on one gateway or on several.
        .onConflict((conflict) => conflict.column("key_hash").doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows === 1n) return undefined;
      const first = await find(key.keyHash);
      if (first === undefined) throw new Error("an operation disappeared while it was looked at");
      return first;
    },

    async extendLease(keyHash) {
      await db
        .updateTable("operations")
        .set({ lease_until: clock() + LEASE })
        .where("key_hash", "=", keyHash)
        .where("owner", "=", owner)
        .where("state", "=", "started")
        .execute();
    },

    async finish(keyHash, outcome) {
      await db
        .updateTable("operations")
        .set({
          state: outcome.state,
          status: outcome.status ?? null,
          answer: outcome.answer ?? null,
          answer_until: outcome.answerUntil ?? null,
          object_id: outcome.objectId ?? null,
        })
        .where("key_hash", "=", keyHash)
        .where("owner", "=", owner)
        .execute();
    },

    async markUnknown(keyHash) {
      await db
        .updateTable("operations")
        .set({ state: "unknown" })
        .where("key_hash", "=", keyHash)
        .where("state", "=", "started")
        .where("lease_until", "<=", clock())
        .execute();
    },

    async purge() {
      const now = clock();
      await db
        .deleteFrom("operations")
        .where("started_at", "<=", now - KEEP)
        .execute();
      await db
        .updateTable("operations")
        .set({ answer: null })
        .where("answer", "is not", null)
        .where("answer_until", "<=", now)
        .execute();
    },
  };
}
