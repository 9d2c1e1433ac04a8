import { randomUUID } from "node:crypto";
import { constants, realpathSync } from "node:fs";
import { access, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiError } from "./api-error.ts";
import { createApp } from "./app.ts";
import { type Clock, systemClock, toInstant } from "./clock.ts";
import { createClusterRegistry, loadOwnClusters } from "./clusters.ts";
import { type Config, helpText, readConfig } from "./config.ts";
import { openDatabase } from "./database/connect.ts";
import { setUpOwnCluster } from "./database/own-cluster-setup.ts";
import type { Pages } from "./gateway.ts";
import { codeOf, loadKey } from "./key-file.ts";
import { createListCache } from "./lists/list-cache.ts";
import { createLog } from "./log.ts";
import { type HttpServer, listen, type NodeMiddleware } from "./node-http.ts";
import { refuseSecondGateway, removeRunRecord, writeRunRecord } from "./run-record.ts";
import { systemRandom } from "./sealing.ts";
import { writeSecretFile } from "./secret-file.ts";
import { createOwnCluster } from "./services/own-cluster.ts";
import type { TokenService } from "./services/token-service.ts";
import { createSignInCode } from "./session/sign-in-codes.ts";
import { createSite, isLoopback, localUrl, type Site } from "./site.ts";
import { StartError } from "./start-error.ts";
import { createStaticFiles } from "./static-files.ts";

const PURGE_INTERVAL = 5 * 60_000;
const SHUTDOWN_PATIENCE = 10_000;

/** What may hold a secret: a management token, the key at rest, a database's password. */
const SECRET_VARIABLES = ["TOKENWARD_MANAGEMENT_TOKEN", "TOKENWARD_KEY", "DATABASE_URL"];

/** What development replaces: where pages come from, and what stands in front of the app. */
export type PageSource = (
  http: HttpServer,
  site: Site,
) => Promise<{ pages: Pages; before?: NodeMiddleware; close?: () => Promise<void> }>;

export interface Surroundings {
  /** Lines for a person. */
  print: (line: string) => void;
  /** Lines of the log, ended. */
  writeLog: (line: string) => void;
  clock?: Clock;
  pageSource?: PageSource;
}

export interface RunningGateway {
  publicUrl: string;
  port: number;
  /** Finishes what is in flight, then lets go of port and database. */
  close(): Promise<void>;
}

