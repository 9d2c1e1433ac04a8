import { setTimeout as delay } from "node:timers/promises";
import {
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type Database from "libsql";

/** How long a writer waits for another process that writes to the same file, in milliseconds. */
const LOCK_LIMIT = 5_000;

/** `checkFile` throws when what was opened is no longer what the path names. */
export interface LibsqlConfig {
  database: Database.Database;
  checkFile(): void;
}

/**
 * Kysely's SQLite dialect over libsql's synchronous API, made safe for several processes on one file.
 */
export class LibsqlDialect extends SqliteDialect {
  readonly #config: LibsqlConfig;

  constructor(config: LibsqlConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new LibsqlDriver(this.#config);
  }

  override createAdapter(): SqliteAdapter {
    return new LibsqlAdapter();
  }
}

/** SQLite rolls back changes to the schema as well: migrations run in one transaction, behind its write lock. */
class LibsqlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class LibsqlDriver extends SqliteDriver {
  readonly #config: LibsqlConfig;

  constructor(config: LibsqlConfig) {
    super(config);
    this.#config = config;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return new SharedFileConnection(await super.acquireConnection(), this.#config);
  }

  /**
   * Takes the write lock at once: a transaction that reads first and writes later could not get it any more
   * when another process wrote in between. One that only reads gets its snapshot at once.
   */
  override async beginTransaction(
    _connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    if (settings?.accessMode === "read only") await takeSnapshot(this.#config);
    else await takeWriteLock(this.#config);
  }
}

/** Gives every statement that writes outside of a transaction one of its own, begun by takeWriteLock. */
class SharedFileConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection;
  readonly #config: LibsqlConfig;

  constructor(inner: DatabaseConnection, config: LibsqlConfig) {
    this.#inner = inner;
    this.#config = config;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const run = () => this.#inner.executeQuery<R>(query);
    const { database } = this.#config;
    if (database.inTransaction) return run();
    // A reader hardly ever finds the file locked: only while another process opens or leaves it.
    if (!mayWrite(query)) return patiently(run);
    await takeWriteLock(this.#config);
    try {
      const result = await run();
      database.exec("commit");
      return result;
    } catch (error) {
      if (database.inTransaction) database.exec("rollback");
      throw error;
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#inner.streamQuery<R>(query, chunkSize);
  }
}

/**
 * Only exec will do for a statement that may find the lock taken: a prepared one stays "in progress"
 * afterwards, until it is collected as garbage, and no later transaction of the connection can commit.
 */
function takeWriteLock({ database, checkFile }: LibsqlConfig): Promise<void> {
  return patiently(() => {
    checkFile();
    database.exec("begin immediate");
  });
}

/** A transaction begins with its first statement, which may find another process opening or leaving the file. */
function takeSnapshot({ database }: LibsqlConfig): Promise<void> {
  return patiently(() => {
    database.exec("begin");
    try {
      database.exec("select 1 from sqlite_schema limit 1");
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  });
}

/**
 * Tries again while another process has the lock, without holding up the event loop: SQLite's own waiting is
 * synchronous and therefore kept short (see connect.ts).
 */
async function patiently<T>(run: () => T | Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + LOCK_LIMIT;
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
    }
    await delay(pause);
  }
}

function mayWrite({ query, sql }: CompiledQuery): boolean {
  if (query.kind === "RawNode")
    return !/^\s*(select|pragma|values|explain|begin|commit|rollback)\b/i.test(sql);
  return query.kind !== "SelectQueryNode";
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
}
