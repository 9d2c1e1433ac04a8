import { join, resolve } from "node:path";
import { readConfig } from "#server/config.ts";
import { backUpFile } from "#server/database/backup.ts";
import { readRunRecord } from "#server/run-record.ts";
import { StartError } from "#server/start-error.ts";

const USAGE =
  "npm run backup -- FILE copies the database of a gateway, running or not, to a new file. Takes the same --data-dir as npm start.";

try {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined || file.startsWith("-")) throw new StartError(USAGE);
  const config = readConfig(args, process.env);
  if (config === "help") throw new StartError(USAGE);
  const running = await readRunRecord(config.dataDirectory);
  if (config.databaseUrl !== undefined || running?.usesServer === true) {
    throw new StartError(
      "This gateway keeps its data in PostgreSQL: pg_dump makes the copy, see the README.",
    );
  }
  const target = resolve(file);
  backUpFile(join(config.dataDirectory, "tokenward.db"), target);
  console.log(`The database is in ${target}.`);
  if ("file" in config.key) {
    console.log(
      `Keep the key beside it, in another place: ${config.key.file}. Without it sessions end, and answers kept for repeats are lost.`,
    );
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
