import { randomUUID } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import {
  MOST_OPEN_RUNS,
  revokeRunKey,
  startRevokeRunSchema,
  type RevokeRun,
  type RevokeRunItem,
  type RevokeRunSummary,
  type StartRevokeRun,
} from "#contract/revoke-run.ts";
import { type Clock, toInstant } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { GIVEN_UP } from "#server/operations/idempotency.ts";
import { lookUpOperations, type FoundOperation } from "#server/operations/operation-lookup.ts";
import { KEEP } from "#server/operations/operation-store.ts";

/** Whose run it is: actorIdentity. */
export interface RunOwner {
  clusterId: string;
  actor: string;
}

type Planned = StartRevokeRun["tokens"];
type SummaryRow = Omit<Selectable<Tables["revoke_runs"]>, "tokens" | "cluster_id" | "actor">;

const SUMMARY_COLUMNS = [
  "id",
  "kind",
  "total",
  "started_at",
  "started_by",
  "ended_at",
] as const satisfies (keyof SummaryRow)[];

/**
 * The record of which tokens somebody set out to revoke. It holds no outcome: those are in the operations, which are
 * forgotten after a day. So is the run, and as its operations begin after it, whoever can read a run can read them all.
 */
export interface RevokeRunStore {
  /** Undefined when the actor has MOST_OPEN_RUNS already, on whichever cluster. */
  start(owner: RunOwner, startedBy: string, wanted: StartRevokeRun): Promise<RevokeRunSummary | undefined>;
  /** Those that nobody ended, newest first. */
  list(owner: RunOwner): Promise<RevokeRunSummary[]>;
  find(owner: RunOwner, id: string): Promise<RevokeRun | undefined>;
  /** The first end holds. Undefined when there is no such run. */
  end(owner: RunOwner, id: string): Promise<RevokeRun | undefined>;
}

export function createRevokeRunStore(gateway: {
  db: Kysely<Tables>;
  clock: Clock;
  key: Buffer;
}): RevokeRunStore {
  const { db, clock } = gateway;
  const runsOf = ({ clusterId, actor }: RunOwner) =>
    db
      .selectFrom("revoke_runs")
      .where("cluster_id", "=", clusterId)
      .where("actor", "=", actor)
      .where("started_at", ">", clock() - KEEP);

  const find: RevokeRunStore["find"] = async (owner, id) => {
    const row = await runsOf(owner)
      .select([...SUMMARY_COLUMNS, "tokens"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const planned = startRevokeRunSchema.shape.tokens.parse(JSON.parse(row.tokens));
    const keys = planned.map(({ tokenId }) => revokeRunKey(id, tokenId));
    const operations = await lookUpOperations(gateway, owner.actor, keys);
    const items = planned.map((token, index) => ({
      ...token,
      ...outcomeOf(operations.get(keys[index] ?? ""), row.kind, token.tokenId),
    }));
    return { ...toSummary(row), items };
  };

  return {
    find,

    async start({ clusterId, actor }, startedBy, { kind, tokens }) {
      const { open } = await db
        .selectFrom("revoke_runs")
        .select(({ fn }) => fn.countAll<number>().as("open"))
        .where("actor", "=", actor)
        .where("ended_at", "is", null)
        .where("started_at", ">", clock() - KEEP)
        .executeTakeFirstOrThrow();
      // Several at once may come to a few more: it is there to bound what is kept, not to count.
      if (open >= MOST_OPEN_RUNS) return undefined;
      const row: SummaryRow = {
        id: randomUUID(),
        kind,
        total: tokens.length,
        started_at: clock(),
        started_by: startedBy,
        ended_at: null,
      };
      await db
        .insertInto("revoke_runs")
        .values({ ...row, cluster_id: clusterId, actor, tokens: JSON.stringify(tokens) })
        .execute();
      return toSummary(row);
    },

    async list(owner) {
      const rows = await runsOf(owner)
        .select(SUMMARY_COLUMNS)
        .where("ended_at", "is", null)
        .orderBy("started_at", "desc")
        .orderBy("id", "desc")
        .execute();
      return rows.map(toSummary);
    },

    async end(owner, id) {
      await db
        .updateTable("revoke_runs")
        .set({ ended_at: clock() })
        .where("id", "=", id)
        .where("cluster_id", "=", owner.clusterId)
        .where("actor", "=", owner.actor)
        .where("ended_at", "is", null)
        .execute();
      return find(owner, id);
    },
  };
}

/** Forgets runs together with the operations that say how they went. */
export async function purgeRevokeRuns(db: Kysely<Tables>, clock: Clock): Promise<void> {
  await db
    .deleteFrom("revoke_runs")
    .where("started_at", "<=", clock() - KEEP)
    .execute();
}

/** The first two tokens of a plan that would share a key, by their indexes: a DELETE of one would pass for the other's. */
export function keyClash(tokens: Planned): [number, number] | undefined {
  const indexByKey = new Map<string, number>();
  for (const [index, { tokenId }] of tokens.entries()) {
    // As long as every run's id.
    const key = revokeRunKey("00000000-0000-0000-0000-000000000000", tokenId);
    const first = indexByKey.get(key);
    if (first !== undefined) return [first, index];
    indexByKey.set(key, index);
  }
  return undefined;
}

function outcomeOf(
  operation: FoundOperation | undefined,
  kind: StartRevokeRun["kind"],
  tokenId: string,
): Pick<RevokeRunItem, "state" | "status" | "reason"> {
  // Somebody asked about it before it came, which settled that it never will be: this run cannot revoke the token any more.
  if (operation?.state === "never_begun") {
    return { state: "refused", reason: GIVEN_UP };
  }
  if (operation === undefined || !isRevokeOf(operation, kind, tokenId)) return { state: "not_attempted" };
  const status = operation.status === undefined ? {} : { status: operation.status };
  switch (operation.state) {
    case "started":
      return { state: "in_progress" };
    case "done":
      return { state: "revoked", ...status };
    case "failed":
      return {
        state: "refused",
        ...status,
        ...(operation.message === undefined ? {} : { reason: operation.message }),
      };
    case "unknown":
      return { state: "unknown", ...status };
  }
}

/** Whoever knows the run can send anything with its keys: only the token's own DELETE says that it is revoked. */
function isRevokeOf({ method, target }: FoundOperation, kind: StartRevokeRun["kind"], tokenId: string) {
  const collection = kind === "database" ? "tokens" : "management-tokens";
  return method === "DELETE" && target.endsWith(`/${collection}/${encodeURIComponent(tokenId)}`);
}

function toSummary(row: SummaryRow): RevokeRunSummary {
  return {
    id: row.id,
    kind: row.kind,
    startedAt: toInstant(row.started_at),
    startedBy: row.started_by,
    ...(row.ended_at === null ? {} : { endedAt: toInstant(row.ended_at) }),
    total: row.total,
  };
}
