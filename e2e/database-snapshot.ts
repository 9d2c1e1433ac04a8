import Database from "libsql";

/** The triggers that keep the activity record from being changed: here it is put back as a whole. */
const TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
const TABLES =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'kysely_%'";

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function open(file: string): Database.Database {
  const database = new Database(file);
  // What is lost with the machine's power is a test's own.
  database.exec("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
  return database;
}

/** A copy of everything in a gateway's own database file, to be put back while the gateway runs. */
export class DatabaseSnapshot {
  readonly #file: string;
  readonly #copy: string;

  private constructor(file: string, copy: string) {
    this.#file = file;
    this.#copy = copy;
  }

  /** `copy` is a file that is not there yet. */
  static take(file: string, copy: string): DatabaseSnapshot {
    const database = open(file);
    try {
      database.prepare("VACUUM INTO ?").run(copy);
    } finally {
      database.close();
    }
    return new DatabaseSnapshot(file, copy);
  }

  /**
   * Puts it back as a backup is: the lists get another epoch, so that nobody takes their versions for those of before.
   * `more` is done in the same transaction.
   */
  putBack(more: (database: Database.Database) => void): void {
    const database = open(this.#file);
    try {
      database.prepare("ATTACH ? AS before").run(this.#copy);
      database.exec("BEGIN IMMEDIATE");
      const triggers = database.prepare(TRIGGERS).all() as { name: string; sql: string }[];
      for (const { name } of triggers) database.exec(`DROP TRIGGER ${quoted(name)}`);
      const tables = database.prepare(TABLES).all() as { name: string }[];
      for (const { name } of tables) {
        database.exec(
          `DELETE FROM main.${quoted(name)}; INSERT INTO main.${quoted(name)} SELECT * FROM before.${quoted(name)}`,
        );
      }
      for (const { sql } of triggers) database.exec(sql);
      database.exec("UPDATE clusters SET list_epoch = lower(hex(randomblob(8)))");
      more(database);
      database.exec("COMMIT");
    } finally {
      database.close();
    }
  }
}
