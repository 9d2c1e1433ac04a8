import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Database from "libsql";
import { DatabaseSnapshot } from "./database-snapshot.ts";

export interface GatewayOptions {
  /** Further flags, such as `--no-sample`. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Loaded with `--import`: tokens as the Management API lists them. */
  importTokens?: readonly unknown[];
  /** Where browsers reach it, when something stands in between. */
  publicUrl?: string;
  /** Its first management token, where several have one cluster; otherwise one is made up. */
  managementToken?: string;
  /** What Node runs: the built server, unless something else is named. */
  program?: readonly string[];
  /** False: what it logs goes to a file with its data, which nobody reads. For hundreds of thousands of requests. */
  keepsLog?: boolean;
}

/** An answer of the gateway, read to its end. */
export interface GatewayAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

const START_SECONDS = 120;
const STOP_SECONDS = 10;
const READY = /^Tokenward is ready at (\S+)$/m;
const LINK = /https?:\/\/\S+\/sign-in\?code=\S+/;

/** The environment without what it says about other gateways. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(TOKENWARD_|DATABASE_URL$|CHAOS$|NODE_OPTIONS$|PG)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}

/** A gateway of one's own: the built server in a process, on a free port, with its data in a temporary folder. */
export class GatewayProcess {
  /** Its first management token; a canary, since it must never come out again. */
  readonly managementToken: string;
  readonly dataDir: string;
  readonly #options: GatewayOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #port: number | undefined;
  #url = "";
  #output = "";
  #log = "";
  readonly #starts: { from: number; to: number }[] = [];
  #snapshot: DatabaseSnapshot | undefined;
  #newLink: string | undefined;

  private constructor(options: GatewayOptions, dataDir: string) {
    this.#options = options;
    this.dataDir = dataDir;
    this.managementToken = options.managementToken ?? `canary-${randomBytes(24).toString("hex")}`;
  }

  static async start(options: GatewayOptions = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(options, await mkdtemp(join(tmpdir(), "tokenward-e2e-")));
    const first: string[] = [];
    if (options.importTokens !== undefined) {
      const file = join(gateway.dataDir, "import.json");
      await writeFile(file, JSON.stringify(options.importTokens));
      first.push("--import", file);
    }
    try {
      // Behind a public address the ready line does not tell the port that is listened on.
      if (options.publicUrl !== undefined) gateway.#port = await freePort();
      await gateway.#launch(first);
    } catch (error) {
      await gateway.dispose();
      throw error;
    }
    return gateway;
  }

  /** Where a browser reaches it, without a trailing slash. */
  get url(): string {
    return this.#url;
  }

  /** Where it listens itself; differs from `url` behind a proxy. */
  get ownUrl(): string {
    return `http://localhost:${String(this.#port)}`;
  }

  /** The number of the process of the latest start; 0 when there is none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Whether it was being started at this instant, in milliseconds: it answers 503 to whoever asks meanwhile. */
  wasStarting(at: number): boolean {
    return this.#starts.some(({ from, to }) => from <= at && at <= to);
  }

  /** What it wrote to stderr since the beginning, restarts included. */
  get log(): string {
    return this.#log;
  }

  /** What it wrote to stdout since the beginning. */
  get output(): string {
    return this.#output;
  }

