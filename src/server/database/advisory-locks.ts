import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { ApiError } from "#server/api-error.ts";

/** How often somebody who waits asks again, in milliseconds. */
const ASK_AGAIN = 50;

/** Locks that hold across all gateways of one PostgreSQL. */
export interface AdvisoryLocks {
  /**
   * Runs `work` while no other gateway has the same key. Within this process callers must come one after the other. Who
   * waits until the signal is aborted is let go with its reason, and `work` is never begun then. Throws ApiError 503, with
   * nothing done, without a connection and after close(). A connection that dies while `work` is running, or that is given
   * up, lets others go on: the server cannot tell it from a gateway that died.
   */
  hold<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

interface Connection {
  client: pg.Client;
  /** Ends it at once, and with it all that is locked on it. The next who asks gets another one. */
  giveUp(): void;
}

/**
 * All on one connection of their own: what is locked may wait for an InfluxDB for long, and connections of the pool would
 * be missed meanwhile. `connect` opens it.
 *
 * What the client has given up waiting for is carried out all the same, later, and what it has in line behind that is
 * never sent: a lock of which nobody knows would stay until the gateway ends. So a connection on which anything fails is
 * given up: then the server lets go of everything.
 */
export function createAdvisoryLocks(connect: () => Promise<pg.Client>): AdvisoryLocks {
  let connection: Promise<Connection> | undefined;
  let isClosed = false;
  const connected = () => {
    const opening = (connection ??= connect().then((client) => {
      const forget = () => {
        if (connection === opening) connection = undefined;
      };
      const giveUp = () => {
        forget();
        client.connection.stream.destroy();
      };
      client.on("error", giveUp);
      client.on("end", forget);
      return { client, giveUp };
    }));
    opening.catch(() => {
      if (connection === opening) connection = undefined;
    });
    return opening;
  };

  /** The connection that has the lock now, or undefined when somebody else has it. */
  async function take(id: string): Promise<Connection | undefined> {
    if (isClosed) throw unavailable("The gateway is being stopped: nothing was changed.");
    let used: Connection | undefined;
    try {
      used = await connected();
      const { rows } = await used.client.query<{ taken: boolean }>(
        "select pg_try_advisory_lock($1) as taken",
        [id],
      );
      return rows[0]?.taken === true ? used : undefined;
    } catch (cause) {
      used?.giveUp();
      throw unavailable(
        "The gateway's database cannot be reached at the moment: nothing was changed.",
        cause,
      );
    }
  }

  async function letGo({ client, giveUp }: Connection, id: string): Promise<void> {
    const isFree = await client.query<{ free: boolean }>("select pg_advisory_unlock($1) as free", [id]).then(
      ({ rows }) => rows[0]?.free === true,
      () => false,
    );
    // False means that the server knows nothing of it: something between answers from other connections, by turns.
    if (!isFree) giveUp();
  }

  return {
    async hold(key, signal, work) {
      const id = createHash("sha256").update(key).digest().readBigInt64BE().toString();
      for (;;) {
        signal.throwIfAborted();
        const taking = take(id);
        let taken: Connection | undefined;
        try {
          taken = await orAborted(taking, signal);
          signal.throwIfAborted();
        } catch (error) {
          // What is had after all is for nobody.
          void taking.then(
            (late) => late && letGo(late, id),
            () => undefined,
          );
          throw error;
        }
        if (taken === undefined) {
          // The reason is thrown above.
          await delay(ASK_AGAIN, undefined, { signal }).catch(() => undefined);
          continue;
        }
        try {
          return await work();
        } finally {
          await letGo(taken, id);
        }
      }
    },

    async close() {
      isClosed = true;
      const open = await connection?.catch(() => undefined);
      connection = undefined;
      await open?.client.end();
    },
  };
}

function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError(503, "unavailable", message, { retryAfter: 5, nothingDone: true, cause });
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of the promise. */
function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    promise.then(
      (result) => end(() => resolve(result)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
