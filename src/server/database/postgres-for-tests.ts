import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

declare module "vitest" {
  interface ProvidedContext {
    /** A PostgreSQL that lives as long as the test run, or undefined where none could be had. */
    postgresUrl: string | undefined;
    /** A database file with all tables and no rows, to be copied. */
    migratedFile: string;
  }
}

const USER = "tokenward";
const START_LIMIT = 30_000;

/** Who the server runs as, and with which environment: PostgreSQL refuses to run as root. */
interface Account {
  uid?: number;
  gid?: number;
}

export interface TestPostgres {
  url: string;
  /** The postmaster, all of its processes with it; they are a group of their own. */
  kill(how: "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** After kill: starts it again on the same data and waits until it takes connections. */
  startAgain(): Promise<void>;
  /** Waits until it takes connections, after one of its processes was killed. */
  untilReady(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Throws when there is none to be had on this machine. `durable`: with the settings of a server that is meant to keep
 * what it confirmed, for tests that kill it.
 */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres> {
  const bin = findBinaries();
  const account = unprivilegedAccount();
  const directory = mkdtempSync(path.join(tmpdir(), "tokenward-postgres-"));
  const data = path.join(directory, "data");
  let server: ChildProcess | undefined;
  const stop = async () => {
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      const exit = once(server, "exit");
      server.kill("SIGINT");
      await Promise.race([exit, delay(5000, undefined, { ref: false }).then(() => server?.kill("SIGQUIT"))]);
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    if (account.uid !== undefined) chownSync(directory, account.uid, account.gid ?? account.uid);
    initialise(bin, data, account, directory);
    const port = await freePort();
    const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
    const launch = async () => {
      const started = spawn(path.join(bin, "postgres"), ["-D", data, ...settings(port, durable)], {
        ...account,
        cwd: directory,
        stdio: ["ignore", "ignore", "pipe"],
        // Then one signal reaches all of its processes.
        detached: durable,
      });
      server = started;
      await untilReady(url, started);
    };
    // A run that is broken off must not leave a server behind.
    process.once("exit", () => server?.kill("SIGQUIT"));
    await launch();
    const kill: TestPostgres["kill"] = async (how) => {
      if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const exit = once(server, "exit");
      if (how === "SIGKILL" && durable) process.kill(-server.pid, how);
      else server.kill(how);
      await exit;
    };
    return {
      url,
      kill,
      startAgain: launch,
      untilReady: async () => void (server !== undefined && (await untilReady(url, server))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The database with all tables and no rows that those of the tests are copies of: see migrated-for-tests.ts. */
export const MIGRATED = "migrated";

/** A statement of the server itself: making a database, or removing it. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function settings(port: number, durable: boolean): string[] {
  const values = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    shared_buffers: "32MB",
    // The data lives for minutes: a power cut may have it.
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

function initialise(bin: string, data: string, account: Account, directory: string): void {
  const run = (extra: string[]) =>
    execFileSync(
      path.join(bin, "initdb"),
      ["-D", data, "--auth=trust", `--username=${USER}`, "--encoding=UTF8", "--no-sync", ...extra],
      {
        ...account,
        cwd: directory,
        env: { ...process.env, LC_ALL: "C" },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
  try {
    // A locale that sorts "a" before "B": a column that forgot its bytewise collation is found out.
    run(["--locale-provider=icu", "--icu-locale=en"]);
  } catch {
    rmSync(data, { recursive: true, force: true });
    run([]);
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  let log = "";
  server.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  for (const giveUpAt = performance.now() + START_LIMIT; ;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`the server ended: ${log.trim()}`, { cause: error });
      if (performance.now() > giveUpAt) throw error;
    } finally {
      await client.end();
    }
    await delay(50);
  }
}

function findBinaries(): string {
  const found = binaryFolders().find((directory) =>
    ["initdb", "postgres"].every((name) => runs(directory, name)),
  );
  if (found === undefined) throw new Error("no initdb and postgres on this machine");
  return found;
}

function binaryFolders(): string[] {
  const candidates = (process.env["PATH"] ?? "").split(path.delimiter);
  const packaged = "/usr/lib/postgresql";
  if (existsSync(packaged)) {
    // The newest first.
    const versions = readdirSync(packaged).sort((a, b) => Number(b) - Number(a));
    candidates.push(...versions.map((version) => path.join(packaged, version, "bin")));
  }
  try {
    candidates.push(execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim());
  } catch {
    // Not installed: the other places decide.
  }
  return candidates;
}

/** The path of another program of the same PostgreSQL. Throws when there is none. */
export function postgresProgram(name: string): string {
  // Beside the server first: of the same version.
  const found = [findBinaries(), ...binaryFolders()].find((directory) => runs(directory, name));
  if (found === undefined) throw new Error(`no ${name} on this machine`);
  return path.join(found, name);
}

function runs(directory: string, name: string): boolean {
  try {
    accessSync(path.join(directory, name), constants.X_OK);
    return directory !== "";
  } catch {
    return false;
  }
}

function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // The next one.
    }
  }
  throw new Error("root may not run it, and there is neither a user postgres nor nobody");
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
