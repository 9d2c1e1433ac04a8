import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import path from "node:path";
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from "kysely";
import Database from "libsql";
import pg from "pg";
import { StartError } from "#server/start-error.ts";
import { type AdvisoryLocks, createAdvisoryLocks } from "./advisory-locks.ts";
import { LibsqlDialect } from "./libsql-dialect.ts";
import { migrations, type Engine } from "./migrations.ts";
import type { Tables } from "./schema.ts";

export interface DatabaseOptions {
  /** A PostgreSQL URL; without one the database is the file. */
  url?: string | undefined;
  /** Path of the libsql file; its directory is made when it is missing. */
  file: string;
  /** Told when a connection to PostgreSQL dies. The next query opens another one. */
  onConnectionLost?: ((error: Error) => void) | undefined;
}

export interface OpenDatabase {
  db: Kysely<Tables>;
  engine: Engine;
  /**
   * All its statements read one state: what was committed before the first of them. May take long: it holds up neither
   * those who write nor those who read through `db`. In a file one snapshot is read at a time.
   */
  readSnapshot: ReadSnapshot;
  /** Undefined for a file, which one gateway has. */
  locks?: AdvisoryLocks;
  /** Whether it has the tables that this version works with. Fails when it cannot be reached. */
  check(): Promise<"good" | "other_schema">;
  /** Waits for queries that are running, then lets go of the file or the server. */
  close(): Promise<void>;
}

export type ReadSnapshot = <Result>(
  work: (snapshot: Transaction<Tables>) => Promise<Result>,
) => Promise<Result>;

/**
 * Opens the store and brings its tables up to date. Any number of gateways may do so at the same moment.
 * Throws StartError when the file cannot be written or the server cannot be reached.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const opened = options.url === undefined ? openFile(options.file) : await openServer(options.url, options);
  try {
    await migrate(opened);
  } catch (error) {
    await opened.close();
    throw new StartError(`The database's tables cannot be made or brought up to date: ${reasonOf(error)}.`);
  }
  return opened;
}

/** The schema is that of the last migration: a gateway of another version may have gone on from here. */
async function checkSchema(db: Kysely<Tables>, engine: Engine): Promise<"good" | "other_schema"> {
  const { rows } = await sql<{ name: string | null }>`
    select max(name) as name from kysely_migration`.execute(db);
  return rows[0]?.name === Object.keys(migrations(engine)).sort().at(-1) ? "good" : "other_schema";
}

/**
 * Opens a store that a gateway keeps, and changes nothing in it: `readSnapshot` is all there is. Throws StartError when it
 * is not there, or not up to date.
 */
export async function openForReading(
  options: DatabaseOptions,
): Promise<Pick<OpenDatabase, "readSnapshot" | "close">> {
  if (options.url === undefined && !existsSync(options.file)) {
    throw new StartError(`There is no database file ${options.file}: name the --data-dir of a gateway.`);
  }
  const opened = options.url === undefined ? openFile(options.file) : await openServer(options.url, options);
  const schema = await opened
    .readSnapshot((snapshot) => checkSchema(snapshot, opened.engine))
    .catch(() => "other_schema");
  if (schema !== "good") {
    await opened.close();
    throw new StartError("The database has no tables of this release: start a gateway on it first.");
  }
  return opened;
}

async function migrate({ db, engine }: OpenDatabase): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations(engine) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

function openFile(file: string): OpenDatabase {
  let database: Database.Database;
  let reader: Database.Database;
  let identity: string;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // libsql says neither why it cannot open a file nor keeps a new one from other users of the machine;
    // the files it puts beside this one get the same mode.
    // Only a new one is opened here: closing any descriptor of a file drops all locks that this process has on it
    // (sqlite.org/howtocorrupt.html, 2.2), and another process would take its log away from under other connections.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true)
      accessSync(file, constants.R_OK | constants.W_OK);
    else closeSync(openSync(file, "a", 0o600));
    identity = identityOf(statSync(file));
    database = new Database(file, { timeout: 5000 });
    // WAL with FULL: what was answered as done survives a power cut.
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    // What is erased is overwritten, not merely unlinked: kept answers hold secrets, sealed ones.
    database.pragma("secure_delete = ON");
    // Short, because this waiting blocks the process; libsql-dialect.ts does the long waiting.
    database.pragma("busy_timeout = 20");
    // In WAL mode a connection that reads stands in nobody's way.
    reader = new Database(file, { timeout: 5000 });
    reader.pragma("query_only = ON");
    reader.pragma("busy_timeout = 20");
  } catch (error) {
    throw new StartError(`The database file ${file} cannot be opened for writing: ${reasonOf(error)}.`);
  }
  const checkFile = () => checkIdentity(file, identity);
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect({ database, checkFile }) });
  const snapshots = new Kysely<Tables>({ dialect: new LibsqlDialect({ database: reader, checkFile }) });
  return {
    db,
    engine: "libsql",
    async check() {
      checkFile();
      return checkSchema(db, "libsql");
    },
    readSnapshot: (work) => snapshots.transaction().setAccessMode("read only").execute(work),
    close: once(async () => {
      // A snapshot that is being read is read to its end, too.
      await snapshots.connection().execute(async () => {});
      await snapshots.destroy();
      // The connection is handed out when nobody else uses it: a running transaction ends first. When another gateway
      // reads or writes, the last one to leave empties the log.
      await sql`pragma wal_checkpoint(TRUNCATE)`.execute(db).catch(() => undefined);
      await db.destroy();
    }),
  };
}

