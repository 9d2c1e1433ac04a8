import type { Kysely } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import { type ActivityRow, chained, type UnchainedRow } from "./chain.ts";

/** A row of which nothing matters but what is said. */
export function activityRow(changes: Partial<UnchainedRow>): UnchainedRow {
  return {
    at: Date.parse("2030-01-01T00:00:00Z"),
    phase: "intent",
    operation_id: "00000000-0000-4000-8000-000000000000",
    operation_key: null,
    session: null,
    actor: JSON.stringify({ kind: "link", label: "Operator (sign-in link)" }),
    account_id: "account",
    cluster_id: "cluster",
    kind: "database",
    token_id: null,
    action: "update",
    outcome: null,
    description: null,
    request_id: "request",
    details: "{}",
    ...changes,
  };
}

/** Adds rows to the chain, many at a time. Nobody else may append meanwhile. */
export async function addToRecord(db: Kysely<Tables>, rows: Iterable<UnchainedRow>): Promise<void> {
  const { seq, hash } = await db.selectFrom("activity_head").selectAll().executeTakeFirstOrThrow();
  let head = { seq, hash };
  let some: ActivityRow[] = [];
  const write = async () => {
    if (some.length > 0) await db.insertInto("activity").values(some).execute();
    some = [];
  };
  for (const row of rows) {
    const next = chained(row, head);
    head = { seq: next.seq, hash: next.hash };
    some.push(next);
    if (some.length === 500) await write();
  }
  await write();
  await db.updateTable("activity_head").set(head).execute();
}
