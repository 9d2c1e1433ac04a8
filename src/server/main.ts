import { randomUUID } from "node:crypto";
import { constants, existsSync, realpathSync } from "node:fs";
import { access, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CHAOS_HEADER } from "#contract/headers.ts";
import { startShippingOf } from "./activity/shipping-targets.ts";
import { ApiError } from "./api-error.ts";
import { createApp } from "./app.ts";
import { type Clock, systemClock, toInstant } from "./clock.ts";
import { type ClusterEntry, createClusterRegistry, loadOwnClusters } from "./clusters.ts";
import { type Config, helpText, readConfig } from "./config.ts";
import { configuredClusters } from "./configured-clusters.ts";
import { CHANGE_LIMIT } from "./deadline.ts";
import { openDatabase } from "./database/connect.ts";
import { CLUSTER_ID, setUpOwnCluster } from "./database/own-cluster-setup.ts";
import type { Pages } from "./gateway.ts";
import { codeOf, loadKey } from "./key-file.ts";
import { createListCache } from "./lists/list-cache.ts";
import { createLog, type Log } from "./log.ts";
import { measureLoopLag } from "./loop-lag.ts";
import { countedUpstream } from "./metrics/counted-upstream.ts";
import { metricsPage } from "./metrics/metrics.ts";
import type { PrometheusMetrics } from "./metrics/prometheus.ts";
import { type HttpServer, listen, type NodeMiddleware } from "./node-http.ts";
import { createIdentityProvider } from "./oidc/identity-provider.ts";
import { type Configuration, readConfiguration } from "./profiles/read-configuration.ts";
import { LEASE } from "./operations/operation-store.ts";
import { createReadiness } from "./readiness.ts";
import { refuseSecondGateway, removeRunRecord, writeRunRecord } from "./run-record.ts";
import { systemRandom } from "./sealing.ts";
import { writeSecretFile } from "./secret-file.ts";
import { createService } from "./services/create-service.ts";
import { createTurns } from "./services/in-turn.ts";
import { createOwnCluster } from "./services/own-cluster.ts";
import type { TokenService } from "./services/token-service.ts";
import { createUpstream } from "./services/upstream.ts";
import { createSignInCode } from "./session/sign-in-codes.ts";
import { createSite, isLoopback, localUrl, type Site } from "./site.ts";
import { StartError } from "./start-error.ts";
import { createStaticFiles } from "./static-files.ts";

const PURGE_INTERVAL = 5 * 60_000;
/** A change may be committed until 12 s after it came; after that it has 20 s to be recorded and answered. */
const SHUTDOWN_PATIENCE = CHANGE_LIMIT + 20_000;

/** What may hold a secret: a management token, the key at rest, a database's password, who may write elsewhere. */
const SECRET_VARIABLES = [
  "TOKENWARD_MANAGEMENT_TOKEN",
  "TOKENWARD_KEY",
  "TOKENWARD_METRICS_TOKEN",
  "DATABASE_URL",
  "TOKENWARD_ACTIVITY_WEBHOOK",
  "TOKENWARD_ACTIVITY_WEBHOOK_TOKEN",
];

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
  /** Where metrics are, when they have a port of their own. */
  metricsPort: number | undefined;
  /**
   * Says that it is stopping, finishes what is in flight, then lets go of port and database. Again: waits for the same.
   */
  close(): Promise<void>;
}

