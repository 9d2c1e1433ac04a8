import type { Kysely } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import { sha256Hex } from "#server/sealing.ts";
import { type ActivityRow, CHAIN_START, type ChainHead, ERASED, rowHash } from "./chain.ts";
import { rowsAfter } from "./read-rows.ts";

/** Shipped rows that are compared in one query. */
const COMPARED = 500;

/** Where the record is not what was written, and what is wrong there. */
export interface ChainFault {
  seq: number;
  what: string;
}

export interface Verification {
  /** How many rows were looked at, until the first fault. */
  rows: number;
  /** The last of them. */
  head: ChainHead;
  fault: ChainFault | undefined;
}

/**
 * Follows the chain from its first row to the head that the database names. `db` shows one state meanwhile, as a snapshot
 * does. A record that was cut short, and its head with it, is whole by itself: see compareShipped.
 */
export async function verifyChain(db: Kysely<Tables>): Promise<Verification> {
  let head = CHAIN_START;
  let count = 0;
  const broken = (seq: number, what: string): Verification => ({ rows: count, head, fault: { seq, what } });
  for (;;) {
    const rows = await rowsAfter(db, head.seq);
    if (rows.length === 0) break;
    for (const row of rows) {
      const what = await faultOf(db, row, head);
      if (what !== undefined) return broken(row.seq, what);
      head = { seq: row.seq, hash: row.hash };
      count++;
    }
  }
  const named = await db.selectFrom("activity_head").select(["seq", "hash"]).executeTakeFirst();
  if (named === undefined) return broken(head.seq, "the head of the record is not there");
  if (named.seq > head.seq) {
    return broken(
      head.seq + 1,
      `the record ends before it, and its head says that it goes on to row ${named.seq}`,
    );
  }
  if (named.seq < head.seq) {
    return broken(named.seq + 1, "it is behind the head of the record: it was added by somebody else");
  }
  if (named.hash !== head.hash)
    return broken(head.seq, "it is not the one that the head of the record names");
  return { rows: count, head, fault: undefined };
}

async function faultOf(db: Kysely<Tables>, row: ActivityRow, before: ChainHead): Promise<string | undefined> {
  if (row.previous_hash !== before.hash) {
    return before.seq === 0
      ? "it is not the first row of the record: rows before it were removed, or it was changed or moved"
      : `it does not follow row ${before.seq}: a row in between was removed, or one of the two was changed, added or moved`;
  }
  if (rowHash(row) !== row.hash) return "its fields are not those that it was written with";
  if (sha256Hex(row.details) === row.details_hash) return undefined;
  return (await isErased(db, row)) ? undefined : "its details are not those that it was written with";
}

/** The one change there is: of what was refused the contents are not kept. */
async function isErased(db: Kysely<Tables>, row: ActivityRow): Promise<boolean> {
  if (row.phase !== "intent" || row.details !== ERASED) return false;
  const refusal = await db
    .selectFrom("activity")
    .select("seq")
    .where("operation_id", "=", row.operation_id)
    .where("phase", "=", "outcome")
    .where("outcome", "=", "not_done")
    .executeTakeFirst();
  return refusal !== undefined;
}

/** Whether rows that somebody else was told of are in the record as they were then; the first that is not. */
export async function compareShipped(
  db: Kysely<Tables>,
  shipped: AsyncIterable<ChainHead> | Iterable<ChainHead>,
): Promise<{ rows: number; fault: ChainFault | undefined }> {
  let count = 0;
  let fault: ChainFault | undefined;
  let some: ChainHead[] = [];
  const compare = async () => {
    const seqs = some.map(({ seq }) => seq);
    const rows = await db.selectFrom("activity").select(["seq", "hash"]).where("seq", "in", seqs).execute();
    const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]));
    for (const { seq, hash } of some) {
      count++;
      const kept = hashes.get(seq);
      if (kept === hash || (fault !== undefined && fault.seq <= seq)) continue;
      const what =
        kept === undefined
          ? "it was there before, and is no longer in the record"
          : "it had another hash before: the record was written anew";
      fault = { seq, what };
    }
    some = [];
  };
  for await (const one of shipped) {
    some.push(one);
    if (some.length === COMPARED) await compare();
  }
  if (some.length > 0) await compare();
  return { rows: count, fault };
}
