import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import Database from "libsql";
import { StartError } from "#server/start-error.ts";

/**
 * Writes a whole and consistent copy of the database file to a new file, which only its owner can read. A gateway may use
 * the file meanwhile: the copy is what was committed when it began. Throws StartError.
 */
export function backUpFile(file: string, target: string): void {
  if (!existsSync(file)) throw new StartError(`There is no database at ${file}: name its --data-dir.`);
  try {
    closeSync(openSync(target, "wx", 0o600));
  } catch (error) {
    throw new StartError(`The backup cannot be written to ${target}: ${wordsOf(error)}.`, { cause: error });
  }
  try {
    withDatabase(file, (database) => {
      // Only a statement of its own text will do: it takes no parameters.
      database.exec(`vacuum into '${target.replaceAll("'", "''")}'`);
    });
    withDatabase(target, (copy) => {
      const found = copy.prepare("pragma integrity_check").all();
      if (JSON.stringify(found) !== '[{"integrity_check":"ok"}]') throw new Error("the copy is damaged");
    });
    // The engine leaves that to whoever wants the copy to survive a power cut.
    const descriptor = openSync(target, "r+");
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (error) {
    rmSync(target, { force: true });
    throw new StartError(`The backup of ${file} failed: ${wordsOf(error)}.`, { cause: error });
  }
}

function withDatabase(file: string, work: (database: Database.Database) => void): void {
  const database = new Database(file, { timeout: 5000 });
  try {
    database.pragma("busy_timeout = 5000");
    work(database);
  } finally {
    database.close();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : "unknown reason";
}