/** Starts a gateway and prints where it is. Throws StartError with a sentence for a person when it cannot. */
export async function startGateway(config: Config, surroundings: Surroundings): Promise<RunningGateway> {
  const { print, writeLog, clock = systemClock, pageSource = builtPages } = surroundings;
  const log = createLog(writeLog, clock);
  const cleanUps: (() => Promise<void>)[] = [];
  const cleanUp = async () => {
    for (const step of cleanUps.splice(0).reverse()) await step();
  };
  try {
    await prepareDirectory(config.dataDirectory);
    await refuseSecondGateway(config.dataDirectory);
    const importTokens = config.importFile === undefined ? undefined : await readImport(config.importFile);
    const tls = config.tls === undefined ? undefined : await readTls(config.tls);
    const http = await listen({ ...config, tls });
    cleanUps.push(() => http.close(SHUTDOWN_PATIENCE));

    const key = await loadKey(config.key);
    const database = await openDatabase({
      url: config.databaseUrl,
      file: join(config.dataDirectory, "tokenward.db"),
      onConnectionLost: () => log.error({ event: "a connection to the database was lost" }),
    });
    // Before the port's own clean-up in the list, hence after it when stopping.
    cleanUps.unshift(database.close);
    const { db } = database;
    const tokenFile = join(config.dataDirectory, "management-token");
    let tokenFileWritten = false;
    await setUpOwnCluster({
      db,
      clock,
      sample: config.sample,
      importTokens,
      firstManagementToken: config.managementToken,
      async keepManagementToken(secret) {
        await writeSecretFile(tokenFile, secret);
        tokenFileWritten = true;
      },
    });

    const site = createSite({
      ...config,
      port: http.port,
      tls: tls !== undefined,
    });
    const { pages, before, close: closePages } = await pageSource(http, site);
    if (closePages !== undefined) cleanUps.push(closePages);
    const instance = randomUUID();
    const listCache = createListCache();
    const clusters = createClusterRegistry(
      await loadOwnClusters(db, (cluster) => createOwnCluster({ database, clock, cluster, listCache })),
    );
    const app = createApp({
      db,
      instance,
      key,
      clock,
      random: systemRandom,
      site,
      clusters,
      pages,
      log,
      trustedProxies: config.trustedProxies,
      mutationRate: config.mutationRate,
    });
    const purge = () =>
      app.purge().catch((error: unknown) => log.error({ event: "purge failed", reason: codeOf(error) }));
    const purging = setInterval(() => void purge(), PURGE_INTERVAL).unref();
    cleanUps.push(async () => clearInterval(purging));
    await purge();

    http.serve((request, connection) => app.hono.fetch(request, connection), {
      secure: site.secure,
      log,
      ...(before === undefined ? {} : { before }),
    });
    const code = await createSignInCode(db, clock, systemRandom);
    await writeRunRecord(config.dataDirectory, {
      pid: process.pid,
      publicUrl: site.publicUrl,
      startedAt: toInstant(clock()),
      localUrl: localUrl({ host: config.host, port: http.port, tls: tls !== undefined }),
      instance,
    });
    cleanUps.push(() => removeRunRecord(config.dataDirectory, instance));
    print(`Tokenward is ready at ${site.publicUrl}`);
    print(signInLine(site.publicUrl, code));
    if (tokenFileWritten) print(`The first management token is in ${tokenFile}`);
    for (const line of await remarks(config, site, clusters.main.service)) print(line);
    return { publicUrl: site.publicUrl, port: http.port, close: cleanUp };
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
}

export function signInLine(publicUrl: string, code: string): string {
  return `Sign in once, within 10 minutes: ${publicUrl}/sign-in?code=${code}`;
}

/** What somebody may not expect, a line each. */
async function remarks(config: Config, site: Site, service: TokenService): Promise<string[]> {
  const lines: string[] = [];
  if (!isLoopback(config.host) && config.publicUrl === undefined) {
    lines.push(`Only requests to ${site.publicUrl} are answered: --public-url names another address.`);
  }
  const { managementToken: secret } = config;
  if (secret !== undefined && !(await isAccepted(service, secret))) {
    lines.push("TOKENWARD_MANAGEMENT_TOKEN is not a token of this cluster: only the first start uses it.");
  }
  return lines;
}

async function isAccepted(service: TokenService, secret: string): Promise<boolean> {
  try {
    await service.authenticate({ kind: "management_token", secret });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

async function prepareDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    if (!(await stat(directory)).isDirectory()) {
      throw new StartError(
        `The data directory ${directory} is not a directory: choose another with --data-dir.`,
      );
    }
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = `The data directory ${directory} cannot be written (${codeOf(error)}): choose another with --data-dir.`;
    throw new StartError(message, { cause: error });
  }
}

/** Not mkdir's own `recursive`: under a file system that takes no directories (/proc) Node 20 then never returns. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || dirname(directory) === directory) throw error;
    await makeDirectory(dirname(directory));
    await mkdir(directory, { mode: 0o700 });
  }
}

async function readImport(file: string): Promise<unknown> {
  const text = await readFileOrStop(file, "--import");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StartError(`The file ${file} of --import is not valid JSON.`, { cause: error });
  }
}

async function readTls(tls: { certFile: string; keyFile: string }): Promise<{ cert: string; key: string }> {
  return {
    cert: await readFileOrStop(tls.certFile, "--tls-cert"),
    key: await readFileOrStop(tls.keyFile, "--tls-key"),
  };
}

async function readFileOrStop(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new StartError(`The file ${file} of ${option} cannot be read (${codeOf(error)}).`, {
      cause: error,
    });
  }
}

const builtPages: PageSource = async () => {
  // Built, this file is dist/server/main.js; from source it is src/server/main.ts.
  const isBuilt = import.meta.url.endsWith("/dist/server/main.js");
  const directory = new URL(isBuilt ? "../browser/" : "../../dist/browser/", import.meta.url);
  return { pages: createStaticFiles(fileURLToPath(directory)) };
};

/** The whole life of the process: reads arguments and environment, runs until a signal, sets the exit code. */
export async function runFromCommandLine(
  args: readonly string[],
  pageSource: PageSource = builtPages,
): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const config = readConfig(args, process.env);
    if (config === "help") {
      print(helpText());
      return;
    }
    // No secret stays where a child process or a crash report could pick it up.
    for (const name of SECRET_VARIABLES) delete process.env[name];
    const writeLog = (line: string) => void process.stderr.write(line);
    const gateway = await startGateway(config, { print, writeLog, pageSource });
    let stopping = false;
    const stop = () => {
      // A second signal means it: no more waiting.
      if (stopping) process.exit(1);
      stopping = true;
      void gateway.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

const entry = process.argv[1];
if (entry !== undefined && import.meta.url.startsWith("file:") && isEntry(entry)) {
  await runFromCommandLine(process.argv.slice(2));
}

function isEntry(path: string): boolean {
  try {
    return realpathSync(path) === realpathSync(fileURLToPath(import.meta.url));
  } catch {
    return false;
  }
}