/**
 * A file that was removed or replaced can still be written through the descriptor of whoever has it open, and
 * nothing of that is ever found again.
 */
function checkIdentity(file: string, identity: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && identityOf(stats) === identity) return;
  const message = "the database file was removed or replaced while it was open";
  throw Object.assign(new Error(message), { code: "SQLITE_CANTOPEN" });
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}

async function openServer(url: string, options: DatabaseOptions): Promise<OpenDatabase> {
  const where = placeOf(url);
  const onLost = options.onConnectionLost ?? (() => undefined);
  const settings = {
    connectionString: url,
    application_name: "tokenward",
    connectionTimeoutMillis: 5000,
    // Longer than the server's own: see settleConnection.
    query_timeout: 12_000,
    keepAlive: true,
  };
  const pool = new pg.Pool({
    ...settings,
    max: 10,
    idleTimeoutMillis: 30_000,
    // Its type knows nothing of it, but the pool waits for what this returns.
    // oxlint-disable-next-line typescript/no-misused-promises
    onConnect: settleConnection,
    types: {
      // Every integer column fits a JavaScript number, and retention periods are exact to the microsecond.
      getTypeParser: (oid, format) =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // Without these a connection that dies, idle or in use, ends the process: Node throws unhandled "error" events.
  pool.on("error", onLost);
  pool.on("connect", (client) => client.on("error", onLost));

  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    throw new StartError(`PostgreSQL at ${where} cannot be used: ${reasonOf(error)}.`);
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const locks = createAdvisoryLocks(async () => {
    const client = new pg.Client(settings);
    client.on("error", onLost);
    await client.connect();
    try {
      await settleConnection(client);
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
    return client;
  });
  return {
    db,
    engine: "postgres",
    locks,
    check: () => checkSchema(db, "postgres"),
    readSnapshot: (work) =>
      db
        .transaction()
        .setIsolationLevel("repeatable read")
        .setAccessMode("read only")
        .execute(async (transaction) => {
          await followIndexes(transaction);
          return work(transaction);
        }),
    close: once(async () => {
      await locks.close();
      await db.destroy();
    }),
  };
}

/**
 * What each connection is told first. Not among the start-up parameters: a pooler in between, such as PgBouncer, refuses
 * those that it does not know.
 */
async function settleConnection(client: pg.ClientBase): Promise<void> {
  await client.query(`
    -- The server gives up first: a statement that only the client has given up on is still carried out, later.
    set lock_timeout = 5000; set statement_timeout = 10000;
    -- A gateway that stands still in the middle of a change neither blocks the others nor finishes it an hour later.
    set idle_in_transaction_session_timeout = 15000;
    -- What must not be changed meanwhile is locked, row by row. Stricter levels, which a server may have as its default,
    -- refuse instead what only had to wait.
    set default_transaction_isolation = 'read committed';
  `);
}

/**
 * Snapshots are read in pages, in the order of a key. A server that has no statistics yet, such as right after an import,
 * would rather sort the whole table for each page. Ends with the transaction.
 */
async function followIndexes(transaction: Transaction<Tables>): Promise<void> {
  // Those that the server has: others that speak its protocol plan in other ways.
  await sql`select set_config(name, 'off', true) from pg_settings
    where name in ('enable_sort', 'enable_seqscan', 'enable_bitmapscan')`.execute(transaction);
}

/** Host, port and database of a URL, for a message: never the user or the password. */
function placeOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new StartError("DATABASE_URL is not a URL such as postgres://user:password@host:5432/tokenward.");
  }
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    throw new StartError("DATABASE_URL must begin with postgres:// or postgresql://.");
  }
  return `${parsed.host || "the local socket"}${parsed.pathname}`;
}

/** The words of an error, without the full stop that the caller adds. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  // Node tries each address of a host name and then gives an error that has no words of its own.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return (cause instanceof Error ? cause.message : error.message).replace(/\.$/, "");
}

/** Closing again waits for the first closing instead of failing. */
function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}