/** Starts a gateway and prints where it is. Throws StartError with a sentence for a person when it cannot. */
export async function startGateway(config: Config, surroundings: Surroundings): Promise<RunningGateway> {
  const { print, writeLog, clock = systemClock, pageSource = builtPages } = surroundings;
  const log = createLog(writeLog, clock, config.logLevel);
  const cleanUps: (() => Promise<void>)[] = [];
  const cleanUp = async () => {
    for (const step of cleanUps.splice(0).reverse()) await step();
  };
  try {
    await prepareDirectory(config.dataDirectory);
    await refuseSecondGateway(config.dataDirectory);
    const configuration = await configurationOf(config);
    const hasOwn =
      configuration === undefined || configuration.clusters.some(({ profile }) => profile.product === "own");
    if (config.importFile !== undefined && !hasOwn) {
      throw new StartError('--import needs the own cluster: a [[profile]] with product = "own".');
    }
    if (config.chaos > 0 && !hasOwn) {
      throw new StartError('CHAOS spoils the own cluster only: it needs a [[profile]] with product = "own".');
    }
    const importTokens = config.importFile === undefined ? undefined : await readImport(config.importFile);
    const tls = config.tls === undefined ? undefined : await readTls(config.tls);
    const http = await listen({ ...config, tls });
    let isIdle: () => Promise<void> = async () => {};
    cleanUps.push(async () => {
      const cutAt = performance.now() + SHUTDOWN_PATIENCE;
      await http.close(SHUTDOWN_PATIENCE);
      // A change whose caller has gone is finished all the same, and recorded.
      await Promise.race([isIdle(), delay(cutAt - performance.now(), undefined, { ref: false })]);
    });

    const key = await loadKey(config.key);
    const database = await openDatabase({
      url: config.databaseUrl,
      file: join(config.dataDirectory, "tokenward.db"),
      onConnectionLost: () => log.warn({ event: "a connection to the database was lost" }),
    });
    // Before the port's own clean-up in the list, hence after it when stopping.
    cleanUps.unshift(database.close);
    // After the port when stopping, as requests under way may need it, and before the database, which is last.
    const closeAfterPort = (close: () => Promise<void>) => void cleanUps.splice(1, 0, close);
    const { db } = database;
    const shipping = await startShippingOf(config, { db, locks: database.locks, log });
    // What requests under way record is shipped, too.
    closeAfterPort(() => shipping.stop());
    const tokenFile = join(config.dataDirectory, "management-token");
    let tokenFileWritten = false;
    if (hasOwn) {
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
    }

    const site = createSite({
      ...config,
      port: http.port,
      tls: tls !== undefined,
    });
    const metrics = await metricsFor(config.metrics);
    if (metrics !== undefined) closeAfterPort(async () => metrics.stop());
    const { pages, before, close: closePages } = await pageSource(http, site);
    if (closePages !== undefined) cleanUps.push(closePages);
    const instance = randomUUID();
    const listCache = createListCache();
    const own = await loadOwnClusters(db, (cluster) =>
      createOwnCluster({ database, clock, cluster, listCache }),
    );
    const inTurn = createTurns(database.locks?.hold);
    const ownEntry = own.find(({ cluster }) => cluster.clusterId === CLUSTER_ID);
    const clusters = createClusterRegistry(
      configuration === undefined
        ? own
        : configuredClusters(configuration, ownEntry, (profile) => {
            const bare = createUpstream(profile);
            const upstream = metrics === undefined ? bare : countedUpstream(bare, profile.slug, metrics);
            closeAfterPort(() => upstream.close());
            return createService(profile, { upstream, clock, db, acrossGateways: inTurn });
          }),
    );
    const oidc = configuration?.oidc;
    const provider = oidc === undefined ? undefined : createIdentityProvider(oidc, signInUrl(site), clock);
    if (provider !== undefined) closeAfterPort(() => provider.close());
    const loop = measureLoopLag();
    closeAfterPort(async () => loop.stop());
    let isStopping = false;
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
      maxRequests: config.maxRequests,
      loopLag: loop.lag,
      readiness: createReadiness({
        database,
        clock,
        isStopping: () => isStopping,
        isConfigured: () => clusters.entries.length > 0,
      }),
      metrics,
      onActivity: () => shipping.wake(),
      chaos: config.chaos === 0 ? undefined : { percent: config.chaos, fraction: Math.random, wait: delay },
      identityProvider:
        oidc === undefined || provider === undefined ? undefined : { settings: oidc, provider },
    });
    isIdle = app.idle;
    metrics?.read(app.sources);
    const purge = () =>
      app.purge().catch((error: unknown) => log.error({ event: "purge failed", reason: codeOf(error) }));
    const purging = setInterval(() => void purge(), PURGE_INTERVAL).unref();
    cleanUps.push(async () => clearInterval(purging));
    await purge();
    const reconcile = (isOnly = false) =>
      app
        .reconcile(isOnly)
        .catch((error: unknown) => log.error({ event: "reconciliation failed", reason: codeOf(error) }));
    const reconciling = setInterval(() => void reconcile(), LEASE).unref();
    cleanUps.push(async () => clearInterval(reconciling));
    // A file is one gateway's: what was under way when the last one ended is nobody's now.
    await reconcile(database.engine === "libsql");

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
      usesServer: config.databaseUrl !== undefined,
    });
    cleanUps.push(() => removeRunRecord(config.dataDirectory, instance));
    print(`Tokenward is ready at ${site.publicUrl}`);
    print(signInLine(site.publicUrl, code));
    if (tokenFileWritten) print(`The first management token is in ${tokenFile}`);
    for (const line of configuration?.remarks ?? []) print(line);
    if (await app.hasAnotherKey()) {
      print(
        "Sessions in the database were sealed with another key: people will be signed out here. All gateways of one database need the same --key-file.",
      );
    }
    const shownOwn = clusters.entries.find(({ cluster }) => cluster.product === "own");
    for (const line of await remarks(config, site, shownOwn)) print(line);
    const metricsPort = metrics === undefined ? undefined : await serveMetrics(config.metrics, metrics, log);
    if (metricsPort !== undefined) {
      // After the port of the gateway itself: somebody may want to watch how it ends.
      closeAfterPort(() => metricsPort.close(1000));
      print(`Metrics are at http://${config.metrics.host}:${metricsPort.port}/metrics`);
    }
    let closing: Promise<void> | undefined;
    const close = async () => {
      isStopping = true;
      log.info({ event: "stopping" });
      if (config.drainMillis > 0) await delay(config.drainMillis);
      await cleanUp();
    };
    return {
      publicUrl: site.publicUrl,
      port: http.port,
      metricsPort: metricsPort?.port,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
}

