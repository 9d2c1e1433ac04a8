import type { Kysely } from "kysely";
import type { Clock } from "#server/clock.ts";
import { emptyLog } from "#server/database/erasure.ts";
import type { Tables } from "#server/database/schema.ts";

export const LEASE = 30_000;
const MOST_AT_ONCE = 500;
export const KEEP = 24 * 3600_000;

export interface OperationKey {
  keyHash: string;
  rawKeyHash: string;
  actor: string;
  method: string;
  target: string;
  bodyHash: string;
  /** What it may make gets this id where the service can choose one: see TokenService. */
  proposedId?: string;
}

export type OperationRow = Tables["operations"];

/** How an operation may be found to have ended by somebody other than its owner. */
export type ReconciledState = Extract<OperationRow["state"], "done" | "failed" | "unknown">;

/** `own`: the actor's row. `foreign`: another actor's row with the same raw key. `never_begun`: neither is there. */
export type Settled =
  | { found: "own"; row: OperationRow }
  | { found: "foreign"; startedAt: number }
  | { found: "never_begun" };

/** The record of operations: which key stands for what, and how it ended. */
export interface OperationStore {
  /** Undefined when this call owns the operation now; otherwise the row of the one who came first. */
  begin(key: OperationKey): Promise<OperationRow | undefined>;
  find(keyHash: string): Promise<OperationRow | undefined>;
  /** What there is of it. Where there is nothing, this actor cannot begin it from now on. */
  settle(key: Pick<OperationKey, "keyHash" | "rawKeyHash" | "actor">): Promise<Settled>;
  extendLease(keyHash: string): Promise<void>;
  finish(
    keyHash: string,
    outcome: {
      state: "done" | "failed" | "unknown";
      status?: number;
      answer?: string;
      answerUntil?: number;
      objectId?: string;
      holdsSecret?: boolean;
    },
  ): Promise<void>;
  /** Those that were started and whose lease has ended, the oldest first; some of them, when there are very many. */
  abandoned(): Promise<OperationRow[]>;
  /**
   * Writes down how an operation ended whose lease has. False when its owner, or another gateway, was first.
   */
  reconcile(
    keyHash: string,
    outcome: { state: ReconciledState; status: number | undefined; objectId: string | undefined },
  ): Promise<boolean>;
  /** Ends the leases of all other owners. For a store that only one gateway has: who came before it is gone. */
  endLeases(): Promise<void>;
  /** Forgets the answer of an operation that is done; what else is known of it stays. */
  eraseAnswer(keyHash: string): Promise<void>;
  /** How many have begun, have not ended, and somebody still works on. */
  countOpen(): Promise<number>;
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

  /** Undefined when the row is now there because of this call; otherwise the row that was there before. */
  async function insert(key: OperationKey, state: "started" | "never_begun") {
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
        raw_key_hash: key.rawKeyHash,
        actor: key.actor,
        method: key.method,
        target: key.target,
        body_hash: key.bodyHash,
        state,
        status: null,
        answer: null,
        answer_until: null,
        object_id: key.proposedId ?? null,
        owner,
        lease_until: state === "started" ? now + LEASE : now,
        started_at: now,
      })
      // The unique key decides between two that come at once, on one gateway or on several.
      .onConflict((conflict) => conflict.column("key_hash").doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 1n) return undefined;
    const first = await find(key.keyHash);
    if (first === undefined) throw new Error("an operation disappeared while it was looked at");
    return first;
  }

  /** When somebody else began something with the same raw key. What others gave up was used by nobody. */
  async function startedElsewhere({ keyHash, rawKeyHash }: Pick<OperationKey, "keyHash" | "rawKeyHash">) {
    const row = await db
      .selectFrom("operations")
      .select("started_at")
      .where("raw_key_hash", "=", rawKeyHash)
      .where("key_hash", "!=", keyHash)
      .where("state", "!=", "never_begun")
      .where("started_at", ">", clock() - KEEP)
      .orderBy("started_at")
      .limit(1)
      .executeTakeFirst();
    return row?.started_at;
  }

  async function eraseAnswer(keyHash: string): Promise<void> {
    const erased = await db
      .updateTable("operations")
      .set({ answer: null })
      .where("key_hash", "=", keyHash)
      .where("state", "=", "done")
      .where("answer", "is not", null)
      .executeTakeFirst();
    if (erased.numUpdatedRows > 0n) await emptyLog(db);
  }

  return {
    find,

    begin: (key) => insert(key, "started"),

    async settle(key) {
      const own = await find(key.keyHash);
      if (own !== undefined && own.state !== "never_begun") return { found: "own", row: own };
      const before = await startedElsewhere(key);
      if (before !== undefined) return { found: "foreign", startedAt: before };
      const first = await insert({ ...key, method: "", target: "", bodyHash: "" }, "never_begun");
      if (first !== undefined && first.state !== "never_begun") return { found: "own", row: first };
      // Whoever came in between is seen; whoever comes from now on comes after this answer.
      const meanwhile = await startedElsewhere(key);
      return meanwhile === undefined ? { found: "never_begun" } : { found: "foreign", startedAt: meanwhile };
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
      const { answer = null, objectId, holdsSecret = false } = outcome;
      await db
        .updateTable("operations")
        .set({
          state: outcome.state,
          status: outcome.status ?? null,
          answer,
          answer_until: outcome.answerUntil ?? null,
          // Of what is not known the proposed id is kept: by it that can be found out.
          ...(outcome.state === "unknown" ? {} : { object_id: outcome.objectId ?? null }),
        })
        .where("key_hash", "=", keyHash)
        .where("owner", "=", owner)
        .execute();
      if (!holdsSecret || objectId === undefined) return;
      // A rotation's secret may have been acknowledged while its request was still on its way out.
      const acknowledged = await db
        .selectFrom("rotations")
        .select("id")
        .where("id", "=", objectId)
        .where("acknowledged_at", "is not", null)
        .executeTakeFirst();
      if (acknowledged !== undefined) await eraseAnswer(keyHash);
    },

    abandoned: () =>
      db
        .selectFrom("operations")
        .selectAll()
        .where("state", "=", "started")
        .where("lease_until", "<=", clock())
        .orderBy("lease_until")
        .limit(MOST_AT_ONCE)
        .execute(),

    async reconcile(keyHash, { state, status, objectId }) {
      const settled = await db
        .updateTable("operations")
        .set({ state, status: status ?? null, ...(objectId === undefined ? {} : { object_id: objectId }) })
        .where("key_hash", "=", keyHash)
        .where("state", "in", state === "unknown" ? ["started"] : ["started", "unknown"])
        .where("lease_until", "<=", clock())
        .executeTakeFirst();
      return settled.numUpdatedRows > 0n;
    },

    async endLeases() {
      await db
        .updateTable("operations")
        .set({ lease_until: clock() })
        .where("state", "=", "started")
        .where("owner", "!=", owner)
        .execute();
    },

    eraseAnswer,

    async countOpen() {
      const { operations } = await db
        .selectFrom("operations")
        .select((row) => row.fn.countAll<number>().as("operations"))
        .where("state", "=", "started")
        .where("lease_until", ">", clock())
        .executeTakeFirstOrThrow();
      return operations;
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
