import type { Kysely } from "kysely";
import { emptyLog } from "#server/database/erasure.ts";
import type { Tables } from "#server/database/schema.ts";

/**
 * An operation begins before what it records, by no more than a request may take; generously, in milliseconds. After it
 * as well: gateways on one database may differ in what they take for now.
 */
const APART = 5 * 60_000;

/**
 * Erases the kept answer of the operation that made something: whoever repeats it is told that it is done. `madeAt` is when
 * the thing says it was made, in milliseconds; it spares a look at every operation of a day.
 */
export async function eraseAnswerOfMaking(
  db: Kysely<Tables>,
  objectId: string,
  madeAt: number,
): Promise<void> {
  const erased = await db
    .updateTable("operations")
    .set({ answer: null })
    .where("object_id", "=", objectId)
    .where("started_at", ">=", madeAt - APART)
    .where("started_at", "<=", madeAt + APART)
    .where("answer", "is not", null)
    .executeTakeFirst();
  if (erased.numUpdatedRows > 0n) await emptyLog(db);
}
