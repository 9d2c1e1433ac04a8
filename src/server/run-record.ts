import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";

const FILE = "gateway.json";

const runRecordSchema = z.object({ pid: z.int(), publicUrl: z.string(), startedAt: z.string() });
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Tells other commands on this machine that a gateway runs on this data directory, and where. */
export async function writeRunRecord(dataDirectory: string, record: RunRecord): Promise<void> {
  await writeFile(join(dataDirectory, FILE), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** Removes the record when it is still this process's own. */
export async function removeRunRecord(dataDirectory: string): Promise<void> {
  const record = await readRunRecord(dataDirectory);
  if (record?.pid === process.pid) await rm(join(dataDirectory, FILE), { force: true });
}

/** The gateway that runs on this data directory, or undefined: a record that a kill left behind does not count. */
export async function readRunRecord(dataDirectory: string): Promise<RunRecord | undefined> {
  try {
    const record = runRecordSchema.parse(JSON.parse(await readFile(join(dataDirectory, FILE), "utf8")));
    process.kill(record.pid, 0);
    return record;
  } catch {
    return undefined;
  }
}
