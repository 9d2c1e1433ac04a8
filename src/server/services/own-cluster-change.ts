import type { Kysely, Transaction } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import type { CallContext } from "./token-service.ts";

/** PostgreSQL's codes for a transaction that stood in the way of another one. All of it was undone, and may be done again. */
const IN_THE_WAY = new Set(["40001", "40P01"]);
const ATTEMPTS = 5;

/**
 * Makes a change in time or not at all. However long its statements waited for a lock, what is too late is rolled
 * back, and a caller who gave up and read again is told the truth. `work` may be called again after it was undone.
 */
export async function change<Result>(
  db: Kysely<Tables>,
  { checkTime }: CallContext,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(async (transaction) => {
        const result = await work(transaction);
        checkTime?.();
        return result;
      });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (typeof code !== "string" || !IN_THE_WAY.has(code) || attempt === ATTEMPTS) throw error;
    }
  }
}
