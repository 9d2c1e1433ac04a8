import { setImmediate as nextTurn } from "node:timers/promises";
import { sql, type Kysely } from "kysely";
import * as z from "zod/mini";
import {
  activityActions,
  type ActivityDeed,
  type ActivityEntry,
  type ActivityHead,
} from "#contract/activity.ts";
import { actorSchema } from "#contract/session.ts";
import { toInstant } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import type { ActivityRow } from "./chain.ts";
import { activityDetailsSchema, toActivity } from "./deed.ts";

/** Deeds read in one query: some milliseconds of work. Other requests want their turn in between. */
const PAGE = 500;

/** Whose deeds: those of a cluster, and those of the management tokens of its account. */
export interface ActivityScope {
  accountId: string;
  clusterId: string;
}

/** A row without what may be long; details only where they say why something was not done. */
type LightRow = Omit<ActivityRow, "details" | "operation_key" | "account_id" | "cluster_id"> & {
  details: string | null;
};

/** A deed of a list, with where it stands in the chain. */
export interface ListedDeed {
  entry: ActivityEntry;
  rows: ActivityDeed["rows"];
}

export interface ActivityPages {
  /** Undefined while nothing is recorded. */
  head(): Promise<ActivityHead | undefined>;
  /** Numbers of the rows that began the newest deeds, newest first: of those before the row `before`, where it is given. */
  newest(scope: ActivityScope, limit: number, before?: number): Promise<number[]>;
  /** The same of all deeds that have a row newer than the row `since`. */
  changedSince(scope: ActivityScope, since: number): Promise<number[]>;
  /** Some deeds at a time, by the numbers of the rows that began them, in that order. */
  read(seqs: readonly number[]): AsyncGenerator<ListedDeed[], void>;
  /** One deed whole; undefined where there is none of that id in the scope. */
  deed(scope: ActivityScope, id: string): Promise<ActivityDeed | undefined>;
}

export function createActivityPages(db: Kysely<Tables>): ActivityPages {
  const inCluster = ({ accountId, clusterId }: ActivityScope) =>
    db.selectFrom("activity").where("account_id", "=", accountId).where("cluster_id", "=", clusterId);
  const inAccount = ({ accountId }: ActivityScope) =>
    db.selectFrom("activity").where("account_id", "=", accountId).where("cluster_id", "is", null);

  return {
    async head() {
      const head = await db
        .selectFrom("activity_head")
        .select(["seq", "hash"])
        .where("id", "=", 1)
        .executeTakeFirstOrThrow();
      return head.seq === 0 ? undefined : head;
    },

    async newest(scope, limit, before = Number.MAX_SAFE_INTEGER) {
      // One after the other: each is a stretch of the index.
      const seqs: number[] = [];
      for (const part of [inCluster(scope), inAccount(scope)]) {
        const rows = await part
          .select("seq")
          .where("phase", "=", "intent")
          .where("seq", "<", before)
          .orderBy("seq", "desc")
          .limit(limit)
          .execute();
        seqs.push(...rows.map(({ seq }) => seq));
      }
      return seqs.sort((one, other) => other - one).slice(0, limit);
    },

    async changedSince(scope, since) {
      const found = new Set<number>();
      for (const part of [inCluster(scope), inAccount(scope)]) {
        for (const phase of ["intent", "outcome"] as const) {
          for (let after = since; ;) {
            const rows = await part
              .select(["seq", "operation_id"])
              .where("phase", "=", phase)
              .where("seq", ">", after)
              .orderBy("seq")
              .limit(PAGE)
              .execute();
            if (phase === "intent") for (const { seq } of rows) found.add(seq);
            else for (const seq of await intentsOf(db, rows)) found.add(seq);
            const last = rows.at(-1);
            if (last === undefined || rows.length < PAGE) break;
            after = last.seq;
            await nextTurn();
          }
        }
      }
      return [...found].sort((one, other) => other - one);
    },

    async *read(seqs) {
      for (let start = 0; start < seqs.length; start += PAGE) {
        yield await readLight(db, seqs.slice(start, start + PAGE));
        await nextTurn();
      }
    },

    async deed(scope, id) {
      const rows = await db
        .selectFrom("activity")
        .selectAll()
        .where("operation_id", "=", id)
        .where("account_id", "=", scope.accountId)
        .where((where) =>
          where.or([where("cluster_id", "=", scope.clusterId), where("cluster_id", "is", null)]),
        )
        .orderBy("seq")
        .execute();
      return rows.length === 0 ? undefined : toDeed(rows);
    },
  };
}

