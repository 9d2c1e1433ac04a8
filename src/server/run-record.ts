import { readFile, rm, writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { join } from "node:path";
import * as z from "zod/mini";
import { codeOf } from "./key-file.ts";
import { StartError } from "./start-error.ts";

const FILE = "gateway.json";
/** A gateway that lives answers on its own machine in a moment. */
const PATIENCE = 2_000;

const runRecordSchema = z.object({
  pid: z.int(),
  publicUrl: z.string(),
  startedAt: z.string(),
  /** Where this machine reaches it, whatever the public URL is. */
  localUrl: z.string(),
  /** Random for each start; `/healthz` says the same. */
  instance: z.string(),
  /** Its database is one that DATABASE_URL names. */
  usesServer: z.optional(z.boolean()),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Tells other commands on this machine that a gateway runs on this data directory, and where. */
export async function writeRunRecord(dataDirectory: string, record: RunRecord): Promise<void> {
  await writeFile(join(dataDirectory, FILE), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** Removes the record when it is still that of this very start. */
export async function removeRunRecord(dataDirectory: string, instance: string): Promise<void> {
  const record = await readRunRecord(dataDirectory);
  if (record?.pid === process.pid && record.instance === instance) {
    await rm(join(dataDirectory, FILE), { force: true });
  }
}

/** The gateway that runs on this data directory, or undefined: a record that a kill left behind does not count. */
export async function readRunRecord(dataDirectory: string): Promise<RunRecord | undefined> {
  try {
    const record = runRecordSchema.parse(JSON.parse(await readFile(join(dataDirectory, FILE), "utf8")));
    return isAlive(record.pid) ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Throws StartError when another gateway runs on this data directory: the two would take each other's record away.
 * A process with the number that a killed gateway had proves nothing, so the gateway itself is asked who it is.
 */
export async function refuseSecondGateway(dataDirectory: string): Promise<void> {
  const record = await readRunRecord(dataDirectory);
  if (record === undefined || record.pid === process.pid) return;
  if ((await askInstance(record)) !== record.instance) return;
  throw new StartError(
    `A gateway runs on this data directory already (process ${record.pid}, ${record.publicUrl}).`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and another user's.
    return codeOf(error) === "EPERM";
  }
}

const healthSchema = z.object({ instance: z.string() });

/** Undefined when nobody answers, or somebody who is no gateway. */
function askInstance({ localUrl, publicUrl }: RunRecord): Promise<string | undefined> {
  return new Promise((resolve) => {
    const nobody = () => resolve(undefined);
    try {
      const url = new URL("/healthz", localUrl);
      const get = url.protocol === "https:" ? httpsGet : httpGet;
      const request = get(url, {
        agent: false,
        headers: { Host: new URL(publicUrl).host },
        signal: AbortSignal.timeout(PATIENCE),
        // The certificate is that of the public name; nothing secret is said.
        rejectUnauthorized: false,
      });
      request.on("error", nobody);
      request.on("response", (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("error", nobody);
        answer.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > 10_000) request.destroy();
        });
        answer.on("close", nobody);
        answer.on("end", () => resolve(instanceIn(text)));
      });
    } catch {
      nobody();
    }
  });
}

function instanceIn(text: string): string | undefined {
  try {
    return healthSchema.parse(JSON.parse(text)).instance;
  } catch {
    return undefined;
  }
}
