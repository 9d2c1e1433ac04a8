import { join } from "node:path";
import { systemClock } from "#server/clock.ts";
import { readConfig } from "#server/config.ts";
import { openDatabase } from "#server/database/connect.ts";
import { readRunRecord } from "#server/run-record.ts";
import { systemRandom } from "#server/sealing.ts";
import { createSignInCode } from "#server/session/sign-in-codes.ts";
import { StartError } from "#server/start-error.ts";

try {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === "help") {
    console.log(
      "Prints a new sign-in link of the gateway that runs. Takes the same --data-dir and DATABASE_URL as npm start.",
    );
  } else {
    const running = await readRunRecord(config.dataDirectory);
    if (running === undefined) {
      const where = config.dataDirectory;
      throw new StartError(`No gateway runs on ${where}: start one with npm start, or name its --data-dir.`);
    }
    if (running.usesServer === true && config.databaseUrl === undefined) {
      throw new StartError("This gateway keeps its data in PostgreSQL: say the same DATABASE_URL.");
    }
    const { db, close } = await openDatabase({
      url: config.databaseUrl,
      file: join(config.dataDirectory, "tokenward.db"),
    });
    try {
      const code = await createSignInCode(db, systemClock, systemRandom);
      console.log(`Sign in once, within 10 minutes: ${running.publicUrl}/sign-in?code=${code}`);
    } finally {
      await close();
    }
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