async function intentsOf(db: Kysely<Tables>, rows: readonly { operation_id: string }[]): Promise<number[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ operation_id }) => operation_id);
  const intents = await db
    .selectFrom("activity")
    .select("seq")
    .where("operation_id", "in", ids)
    .where("phase", "=", "intent")
    .execute();
  return intents.map(({ seq }) => seq);
}

async function readLight(db: Kysely<Tables>, seqs: readonly number[]): Promise<ListedDeed[]> {
  const light = () =>
    db.selectFrom("activity").select([
      "seq",
      "at",
      "phase",
      "operation_id",
      "session",
      "actor",
      "kind",
      "token_id",
      "action",
      "outcome",
      "description",
      "request_id",
      "previous_hash",
      "details_hash",
      "hash",
      // What was done may have a megabyte; why something was not is short.
      sql<string | null>`case when outcome in ('not_done', 'unknown') then details end`.as("details"),
    ]);
  const intents = await light().where("seq", "in", seqs).orderBy("seq", "desc").execute();
  const ids = intents.map(({ operation_id }) => operation_id);
  const outcomes =
    ids.length === 0
      ? []
      : await light()
          .where("operation_id", "in", ids)
          .where("phase", "=", "outcome")
          .orderBy("seq")
          .execute();
  const byDeed = new Map<string, LightRow[]>();
  for (const row of outcomes) byDeed.set(row.operation_id, [...(byDeed.get(row.operation_id) ?? []), row]);
  return intents.map((intent) => {
    const rows = [intent, ...(byDeed.get(intent.operation_id) ?? [])];
    return { entry: toEntry(intent, rows), rows: rows.map(toLink) };
  });
}

const actionSchema = z.enum(activityActions);

/** From the rows of one deed, the first one first. */
function toEntry(intent: LightRow, rows: readonly LightRow[]): ActivityEntry {
  const last = rows.at(-1) ?? intent;
  const tokenId = rows.findLast(({ token_id }) => token_id !== null)?.token_id ?? null;
  const { problem } = last.details === null ? {} : activityDetailsSchema.parse(JSON.parse(last.details));
  return {
    id: intent.operation_id,
    seq: intent.seq,
    at: toInstant(intent.at),
    ...(last.phase === "outcome" ? { endedAt: toInstant(last.at) } : {}),
    action: actionSchema.parse(intent.action),
    actor: actorSchema.parse(JSON.parse(intent.actor)).label,
    ...(intent.session === null ? {} : { session: intent.session }),
    kind: intent.kind,
    ...(tokenId === null ? {} : { tokenId }),
    ...(intent.description === null ? {} : { description: intent.description }),
    outcome: last.outcome ?? "started",
    ...(problem === undefined ? {} : { problem }),
    requestId: intent.request_id,
  };
}

function toLink({ seq, at, previous_hash, hash }: LightRow): ActivityDeed["rows"][number] {
  return { seq, at: toInstant(at), previousHash: previous_hash, hash };
}

/** From all rows of one deed, the first one first. */
function toDeed(rows: ActivityRow[]): ActivityDeed {
  const light = rows.map((row): LightRow => {
    const isProblem = row.outcome === "not_done" || row.outcome === "unknown";
    return { ...row, details: isProblem ? row.details : null };
  });
  const [intent] = light;
  if (intent === undefined) throw new Error("a deed has at least one row");
  const { before, after } = toActivity(rows);
  return {
    ...toEntry(intent, light),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    rows: light.map(toLink),
  };
}
