import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { onServer } from "#server/database/postgres-for-tests.ts";
import { GatewayProcess, type GatewayOptions } from "./gateway-process.ts";
import { RoundRobinProxy } from "./round-robin-proxy.ts";

/** Gateways that have one PostgreSQL, one key file and one public address, behind a proxy that takes them in turns. */
export interface SeveralGateways {
  proxy: RoundRobinProxy;
  gateways: readonly [GatewayProcess, GatewayProcess];
  managementToken: string;
  /** The file that all of them have their key from. */
  keyFile: string;
  databaseUrl: string;
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /**
   * Holds what the statement locks until it is let go: whoever wants to change that stands still. `waiting` resolves when
   * somebody does.
   */
  hold(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ waiting(): Promise<void>; release(): Promise<void> }>;
  close(): Promise<void>;
}

export interface SeveralOptions {
  /** A server on which a database is made and, in the end, dropped. */
  postgresUrl: string;
  program?: GatewayOptions["program"];
  /** Of the first one to start, which then starts alone. */
  importTokens?: readonly unknown[];
  args?: readonly string[];
  /** Beside where the database is. */
  env?: Readonly<Record<string, string>>;
}

/** Starts both at the same moment on an empty database and without a key, unless one of them has tokens to import. */
export async function startSeveralGateways(options: SeveralOptions): Promise<SeveralGateways> {
  const { postgresUrl, program, importTokens, args = ["--no-sample"], env = {} } = options;
  const ends: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "tokenward-several-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const keyFile = join(folder, "key");
    const database = await makeDatabase(postgresUrl);
    ends.push(database.drop);
    const proxy = await RoundRobinProxy.start();
    ends.push(() => proxy.stop());
    const managementToken = `canary-${randomBytes(24).toString("hex")}`;
    const start = async (more: Partial<GatewayOptions> = {}) => {
      const gateway = await GatewayProcess.start({
        args: ["--key-file", keyFile, "--trusted-proxy", "127.0.0.1", ...args],
        env: { DATABASE_URL: database.url, ...env },
        publicUrl: proxy.url,
        managementToken,
        ...(program === undefined ? {} : { program }),
        ...more,
      });
      ends.push(() => gateway.dispose());
      return gateway;
    };
    const first = start(importTokens === undefined ? {} : { importTokens });
    if (importTokens !== undefined) await first;
    const gateways = await Promise.all([first, start()]);
    proxy.targets = gateways.map(({ ownUrl }) => ownUrl);

    const client = await connectTo(database.url);
    ends.push(() => client.end());
    const rows: SeveralGateways["rows"] = async (sql, values = []) =>
      (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    return {
      proxy,
      gateways,
      managementToken,
      keyFile,
      databaseUrl: database.url,
      rows,
      async hold(sql, values = []) {
        const holder = await connectTo(database.url);
        await holder.query("begin");
        await holder.query(sql, [...values]);
        const { rows: pids } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
        return {
          async waiting() {
            for (const giveUpAt = performance.now() + 4000; ;) {
              const found = await rows(
                "select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))",
                [pids[0]?.pid],
              );
              if (found.length > 0) return;
              if (performance.now() > giveUpAt) throw new Error("Nobody waits for what is held.");
            }
          },
          async release() {
            await holder.query("rollback");
            await holder.end();
          },
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // The database is dropped under whoever forgot to leave.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function makeDatabase(postgresUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `several_${randomUUID().replaceAll("-", "")}`;
  await onServer(postgresUrl, `create database ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(postgresUrl, `drop database ${name} with (force)`) };
}
