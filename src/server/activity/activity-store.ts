import { sql, type Kysely } from "kysely";
import type { Activity } from "#contract/activity.ts";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { createAbandonedDeeds, type AbandonedDeeds } from "./abandoned-deeds.ts";
import { createActivityPages, type ActivityPages } from "./activity-pages.ts";
import { createAppend } from "./append.ts";
import type { ActivityRow, UnchainedRow } from "./chain.ts";
import { toActivity } from "./deed.ts";

/** Deeds of a token that its history shows at most: the newest ones. */
export const HISTORY_LIMIT = 500;

/** About as many bytes of details are read for one answer: a single deed may say a megabyte before and another after. */
export const HISTORY_BYTES = 4_000_000;

/** Rows read in one query. Other requests want their turn in between. */
const PAGE = 50;

export type NewActivityRow = Omit<UnchainedRow, "at">;

/** What a token is found by. Its id counts in either case. */
export type ActivitySubject = Pick<ActivityRow, "account_id" | "cluster_id" | "kind"> & { token_id: string };

/**
 * Who did what to which token through this gateway. Rows are added and never removed, nor changed but for one thing: of
 * what is refused the contents are not kept, or anybody could fill the record with what never was. See chain.ts for how
 * a change would be found.
 */
export interface ActivityStore extends ActivityPages, AbandonedDeeds {
  append(row: NewActivityRow): Promise<void>;
  /** Appends the outcome of a deed that was not done, and forgets the contents of its intent. */
  refuse(outcome: NewActivityRow): Promise<void>;
  /** Newest first, HISTORY_LIMIT at most and as many as fit into HISTORY_BYTES. */
  history(subject: ActivitySubject): Promise<Activity[]>;
}

/** `onAppended` is told when rows were added here. */
export function createActivityStore(
  db: Kysely<Tables>,
  clock: Clock,
  onAppended: () => void = () => undefined,
): ActivityStore {
  const append = createAppend(db, onAppended);
  const dated = (row: NewActivityRow): UnchainedRow => ({
    ...row,
    at: clock(),
    token_id: row.token_id?.toLowerCase() ?? null,
  });

  /** How long the details are, without reading them. */
  const sizes = () =>
    db
      .selectFrom("activity")
      .select(["seq", "operation_id", "action", "phase", sql<number>`octet_length(details)`.as("bytes")]);

  /** Newest first, HISTORY_LIMIT at most: which rows each has, and how many bytes they take. */
  async function newestDeeds({ account_id, cluster_id, kind, token_id }: ActivitySubject) {
    const rows = await sizes()
      .where("token_id", "=", token_id.toLowerCase())
      .where("account_id", "=", account_id)
      .where("cluster_id", "is not distinct from", cluster_id)
      .where("kind", "=", kind)
      .orderBy("seq", "desc")
      // Two for each deed at most.
      .limit(2 * HISTORY_LIMIT)
      .execute();
    // What is being created has no id yet: the intent is found by what it has in common with the outcome.
    const creations = rows.filter(({ action }) => action === "create").map((row) => row.operation_id);
    const intents =
      creations.length === 0
        ? []
        : await sizes()
            .where("operation_id", "in", creations)
            .where("phase", "=", "intent")
            .where("token_id", "is", null)
            .execute();
    // A Map keeps the order of insertion: that of the newest rows.
    const deeds = new Map<string, { id: string; seqs: number[]; bytes: number }>();
    for (const { operation_id: id, seq, bytes } of [...rows, ...intents]) {
      const deed = deeds.get(id) ?? { id, seqs: [], bytes: 0 };
      deed.seqs.push(seq);
      deed.bytes += bytes;
      deeds.set(id, deed);
    }
    return [...deeds.values()].slice(0, HISTORY_LIMIT);
  }

  return {
    ...createActivityPages(db),
    ...createAbandonedDeeds(db, clock, append),

    async append(row) {
      // Whoever could not tell may be slower than who found it out meanwhile: see AbandonedDeeds.
      await append({ row: dated(row), ...(row.outcome === "unknown" ? { unless: "known" } : {}) });
    },

    async refuse(outcome) {
      await append({ row: dated(outcome), erasesIntent: true });
    },

    async history(subject) {
      const deeds = await newestDeeds(subject);
      const seqs: number[] = [];
      let bytes = 0;
      for (const deed of deeds) {
        bytes += deed.bytes;
        // A deed is shown whole or not at all, and the newest one always.
        if (bytes > HISTORY_BYTES && seqs.length > 0) break;
        seqs.push(...deed.seqs);
      }
      const byDeed = new Map<string, ActivityRow[]>();
      for (let start = 0; start < seqs.length; start += PAGE) {
        const rows = await db
          .selectFrom("activity")
          .selectAll()
          .where("seq", "in", seqs.slice(start, start + PAGE))
          .execute();
        for (const row of rows) byDeed.set(row.operation_id, [...(byDeed.get(row.operation_id) ?? []), row]);
      }
      return deeds.flatMap(({ id }) => {
        const rows = byDeed.get(id);
        return rows === undefined ? [] : [toActivity(rows.sort((one, two) => one.seq - two.seq))];
      });
    },
  };
}
