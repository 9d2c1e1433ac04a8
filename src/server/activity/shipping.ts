import { setTimeout as delay } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { AdvisoryLocks } from "#server/database/advisory-locks.ts";
import type { Tables } from "#server/database/schema.ts";
import type { Log } from "#server/log.ts";
import type { ActivityRow, ChainHead } from "./chain.ts";
import { type RowLimits, rowsAfter } from "./read-rows.ts";

/** What goes out at a time. */
const BATCH: RowLimits = { rows: 200, bytes: 1_000_000 };
/** How often is looked for what other gateways have recorded, in milliseconds. */
const LOOK_AGAIN = 5_000;
/** The first pause after a failure; each further one is twice as long, up to the longest. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/** How long stopping waits for what is not shipped yet. It goes out after the next start. */
const LAST_PATIENCE = 2_000;

/** Where rows go. */
export interface ShippingTarget {
  /** Which cursor is its own. Holds no secret. */
  name: string;
  /** For the log. Holds no secret. */
  label: string;
  /** The row with which it ends, where it can tell that itself. */
  lastRow?(): Promise<ChainHead | undefined>;
  /** Returns when the rows will not be lost any more. Throws, or rejects when the signal is aborted. */
  send(rows: readonly ActivityRow[], signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

export interface ShippingOptions {
  db: Kysely<Tables>;
  /** Undefined for a database that one gateway has. */
  locks?: AdvisoryLocks | undefined;
  log: Log;
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  pause?: (millis: number, signal: AbortSignal) => Promise<void>;
}

export interface Shipping {
  /** There is something new. */
  wake(): void;
  /** Tries once more to hand over what there is, for a moment. */
  stop(): Promise<void>;
}

const realPause: NonNullable<ShippingOptions["pause"]> = (millis, signal) =>
  delay(millis, undefined, { signal }).catch(() => undefined);

/**
 * Hands the rows of the record to a target in their order, each at least once: the cursor is advanced only afterwards. The
 * record itself is what waits, so nothing here holds up who appends to it. Of several gateways one at a time ships.
 */
export function startShipping(target: ShippingTarget, options: ShippingOptions): Shipping {
  const { db, locks, log, pause = realPause } = options;
  const stopped = new AbortController();
  let isStopping = false;
  let failures = 0;
  /** The target has this row for certain. */
  let shipped = -1;
  let wakeUp = new AbortController();

  async function nextStart(): Promise<number> {
    const cursor = await readCursor(db, target);
    const last = await target.lastRow?.();
    if (last === undefined) return cursor;
    const kept = await db
      .selectFrom("activity")
      .select("hash")
      .where("seq", "=", last.seq)
      .executeTakeFirst();
    if (kept?.hash === last.hash) return last.seq;
    // The database was restored from a backup, or is another one. What it has is shipped: who compares sees the fork.
    const event = "what was shipped last is not in the record: shipping goes on with what the record has";
    log.error({ event, target: target.label, seq: last.seq });
    return cursor;
  }

  /** Whether there was something. */
  async function shipSome(): Promise<boolean> {
    const head = await db
      .selectFrom("activity_head")
      .select("seq")
      .where("id", "=", 1)
      .executeTakeFirstOrThrow();
    if (head.seq <= shipped) return false;
    const ship = async () => {
      const start = await nextStart();
      const rows = await rowsAfter(db, start, BATCH);
      const last = rows.at(-1);
      if (last !== undefined) await target.send(rows, stopped.signal);
      shipped = last?.seq ?? start;
      await writeCursor(db, target, shipped);
      return last !== undefined;
    };
    return locks === undefined ? ship() : locks.hold(`activity ${target.name}`, stopped.signal, ship);
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      // Before looking: what comes in between is looked for once more.
      wakeUp = new AbortController();
      try {
        const wasSome = await shipSome();
        if (failures > 0) log.info({ event: "activity is shipped again", target: target.label });
        failures = 0;
        if (wasSome) continue;
        if (isStopping) return;
        await pause(LOOK_AGAIN, AbortSignal.any([wakeUp.signal, stopped.signal]));
      } catch (error) {
        if (isStopping) return;
        failures++;
        const reason = error instanceof Error ? error.message : "unknown";
        log.error({ event: "activity not shipped", target: target.label, failures, reason });
        await pause(Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE), stopped.signal);
      }
    }
  }
  const running = run();

  return {
    wake: () => wakeUp.abort(),
    async stop() {
      isStopping = true;
      wakeUp.abort();
      // A pause after a failure is not waited for.
      if (failures > 0) stopped.abort(new Error("stopped"));
      const patience = setTimeout(() => stopped.abort(new Error("stopped")), LAST_PATIENCE);
      await running;
      clearTimeout(patience);
      await target.close?.();
    },
  };
}

async function readCursor(db: Kysely<Tables>, { name }: ShippingTarget): Promise<number> {
  const row = await db
    .selectFrom("activity_cursors")
    .select("seq")
    .where("target", "=", name)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

async function writeCursor(db: Kysely<Tables>, { name }: ShippingTarget, seq: number): Promise<void> {
  await db
    .insertInto("activity_cursors")
    .values({ target: name, seq })
    .onConflict((conflict) =>
      conflict.column("target").doUpdateSet({ seq }).where("activity_cursors.seq", "<", seq),
    )
    .execute();
}