/** Loaded only where somebody wants it: a gateway without metrics starts no slower. */
async function metricsFor({ port, token }: Config["metrics"]): Promise<PrometheusMetrics | undefined> {
  if (port === undefined && token === undefined) return undefined;
  const { createPrometheusMetrics } = await import("./metrics/prometheus.ts");
  return createPrometheusMetrics(token);
}

/** Undefined without a port of its own. Throws StartError when it cannot be had. */
async function serveMetrics(
  { port, host, token }: Config["metrics"],
  metrics: PrometheusMetrics,
  log: Log,
): Promise<HttpServer | undefined> {
  if (port === undefined) return undefined;
  const http = await listen({ host, port });
  http.serve(metricsPage(metrics, isLoopback(host) ? undefined : token), { secure: false, log });
  return http;
}

/** Where the identity provider sends people back to. */
function signInUrl({ publicUrl }: Site): string {
  return `${publicUrl}/sign-in`;
}

export function signInLine(publicUrl: string, code: string): string {
  return `Sign in once, within 10 minutes: ${publicUrl}/sign-in?code=${code}`;
}

/** What somebody may not expect, a line each. */
async function remarks(config: Config, site: Site, own: ClusterEntry | undefined): Promise<string[]> {
  const lines: string[] = [];
  if (config.chaos > 0) {
    lines.push(
      `CHAOS: ${config.chaos} of 100 requests to the own cluster fail ON PURPOSE, marked with the header ${CHAOS_HEADER}. Do not use this for real work.`,
    );
  }
  if (!isLoopback(config.host) && config.publicUrl === undefined) {
    lines.push(`Only requests to ${site.publicUrl} are answered: --public-url names another address.`);
  }
  const { managementToken: secret } = config;
  if (secret !== undefined && own === undefined) {
    lines.push("TOKENWARD_MANAGEMENT_TOKEN is not used: the configuration has no own cluster.");
  }
  if (secret !== undefined && own !== undefined && !(await isAccepted(own.service, secret))) {
    lines.push("TOKENWARD_MANAGEMENT_TOKEN is not a token of this cluster: only the first start uses it.");
  }
  // Never used without being asked for: it names clusters that somebody may not mean to open here.
  if (config.profiles === undefined && existsSync(config.influxctlFile)) {
    lines.push(`influxctl's profiles are in ${config.influxctlFile}: --influxctl shows their clusters here.`);
  }
  return lines;
}

/** Undefined without a file: then there is the own cluster. */
async function configurationOf(config: Config): Promise<Configuration | undefined> {
  if (config.profiles === undefined) return undefined;
  return readConfiguration({
    ...config.profiles,
    tokensRefusal: fileTokensRefusal(config),
    // The identity provider sends people back to an address that it was told before.
    oidcRefusal:
      config.publicUrl === undefined && !isLoopback(config.host)
        ? "needs --public-url, the address that people come back to"
        : undefined,
  });
}

/**
 * Whoever holds a one-time link would act with the tokens of the file: only where a link and the machine's own users are
 * as good as the same.
 */
function fileTokensRefusal({ host, trustedProxies, publicUrl }: Config): string | undefined {
  const isLocal =
    isLoopback(host) &&
    trustedProxies.size === 0 &&
    (publicUrl === undefined || isLoopback(new URL(publicUrl).hostname));
  return isLocal
    ? undefined
    : "The configuration file has a token for this cluster, which is used only by a gateway on a loopback address, without a trusted proxy and under a loopback name.";
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
    const writeLog = writeTogether((text) => void process.stderr.write(text));
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

/** Writing takes a tenth of the time of a short request: what was logged in one turn of the event loop goes out at once. */
function writeTogether(write: (text: string) => void): (line: string) => void {
  let lines = "";
  const flush = () => {
    if (lines !== "") write(lines);
    lines = "";
  };
  process.on("exit", flush);
  return (line) => {
    if (lines === "") setImmediate(flush);
    lines += line;
  };
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
