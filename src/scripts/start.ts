import { fileURLToPath } from "node:url";
import { helpText, readConfig } from "#server/config.ts";
import { StartError } from "#server/start-error.ts";
import { ensureBuilt } from "./build.ts";

const args = process.argv.slice(2);

try {
  // Before building: help, and a mistake in the options, should not take the time of a build.
  if (readConfig(args, process.env) === "help") {
    console.log(helpText());
  } else {
    await ensureBuilt((line) => console.log(line));
    // The built server, not the sources: what is measured and tested is what runs. It starts when it is the entry.
    const main = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));
    process.argv[1] = main;
    await import(main);
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
