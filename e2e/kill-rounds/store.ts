import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openDatabase, type OpenDatabase } from "#server/database/connect.ts";
import { startPostgres } from "#server/database/postgres-for-tests.ts";
import type { SeededRandom } from "#server/database/seeded-random.ts";
import pg from "pg";

export const ENGINES = ["libsql", "postgres"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Where the gateway keeps what it confirmed, and how that is killed. */
export interface Store {
  engine: EngineName;
  /** What the gateway's environment has to say of it. */
  env: Readonly<Record<string, string>>;
  /** Kills the server's processes in one of several ways, and says in which; undefined where there is no server. */
  kill?(random: SeededRandom): Promise<string>;
  /** After kill: until it takes connections again. */
  revive(): Promise<void>;
  /** A connection of our own. `dataDir`: the gateway's. To be closed by who asked for it. */
  open(dataDir: string): Promise<OpenDatabase>;
  stop(): Promise<void>;
}

export async function openStore(engine: EngineName): Promise<Store> {
  return engine === "libsql" ? fileStore() : serverStore();
}

function fileStore(): Store {
  return {
    engine: "libsql",
    env: {},
    revive: async () => {},
    open: (dataDir) => openDatabase({ file: join(dataDir, "tokenward.db") }),
    stop: async () => {},
  };
}

async function serverStore(): Promise<Store> {
  const server = await startPostgres({ durable: true });
  let isDown = false;
  return {
    engine: "postgres",
    env: { DATABASE_URL: server.url },
    async kill(random) {
      const how = random.pick(["SIGQUIT", "SIGKILL", "one process"] as const);
      if (how === "one process") await killOneProcess(server.url);
      else {
        await server.kill(how);
        isDown = true;
      }
      return how;
    },
    async revive() {
      if (!isDown) return server.untilReady();
      await server.startAgain();
      isDown = false;
    },
    open: () => openDatabase({ url: server.url, file: "" }),
    stop: server.stop,
  };
}

/** A process that serves the gateway: the server then ends all others and recovers, as after any crash. */
async function killOneProcess(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'tokenward' order by state limit 1",
    );
    const [row] = rows;
    if (row === undefined) return;
    process.kill(row.pid, "SIGKILL");
    // It goes down with the others.
    await client.query("select pg_sleep(5)").catch(() => undefined);
    await wait(20);
  } finally {
    await client.end().catch(() => undefined);
  }
}
