import { sql, type Kysely } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import type { ActivityRow } from "./chain.ts";

/** Rows in one query, and about as many bytes of details: a single row may have two megabytes. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 4_000_000;

export interface RowLimits {
  rows?: number;
  bytes?: number;
}

/** The rows after a number, in their order: as many as are there, up to the limits, and one at least. */
export async function rowsAfter(
  db: Kysely<Tables>,
  after: number,
  { rows = PAGE_ROWS, bytes = PAGE_BYTES }: RowLimits = {},
): Promise<ActivityRow[]> {
  const sizes = await db
    .selectFrom("activity")
    .select(["seq", sql<number>`octet_length(details)`.as("bytes")])
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(rows)
    .execute();
  let [sum, last] = [0, after];
  for (const size of sizes) {
    sum += size.bytes;
    if (last > after && sum > bytes) break;
    last = size.seq;
  }
  if (last === after) return [];
  return db
    .selectFrom("activity")
    .selectAll()
    .where("seq", ">", after)
    .where("seq", "<=", last)
    .orderBy("seq")
    .execute();
}
