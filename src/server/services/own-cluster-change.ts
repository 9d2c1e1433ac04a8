import type { Kysely, Transaction } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import type { CallContext } from "./token-service.ts";

/**
 * Makes a change in time or not at all. However long its statements waited for a lock, what is too late is rolled
 * back, and a caller who gave up and read again is told the truth.
 */
export function change<Result>(
  db: Kysely<Tables>,
  { checkTime }: CallContext,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (transaction) => {
    const result = await work(transaction);
    checkTime?.();
    return result;
  });
}
