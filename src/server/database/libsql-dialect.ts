import { setTimeout as delay } from "node:timers/promises";
import {
  SqliteAdapter,
  SqliteDialect,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type Database from "libsql";
import { LibsqlStatements } from "./libsql-statements.ts";

/** How long a writer waits for another process that writes to the same file, in milliseconds. */
const LOCK_LIMIT = 5_000;

/** What goes to the disk together at most: so many changes, begun within so many milliseconds. */
const GROUP = { changes: 100, millis: 10 };

/** `checkFile` throws when what was opened is no longer what the path names. */
export interface LibsqlConfig {
  database: Database.Database;
  checkFile(): void;
}

/**
 * Kysely's SQLite dialect over libsql's synchronous API, made safe for several processes on one file, and for many
 * changes at once: those that wait for their turn go into one transaction of the engine, each with a savepoint of its
 * own, and wait for the disk once. None is answered before all of them are committed; nor is what was read meanwhile.
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

class LibsqlDriver implements Driver {
  readonly #file: SharedFile;

  constructor(config: LibsqlConfig) {
    this.#file = new SharedFile(config);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const turn = new Turn(this.#file);
    await turn.take();
    return turn;
  }

  async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    await turnOf(connection).begin(settings?.accessMode === "read only");
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await turnOf(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await turnOf(connection).rollback();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    turnOf(connection).leave();
  }

  async destroy(): Promise<void> {
    this.#file.close();
  }
}

function turnOf(connection: DatabaseConnection): Turn {
  if (connection instanceof Turn) return connection;
  throw new Error("This connection is not one of this database.");
}

interface Group {
  changes: number;
  openedAt: number;
  /** Settled with the transaction, at once or never: nobody is told anything before. */
  end: End;
}

interface End {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** The one connection there is, who has it, and what waits for the disk. */
class SharedFile {
  readonly statements: LibsqlStatements;
  readonly #config: LibsqlConfig;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  #group: Group | undefined;

  constructor(config: LibsqlConfig) {
    this.#config = config;
    this.statements = new LibsqlStatements(config.database);
  }

  get database(): Database.Database {
    return this.#config.database;
  }

  get hasGroup(): boolean {
    return this.#group !== undefined;
  }

  /** In the order of asking. */
  async take(): Promise<void> {
    if (this.#isTaken) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    this.#isTaken = true;
  }

  leave(): void {
    const group = this.#group;
    const isFull =
      group !== undefined &&
      (group.changes >= GROUP.changes || performance.now() - group.openedAt > GROUP.millis);
    if (isFull) this.commit();
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#isTaken = false;
    // Whoever comes in the same turn of the event loop comes along.
    if (this.#group !== undefined) {
      setImmediate(() => {
        if (!this.#isTaken) this.commit();
      });
    }
  }

  /** The transaction of whoever has the connection, and of those who had it before and wait. */
  async join(): Promise<void> {
    if (this.#group === undefined) {
      await takeWriteLock(this.#config);
      const end = newEnd();
      // Those who wait for it hear of a failure; there may be none.
      end.promise.catch(() => undefined);
      this.#group = { changes: 0, openedAt: performance.now(), end };
    }
    this.#group.changes++;
  }

  /** To be awaited after the connection was left. Throws what the commit throws: then nothing of it was done. */
  async ended(): Promise<void> {
    await this.#group?.end.promise;
  }

  /** Tells those who wait that the engine has undone everything, when it has. */
  noticeFailure(error: unknown): void {
    if (this.#group === undefined || this.database.inTransaction) return;
    this.#group.end.reject(error);
    this.#group = undefined;
  }

  commit(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    try {
      this.database.exec("commit");
      group.end.resolve();
    } catch (error) {
      if (this.database.inTransaction) this.database.exec("rollback");
      group.end.reject(error);
    }
  }

  /** For statements that stand alone, such as pragmas: the engine takes them outside of a transaction only. */
  async runAlone<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.commit();
    if (!mayWrite(query)) return patiently(() => this.statements.run<R>(query));
    await takeWriteLock(this.#config);
    try {
      const result = this.statements.run<R>(query);
      this.database.exec("commit");
      return result;
    } catch (error) {
      if (this.database.inTransaction) this.database.exec("rollback");
      throw error;
    }
  }

  async takeSnapshot(): Promise<void> {
    this.commit();
    await takeSnapshot(this.#config);
  }

  close(): void {
    this.commit();
    this.database.close();
  }
}

/** Somebody's use of the connection, from when they get it until they give it back. */
class Turn implements DatabaseConnection {
  readonly #file: SharedFile;
  #has = false;
  #within: "nothing" | "change" | "snapshot" = "nothing";

  constructor(file: SharedFile) {
    this.#file = file;
  }

  async take(): Promise<void> {
    if (this.#has) return;
    await this.#file.take();
    this.#has = true;
  }

  leave(): void {
    if (!this.#has) return;
    this.#has = false;
    this.#file.leave();
  }

  /**
   * Takes the write lock at once: a transaction that reads first and writes later could not get it any more when another
   * process wrote in between. One that only reads gets its snapshot at once.
   */
  async begin(isReadOnly: boolean): Promise<void> {
    await this.take();
    if (isReadOnly) {
      await this.#file.takeSnapshot();
      this.#within = "snapshot";
      return;
    }
    await this.#file.join();
    this.#file.database.exec("savepoint one");
    this.#within = "change";
  }

  async commit(): Promise<void> {
    const within = this.#within;
    this.#within = "nothing";
    if (within === "snapshot") {
      this.#file.database.exec("commit");
      return;
    }
    this.#file.database.exec("release one");
    await this.#leaveAndWait();
  }

  async rollback(): Promise<void> {
    const within = this.#within;
    this.#within = "nothing";
    const { database } = this.#file;
    // Not after a commit that failed, when others have the connection. And the engine itself undoes everything after
    // some failures, such as a full disk.
    if (!this.#has || !database.inTransaction) return;
    if (within === "snapshot") {
      database.exec("rollback");
      return;
    }
    database.exec("rollback to one; release one");
    // Why it was undone may be what others did, who are not answered yet. If they fail, it is undone all the same.
    await this.#leaveAndWait().catch(() => undefined);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const file = this.#file;
    if (this.#within !== "nothing") {
      if (!file.database.inTransaction) throw new Error("The transaction was undone after a failure.");
      try {
        return file.statements.run<R>(query);
      } catch (error) {
        file.noticeFailure(error);
        throw error;
      }
    }
    await this.take();
    if (query.query.kind === "RawNode") return file.runAlone<R>(query);
    if (mayWrite(query)) await file.join();
    // A reader hardly ever finds the file locked: only while another process opens or leaves it.
    else if (!file.hasGroup) return patiently(() => file.statements.run<R>(query));
    let result: QueryResult<R>;
    try {
      result = file.statements.run<R>(query);
    } catch (error) {
      // A statement that fails has undone what it did itself.
      file.noticeFailure(error);
      await this.#leaveAndWait().catch(() => undefined);
      throw error;
    }
    await this.#leaveAndWait();
    return result;
  }

  // oxlint-disable-next-line require-yield -- nobody reads in a stream: the engine's own API is synchronous
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("Streams are not supported.");
  }

  /** Others go on meanwhile, in the same transaction of the engine. */
  async #leaveAndWait(): Promise<void> {
    const ended = this.#file.ended();
    this.leave();
    await ended;
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

/** Promise.withResolvers came after Node 20. */
function newEnd(): End {
  let settle = { resolve: () => {}, reject: (_error: unknown) => {} };
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