  /** Not in its own folder, which some tests search. */
  get #keptFile(): string {
    return `${this.dataDir}.kept.db`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The one-time link of the latest start, or of `putDataBack` since. */
  get signInLink(): string {
    if (this.#newLink !== undefined) return this.#newLink;
    const link = this.#output.match(new RegExp(LINK, "g"))?.at(-1);
    if (link === undefined) throw new Error(`The gateway printed no sign-in link:\n${this.#output}`);
    return link;
  }

  async #launch(more: readonly string[]): Promise<void> {
    const {
      args = [],
      env = {},
      publicUrl,
      program = ["dist/server/main.js"],
      keepsLog = true,
    } = this.#options;
    const start = { from: Date.now(), to: Infinity };
    this.#starts.push(start);
    this.#newLink = undefined;
    const logFile = keepsLog ? undefined : await open(join(this.dataDir, "gateway.log"), "a");
    const address = publicUrl === undefined ? [] : ["--public-url", publicUrl];
    const child = spawn(
      process.execPath,
      [
        ...program,
        "--port",
        String(this.#port ?? 0),
        "--data-dir",
        this.dataDir,
        ...address,
        ...args,
        ...more,
      ],
      {
        stdio: ["ignore", "pipe", logFile?.fd ?? "pipe"],
        env: { ...cleanEnvironment(), TOKENWARD_MANAGEMENT_TOKEN: this.managementToken, ...env },
      },
    );
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("exit", () => resolve()));
    const from = this.#output.length;
    const ready = new Promise<string>((resolve, reject) => {
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        const said = this.#output.slice(from);
        const url = READY.exec(said)?.[1];
        // The link is a line of its own, after the first.
        if (url !== undefined && LINK.test(said) && said.endsWith("\n")) resolve(url);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        reject(new Error(`The gateway ended (${String(code ?? signal)}) before it was ready:\n${this.#log}`));
      });
      setTimeout(() => {
        reject(new Error(`The gateway was not ready in ${String(START_SECONDS)} s:\n${this.#log}`));
      }, START_SECONDS * 1000).unref();
    });
    try {
      this.#url = await ready;
    } finally {
      start.to = Date.now();
      // The process has its own.
      await logFile?.close();
    }
    this.#port ??= Number(new URL(this.#url).port);
  }

  /** Ends it as Ctrl-C does and waits for that. Data stays. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGINT");
    const late = await Promise.race([
      this.#exited.then(() => false),
      wait(STOP_SECONDS * 1000, true, { ref: false }),
    ]);
    if (late) await this.kill();
  }

  /** Sends a signal and says how the process ended, as late as it may be. Data stays. */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const child = this.#child;
    child?.kill(signal);
    await this.#exited;
    return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null };
  }

  /** Ends it without a chance to tidy up, as a power cut would. Data stays. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Starts it again on the same port with the same data, after ending it cleanly when it still runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#launch([]);
  }

  /** Copies its data for `putDataBack`. */
  async keepData(): Promise<void> {
    this.#snapshot = DatabaseSnapshot.take(await this.#databaseFile(), this.#keptFile);
  }

  /** Its data is what it was at `keepData`, but for a sign-in link of its own. It may be running. */
  putDataBack(): void {
    if (this.#snapshot === undefined) throw new Error("Nothing was kept that could be put back.");
    const code = randomBytes(32).toString("base64url");
    this.#snapshot.putBack((database) => {
      database
        .prepare("INSERT INTO sign_in_codes (code_hash, expires_at) VALUES (?, ?)")
        .run(createHash("sha256").update(code).digest("hex"), Date.now() + 600_000);
    });
    this.#newLink = `${this.url}/sign-in?code=${code}`;
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
    await rm(this.#keptFile, { force: true });
  }

  /**
   * Asks the gateway itself, past any proxy, with the management token: what the server holds to be true. With `cookie`,
   * which may be empty, as its own pages do. `path` begins with `/`.
   */
  api(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: unknown; cookie?: string } = {},
  ): Promise<GatewayAnswer> {
    const body = init.body === undefined ? undefined : JSON.stringify(init.body);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: "127.0.0.1",
          port: this.#port,
          path,
          method: init.method ?? "GET",
          agent: false,
          headers: {
            // The gateway answers to its public name only.
            Host: new URL(this.#url).host,
            ...(init.cookie === undefined
              ? { Authorization: `Bearer ${this.managementToken}` }
              : {
                  Cookie: init.cookie,
                  "Sec-Fetch-Site": "same-origin",
                  "X-Tokenward-Request": "interactive",
                }),
            Accept: "application/json",
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...init.headers,
          },
        },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const { statusCode = 0, headers } = answer;
            resolve({ status: statusCode, headers, text, json: () => JSON.parse(text) as unknown });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  /** Bytes that the process of the latest start had in memory at the most. Linux only. */
  async mostMemory(): Promise<number> {
    const status = await readFile(`/proc/${String(this.#child?.pid)}/status`, "utf8");
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`The system does not say what the gateway took:\n${status}`);
    return Number(kilobytes) * 1024;
  }

  /** Rows of a query on the gateway's own database file, which it may be using meanwhile. Nothing can be changed. */
  async databaseRows(sql: string, ...parameters: (string | number)[]): Promise<Record<string, unknown>[]> {
    const database = new Database(await this.#databaseFile(), { readonly: true });
    try {
      // The engine does not hold to `readonly` alone.
      database.exec("PRAGMA query_only = 1; PRAGMA busy_timeout = 5000");
      return database.prepare(sql).all(...parameters) as Record<string, unknown>[];
    } finally {
      database.close();
    }
  }

  async #databaseFile(): Promise<string> {
    for (const name of await readdir(this.dataDir)) {
      const file = join(this.dataDir, name);
      const handle = await open(file, "r");
      try {
        const { buffer } = await handle.read({ buffer: Buffer.alloc(15), length: 15 });
        if (buffer.toString() === "SQLite format 3") return file;
      } finally {
        await handle.close();
      }
    }
    throw new Error("There is no database file in the data folder.");
  }
}
