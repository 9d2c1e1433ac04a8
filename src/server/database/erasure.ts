import { sql, type Kysely } from "kysely";
import { mustLockRows } from "./row-lock.ts";
import type { Tables } from "./schema.ts";

/**
 * After something was erased that must be nowhere any more: brings the file up to date with its log and cuts the log to
 * nothing, since both still have the pages from before. PostgreSQL's log is its server's business. Best effort: while
 * somebody reads an older state the log stays, until the next call (see purge in app.ts).
 */
export async function emptyLog(db: Kysely<Tables>): Promise<void> {
  if (mustLockRows(db)) return;
  // The erasure itself is committed: whatever is wrong here must not turn it into a failure.
  await sql`pragma wal_checkpoint(TRUNCATE)`.execute(db).catch(() => undefined);
}
