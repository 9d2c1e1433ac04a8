import { setImmediate as breathe } from "node:timers/promises";
import type { Kysely } from "kysely";
import { problemSchema } from "#contract/problem.ts";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { openAnswer, operationKeyHash } from "./idempotency.ts";
import { KEEP, type OperationRow } from "./operation-store.ts";

/** Hashes in one query: both engines take many more parameters, and other requests want their turn in between. */
const CHUNK = 500;

/** What is recorded of an operation. Its lease is judged: `started` means that its owner still says so. */
export interface FoundOperation {
  method: string;
  target: string;
  state: OperationRow["state"];
  /** HTTP status of its answer. */
  status: number | undefined;
  /** The message of the refusal of a failed one. */
  message: string | undefined;
}

/**
 * The operations that an actor (actorIdentity) began with these raw keys in the last 24 hours, by key. Reads only: whoever
 * must not be raced by a request that is still on its way has to settle its operation instead.
 */
export async function lookUpOperations(
  { db, clock, key }: { db: Kysely<Tables>; clock: Clock; key: Buffer },
  actor: string,
  rawKeys: readonly string[],
): Promise<Map<string, FoundOperation>> {
  const found = new Map<string, FoundOperation>();
  for (let start = 0; start < rawKeys.length; start += CHUNK) {
    const keyByHash = new Map(
      rawKeys.slice(start, start + CHUNK).map((rawKey) => [operationKeyHash(actor, rawKey), rawKey]),
    );
    const now = clock();
    const rows = await db
      .selectFrom("operations")
      .select(["key_hash", "method", "target", "state", "status", "answer", "lease_until"])
      .where("key_hash", "in", [...keyByHash.keys()])
      .where("started_at", ">", now - KEEP)
      .execute();
    for (const row of rows) {
      const rawKey = keyByHash.get(row.key_hash);
      if (rawKey === undefined) continue;
      found.set(rawKey, {
        method: row.method,
        target: row.target,
        state: row.state === "started" && row.lease_until <= now ? "unknown" : row.state,
        status: row.status ?? undefined,
        message:
          row.state === "failed" && row.answer !== null
            ? refusalIn(key, rawKey, row.key_hash, row.answer)
            : undefined,
      });
    }
    await breathe();
  }
  return found;
}

function refusalIn(key: Buffer, rawKey: string, keyHash: string, sealed: string): string | undefined {
  const problem = problemSchema.safeParse(openAnswer(key, rawKey, keyHash, sealed)?.body);
  return problem.success ? problem.data.message : undefined;
}
