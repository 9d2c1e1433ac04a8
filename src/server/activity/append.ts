import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import { isStoreFailure } from "#server/database/failure.ts";
import { mustLockRows } from "#server/database/row-lock.ts";
import type { Tables } from "#server/database/schema.ts";
import { type ActivityRow, type ChainHead, chained, ERASED, type UnchainedRow } from "./chain.ts";

/** Rows that go together in one transaction at most, and about as many characters of details. */
const GROUP_ROWS = 200;
const GROUP_CHARACTERS = 4_000_000;

export interface Addition {
  row: UnchainedRow;
  /** Forgets the details of its deed's intent: it was refused. */
  erasesIntent?: boolean;
  /** Not when its deed has an outcome already: any, or one that says what became of it. */
  unless?: "ended" | "known";
}

/** Whether the row was written; false only with `unless`. Throws what the database throws: nothing is written then. */
export type Append = (addition: Addition) => Promise<boolean>;

interface Waiting {
  addition: Addition;
  resolve: (isWritten: boolean) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes rows at the end of the chain, whose head one transaction of one gateway has at a time. What was asked for while
 * that was under way goes together in the next one: each has to wait for the disk once. `onAppended` is told after rows
 * were committed.
 */
export function createAppend(db: Kysely<Tables>, onAppended: () => void): Append {
  const waiting: Waiting[] = [];
  let isRunning = false;

  function tell(): void {
    try {
      onAppended();
    } catch {
      // Whoever is told has to look after itself: those who wait to write must not wait for ever.
    }
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      // Whoever comes in the same turn comes along.
      await nextTurn();
      await writeGroup(db, takeGroup(waiting));
      tell();
    }
    isRunning = false;
  }

  return (addition) =>
    new Promise((resolve, reject) => {
      waiting.push({ addition, resolve, reject });
      if (!isRunning) void run();
    });
}

function takeGroup(waiting: Waiting[]): Waiting[] {
  let [rows, characters] = [0, 0];
  for (const { addition } of waiting) {
    characters += addition.row.details.length;
    if (rows > 0 && (rows === GROUP_ROWS || characters > GROUP_CHARACTERS)) break;
    rows++;
  }
  return waiting.splice(0, rows);
}

async function writeGroup(db: Kysely<Tables>, group: readonly Waiting[]): Promise<void> {
  try {
    const written = await write(
      db,
      group.map(({ addition }) => addition),
    );
    for (const [at, { resolve }] of group.entries()) resolve(written[at] === true);
  } catch (error) {
    if (group.length === 1 || isStoreFailure(error)) {
      for (const { reject } of group) reject(error);
      return;
    }
    // One of them has something that the database does not take: the others do not suffer for it.
    for (const one of group) await writeGroup(db, [one]);
  }
}

async function write(db: Kysely<Tables>, additions: readonly Addition[]): Promise<boolean[]> {
  return db.transaction().execute(async (transaction) => {
    let head = await lockHead(transaction);
    const before = head.seq;
    const rows: ActivityRow[] = [];
    const written: boolean[] = [];
    for (const { row, unless } of additions) {
      const isEnded =
        unless !== undefined &&
        (await outcomesOf(transaction, row, rows)).some((one) => unless === "ended" || one !== "unknown");
      written.push(!isEnded);
      if (isEnded) continue;
      const next = chained(row, head);
      rows.push(next);
      head = { seq: next.seq, hash: next.hash };
    }
    if (head.seq === before) return written;
    await transaction.insertInto("activity").values(rows).execute();
    // Afterwards: the database takes an erasure only from a deed that was refused.
    for (const [at, { row, erasesIntent }] of additions.entries()) {
      if (erasesIntent !== true || written[at] !== true) continue;
      await transaction
        .updateTable("activity")
        .set({ details: ERASED })
        .where("operation_id", "=", row.operation_id)
        .where("phase", "=", "intent")
        .execute();
    }
    await transaction.updateTable("activity_head").set(head).where("id", "=", 1).execute();
    return written;
  });
}

/** Of a row's deed: those that are kept, and those among `newer` that are about to be. */
async function outcomesOf(
  transaction: Transaction<Tables>,
  { operation_id }: UnchainedRow,
  newer: readonly ActivityRow[],
): Promise<ActivityRow["outcome"][]> {
  const kept = await transaction
    .selectFrom("activity")
    .select("outcome")
    .where("operation_id", "=", operation_id)
    .where("phase", "=", "outcome")
    .execute();
  const coming = newer.filter((row) => row.operation_id === operation_id && row.phase === "outcome");
  return [...kept, ...coming].map(({ outcome }) => outcome);
}

/** Of several who append one has it, until its transaction ends; the others wait. */
async function lockHead(transaction: Transaction<Tables>): Promise<ChainHead> {
  const query = transaction.selectFrom("activity_head").select(["seq", "hash"]).where("id", "=", 1);
  return (mustLockRows(transaction) ? query.forUpdate() : query).executeTakeFirstOrThrow();
}
