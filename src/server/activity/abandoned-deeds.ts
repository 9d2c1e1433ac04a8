import { setImmediate as nextTurn } from "node:timers/promises";
import { sql, type Kysely } from "kysely";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import type { Append } from "./append.ts";
import type { ActivityRow } from "./chain.ts";
import type { ActivityDetails } from "./deed.ts";

/** A deed takes half a minute at most; clocks of several gateways may differ. */
export const ABANDONED_AFTER = 5 * 60_000;

/** Rows that are looked through in one query. Other requests want their turn in between. */
const PAGE = 2000;

const KNOWN = ["done", "not_done"] as const;
const ANY = [...KNOWN, "unknown"] as const;

type Intent = Omit<
  ActivityRow,
  "seq" | "at" | "phase" | "outcome" | "description" | "details" | "previous_hash" | "details_hash" | "hash"
>;

export interface FoundOutcome {
  state: "done" | "failed" | "unknown";
  objectId?: string | undefined;
}

export interface AbandonedDeeds {
  /**
   * Records what was found out about the deeds of an operation (its key_hash) whose owner is gone, which may be that nobody
   * can tell; `objectId`: what was made. A deed whose outcome is known keeps it. An owner that was slow instead of gone
   * adds the true one later, which then counts.
   */
  endOperation(operationKey: string, found: FoundOutcome): Promise<void>;
  /**
   * The same for all deeds that began so long ago that whoever began them must be gone: with what the record of operations
   * has of them, which was written before or after the deed's outcome was to be; else nobody can tell.
   */
  endAbandoned(): Promise<void>;
}

const CUT_OFF = "The gateway stopped, or lost its database, before it recorded what became of this.";

/** `outcome` and `details` of a deed's last row. */
const endings = {
  done: { outcome: "done", details: {} },
  failed: {
    outcome: "not_done",
    details: {
      problem: {
        status: 500,
        reason: "not_done",
        message: `${CUT_OFF} As was found afterwards, nothing was done.`,
      },
    },
  },
  unknown: {
    outcome: "unknown",
    details: { problem: { status: 500, reason: "outcome_unknown", message: CUT_OFF } },
  },
} as const satisfies Record<FoundOutcome["state"], { outcome: string; details: ActivityDetails }>;

export function createAbandonedDeeds(db: Kysely<Tables>, clock: Clock, append: Append): AbandonedDeeds {
  /** Of the deeds without one of these outcomes. */
  const intentsWithout = (outcomes: readonly NonNullable<ActivityRow["outcome"]>[]) =>
    db
      .selectFrom("activity")
      .select([
        "operation_id",
        "operation_key",
        "session",
        "actor",
        "account_id",
        "cluster_id",
        "kind",
        "token_id",
        "action",
        "request_id",
      ])
      .where("phase", "=", "intent")
      .where(
        sql<boolean>`not exists (
          select 1 from activity as later
          where later.operation_id = activity.operation_id and later.phase = 'outcome' and later.outcome in (${sql.join(outcomes)})
        )`,
      )
      .orderBy("seq");
  const end = async (intent: Intent, { state, objectId }: FoundOutcome) => {
    const { outcome, details } = endings[state];
    await append({
      row: {
        ...intent,
        phase: "outcome",
        outcome,
        at: clock(),
        token_id: intent.token_id ?? objectId?.toLowerCase() ?? null,
        description: null,
        details: JSON.stringify(details),
      },
      unless: state === "unknown" ? "ended" : "known",
      erasesIntent: state === "failed",
    });
  };
  /** By the key_hash of an operation. Its object is a token, or a rotation with its new token. */
  const foundOf = async (intents: readonly Intent[]): Promise<Map<string, FoundOutcome>> => {
    const keys = intents.flatMap(({ operation_key }) => (operation_key === null ? [] : [operation_key]));
    if (keys.length === 0) return new Map();
    const rows = await db
      .selectFrom("operations")
      .leftJoin("rotations", "rotations.id", "operations.object_id")
      .select(["key_hash", "operations.state", "object_id", "rotations.id as rotation_id", "new_token_id"])
      .where("key_hash", "in", keys)
      .execute();
    return new Map(
      rows.flatMap(({ key_hash, state, object_id, rotation_id, new_token_id }) => {
        if (state !== "done" && state !== "failed") return [];
        const objectId = (rotation_id === null ? object_id : new_token_id) ?? undefined;
        return [[key_hash, { state, ...(state === "done" ? { objectId } : {}) }]];
      }),
    );
  };

  return {
    async endOperation(operationKey, found) {
      const outcomes = found.state === "unknown" ? ANY : KNOWN;
      const open = await intentsWithout(outcomes).where("operation_key", "=", operationKey).execute();
      await Promise.all(open.map((intent) => end(intent, found)));
    },

    async endAbandoned() {
      const head = await db
        .selectFrom("activity_head")
        .select(["seq", "settled_seq"])
        .where("id", "=", 1)
        .executeTakeFirstOrThrow();
      const before = clock() - ABANDONED_AFTER;
      // The first row that is too young, of any phase: from there on nothing is settled yet.
      const young = await db
        .selectFrom("activity")
        .select("seq")
        .where("seq", ">", head.settled_seq)
        .where("seq", "<=", head.seq)
        .where("at", ">=", before)
        .orderBy("seq")
        .limit(1)
        .executeTakeFirst();
      const last = young === undefined ? head.seq : young.seq - 1;
      for (let after = head.settled_seq; after < last; after += PAGE) {
        const upTo = Math.min(after + PAGE, last);
        const open = await intentsWithout(ANY).where("seq", ">", after).where("seq", "<=", upTo).execute();
        const found = await foundOf(open);
        await Promise.all(
          open.map((intent) => end(intent, found.get(intent.operation_key ?? "") ?? { state: "unknown" })),
        );
        await nextTurn();
      }
      await db
        .updateTable("activity_head")
        .set({ settled_seq: last })
        .where("id", "=", 1)
        .where("settled_seq", "<", last)
        .execute();
    },
  };
}
