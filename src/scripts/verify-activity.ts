import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { ChainHead } from "#server/activity/chain.ts";
import { readShippedLine } from "#server/activity/shipped-row.ts";
import { compareShipped, verifyChain } from "#server/activity/verify.ts";
import { readConfig } from "#server/config.ts";
import { openForReading } from "#server/database/connect.ts";
import { StartError } from "#server/start-error.ts";

const usage = `Checks that nobody changed, removed, added or moved a row of the record of who did what. Reads only; a gateway may run.
Takes the same --data-dir and DATABASE_URL as npm start.
  --head SEQ:HASH   A row that was seen before, such as the head that this command printed: it must still be there.
  --file FILE       Rows that were shipped, as JSON Lines: each must still be there.
Exit code 1: something is wrong with the record, and the first such row was printed.`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { head: { type: "string" }, file: { type: "string" } },
    strict: false,
    tokens: true,
  });
  const own = new Set(
    tokens.flatMap((token) =>
      token.kind === "option" && (token.name === "head" || token.name === "file")
        ? [token.index, ...(token.inlineValue === false ? [token.index + 1] : [])]
        : [],
    ),
  );
  const config = readConfig(
    args.filter((_, index) => !own.has(index)),
    process.env,
  );
  if (config === "help") {
    console.log(usage);
    return 0;
  }
  const head = typeof values.head === "string" ? headFrom(values.head) : undefined;
  const file = typeof values.file === "string" ? values.file : undefined;
  const database = await openForReading({
    url: config.databaseUrl,
    file: join(config.dataDirectory, "tokenward.db"),
  });
  try {
    return await database.readSnapshot(async (snapshot) => {
      const { rows, head: last, fault } = await verifyChain(snapshot);
      console.log(`${count(rows)} followed from the beginning.`);
      if (fault !== undefined) return broken(fault.seq, fault.what);
      console.log(`Head: ${last.seq}:${last.hash}`);
      for (const [name, shipped] of [
        ["--head", head === undefined ? undefined : [head]],
        ["--file", file === undefined ? undefined : linesOf(file)],
      ] as const) {
        if (shipped === undefined) continue;
        const compared = await compareShipped(snapshot, shipped);
        console.log(`${count(compared.rows)} of ${name} compared.`);
        if (compared.fault !== undefined) return broken(compared.fault.seq, compared.fault.what);
      }
      console.log("The record is whole.");
      if (head === undefined && file === undefined) {
        console.log("Whether rows are missing at its end is told by a --head or --file from before.");
      }
      return 0;
    });
  } finally {
    await database.close();
  }
}

function broken(seq: number, what: string): number {
  console.log(`Row ${seq}: ${what}.`);
  return 1;
}

function count(rows: number): string {
  return rows === 1 ? "1 row" : `${rows} rows`;
}

function headFrom(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new StartError(
      "--head must be a row's number and its hash, such as 12:3f…, 64 hexadecimal digits.",
    );
  }
  return { seq: Number(seq), hash: hash.toLowerCase() };
}

/** Half a line at the end, where the file is being written or a kill cut it off, is left out. */
async function* linesOf(file: string): AsyncGenerator<ChainHead, void> {
  let number = 0;
  let half: StartError | undefined;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number++;
      if (half !== undefined) throw half;
      if (line === "") continue;
      const row = readShippedLine(line);
      if (row === undefined) {
        half = new StartError(`Line ${number} of ${file} is no row of the record.`);
        continue;
      }
      if (!row.isWhole) {
        throw new StartError(`Line ${number} of ${file} was changed: its hash is not that of its fields.`);
      }
      yield row;
    }
    if (half === undefined) return;
    if (await endsWithNewLine(file)) throw half;
    console.log(`Line ${number} of ${file} has no end: it was left out.`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The file ${file} of --file cannot be read.`, { cause: error });
  }
}

async function endsWithNewLine(file: string): Promise<boolean> {
  const opened = await open(file);
  try {
    const { size } = await opened.stat();
    const { buffer } = await opened.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await opened.close();
  }
}
