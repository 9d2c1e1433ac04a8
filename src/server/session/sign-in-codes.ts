import type { Kysely } from "kysely";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { type RandomBytes, sha256Hex } from "#server/sealing.ts";

const CODE_LIFE = 10 * 60_000;

/** A new one-time code: 256 random bits, of which the database keeps a hash. Good for ten minutes. */
export async function createSignInCode(
  db: Kysely<Tables>,
  clock: Clock,
  random: RandomBytes,
): Promise<string> {
  const code = random(32).toString("base64url");
  await db
    .insertInto("sign_in_codes")
    .values({ code_hash: sha256Hex(code), expires_at: clock() + CODE_LIFE, spent_at: null })
    .execute();
  return code;
}

/** Whether the code was good. Of two attempts at once one wins: the database decides, not a read before. */
export async function spendSignInCode(db: Kysely<Tables>, clock: Clock, code: string): Promise<boolean> {
  const now = clock();
  const result = await db
    .updateTable("sign_in_codes")
    .set({ spent_at: now })
    .where("code_hash", "=", sha256Hex(code))
    .where("spent_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function purgeSignInCodes(db: Kysely<Tables>, clock: Clock): Promise<void> {
  await db.deleteFrom("sign_in_codes").where("expires_at", "<=", clock()).execute();
}
