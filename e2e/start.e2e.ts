import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type APIRequestContext, test as base } from "@playwright/test";
import * as z from "zod/mini";
import { REQUEST_HEADER } from "#contract/headers.ts";
import { expect, signIn } from "./fixtures.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { PageGuards } from "./page-guards.ts";
import { runCommand, type RunningCommand } from "./running-command.ts";
import { drawnRows, tokensTable } from "./table.ts";

// The commands that the README names, run as it says. What is shown once that way is shown again by what npm would run:
// npm and the compiler of its scripts cost more than a gateway's start.

const READY = /^Tokenward is ready at (http:\/\/localhost:\d+)$/m;
const LINK = /http:\/\/localhost:\d+\/sign-in\?code=\S+/;
const LINK_PRINTED = new RegExp(`${LINK.source}\\n`);

interface Fixtures {
  /** An empty folder, as a clone's would be; `data` in it is what gateways are started on. */
  folder: string;
  /** Begins a command; what is left over at the end of the test is ended. */
  run: (program: string, ...args: string[]) => RunningCommand;
  npm: (...args: string[]) => RunningCommand;
}

const test = base.extend<Fixtures>({
  folder: async ({ browserName: _browserName }, use) => {
    const folder = await mkdtemp(join(tmpdir(), "tokenward-start-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  // Ended before the folder is removed.
  run: async ({ folder: _folder }, use) => {
    const commands: RunningCommand[] = [];
    await use((program, ...args) => {
      const command = runCommand(program, args);
      commands.push(command);
      return command;
    });
    for (const command of commands) await command.dispose();
  },
  npm: async ({ run }, use) => use((...args) => run("npm", ...args)),
});

function urlOf(command: RunningCommand): string {
  return READY.exec(command.output)?.[1] ?? "";
}

function linkOf(command: RunningCommand): string {
  return LINK.exec(command.output)?.[0] ?? "";
}

/** The gateway that runs on the folder's data, as it says itself; undefined after a clean end. */
async function runRecord(folder: string): Promise<{ pid: number } | undefined> {
  const text = await readFile(join(folder, "data", "gateway.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : runRecordSchema.parse(JSON.parse(text));
}

/** Signals the gateway itself, and not the shell and npm above it, which would end by the signal as well. */
async function interruptGateway(folder: string): Promise<void> {
  const record = await runRecord(folder);
  if (record === undefined) throw new Error("No gateway runs.");
  process.kill(record.pid, "SIGINT");
}

/** Signs in as the page behind a link does; the answer's status. */
async function spend(request: APIRequestContext, link: string): Promise<number> {
  const { origin, searchParams } = new URL(link);
  const answer = await request.post(`${origin}/api/session`, {
    headers: { Origin: origin, [REQUEST_HEADER]: "interactive" },
    data: { method: "link", code: searchParams.get("code") },
  });
  return answer.status();
}

/** The commands of the README's blocks that call curl, continued lines joined, without comments. */
async function readmeCurlCommands(): Promise<string[]> {
  const readme = await readFile("README.md", "utf8");
  return [...readme.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, block = ""]) => block)
    .filter((block) => block.includes("curl "))
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
    .filter((line) => line !== "" && !line.startsWith("#"));
}

const runRecordSchema = z.object({ pid: z.int() });
const madeTokenSchema = z.object({ id: z.string(), accessToken: z.string() });

test("npm start, twice: a link each time, the README's curl lines, data that stays, and a clean end", async ({
  folder,
  run,
  npm,
  request,
}) => {
  const onData = ["--data-dir", join(folder, "data")];
  const start = ["start", "--", "--port", "0", ...onData];
  const first = npm(...start);
  await first.printed(LINK_PRINTED);
  const url = urlOf(first);
  expect(linkOf(first)).toContain(`${url}/sign-in?code=`);
  expect(await spend(request, linkOf(first))).toBe(200);

  const another = npm("run", "sign-in-link", "--", ...onData);
  expect(await another.ended).toEqual({ code: 0, signal: null });
  expect(linkOf(another)).not.toBe(linkOf(first));
  expect(await spend(request, linkOf(another))).toBe(200);
  expect(await spend(request, linkOf(another))).toBe(401);

  // Each line in a shell of its own, after the line that sets the variable.
  const [setToken = "", ...curls] = await readmeCurlCommands();
  expect(setToken).toMatch(/^export MANAGEMENT_TOKEN=/);
  expect(curls.length).toBeGreaterThanOrEqual(4);
  let tokenId = "";
  for (const curl of curls) {
    const line = curl
      .replaceAll("http://localhost:4600", url)
      .replace(/^curl /, String.raw`curl --silent --show-error --write-out '\n%{http_code}' `);
    const { stdout } = await promisify(execFile)("sh", ["-c", `${setToken}\n${line}`], {
      cwd: folder,
      maxBuffer: 16_000_000,
      env: { ...process.env, TOKEN_ID: tokenId },
    });
    const [, body = "", status] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
    expect(status, `${curl}\n${body.slice(0, 500)}`).toMatch(/^20[04]$/);
    const isLines = curl.includes("format=jsonl");
    const answers = (isLines ? body.trimEnd().split("\n") : [body]).filter((text) => text !== "");
    for (const answer of answers) {
      const made = madeTokenSchema.safeParse(JSON.parse(answer));
      if (made.success && !isLines) tokenId = made.data.id;
    }
  }
  expect(tokenId).not.toBe("");

  expect(await runRecord(folder)).toBeDefined();
  first.interrupt();
  // The shell that npm runs the command in may end by the signal, after the gateway did.
  expect([0, 130, null]).toContain((await first.ended).code);
  expect(await runRecord(folder)).toBeUndefined();
  const orphan = run("node", "--import", "tsx", "src/scripts/sign-in-link.ts", ...onData);
  expect((await orphan.ended).code).toBe(1);
  expect(orphan.errors.trim()).toMatch(/^No gateway runs on \S+: start one with npm start.*\.$/);

  const second = npm(...start);
  const seconds = await second.printed(LINK_PRINTED);
  test.info().annotations.push({ type: "seconds from npm start to ready", description: seconds.toFixed(2) });
  expect(linkOf(second)).not.toContain(new URL(linkOf(first)).search);
  const oldCode = new URL(linkOf(first)).search;
  expect(await spend(request, `${urlOf(second)}/sign-in${oldCode}`)).toBe(401);
  expect(await spend(request, linkOf(second))).toBe(200);
  const managementToken = (await readFile(join(folder, "data", "management-token"), "utf8")).trim();
  const kept = await request.get(`${urlOf(second)}/api/v0/tokens/${tokenId}`, {
    headers: { Authorization: `Bearer ${managementToken}` },
  });
  expect(await kept.json()).toMatchObject({ id: tokenId, revokedAt: expect.any(String) });
  await interruptGateway(folder);
  expect(await second.ended).toEqual({ code: 0, signal: null });
});

test("what stands in the way of a start is one sentence and a failure", async ({ folder, run, npm }) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const port = String((holder.address() as AddressInfo).port);
  await writeFile(join(folder, "file"), "");

  const taken = npm("start", "--", "--port", port, "--no-sample", "--data-dir", join(folder, "other"));
  const below = join(folder, "file", "data");
  const unwritable = run("node", "dist/server/main.js", "--port", "0", "--data-dir", below);
  expect((await taken.ended).code).toBe(1);
  expect(taken.errors.trim()).toBe(
    `Port ${port} on 127.0.0.1 is already in use: choose another with --port.`,
  );
  expect((await unwritable.ended).code).toBe(1);
  expect(unwritable.errors.trim()).toMatch(
    /^The data directory \S+ cannot be written \(ENOTDIR\): [^\n]*\.$/,
  );
  expect(taken.output + unwritable.output).not.toMatch(READY);
  holder.close();
});

test("npm run dev: the same gateway and policy, and a page that keeps to it", async ({
  browser,
  folder,
  npm,
  request,
}) => {
  const policy = async (url: string) => {
    const headers = (await request.get(`${url}/sign-in`)).headers();
    return headers["content-security-policy"]?.replace(/'nonce-[\w+/=-]+'/, "'nonce-…'");
  };
  const built = await GatewayProcess.start({ args: ["--no-sample"] });
  const builtPolicy = await policy(built.url);
  await built.dispose();
  expect(builtPolicy).toContain("require-trusted-types-for 'script'");

  const dev = npm("run", "dev", "--", "--port", "0", "--data-dir", join(folder, "data"));
  await dev.printed(LINK_PRINTED);
  const url = urlOf(dev);
  expect(await policy(url)).toBe(builtPolicy);

  const managementToken = (await readFile(join(folder, "data", "management-token"), "utf8")).trim();
  const context = await browser.newContext({ baseURL: url });
  const guards = new PageGuards({ url, managementToken, log: "", output: "" });
  await guards.watch(context);
  const page = await context.newPage();
  await signIn(page, linkOf(dev));
  await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  expect(await page.evaluate(() => document.querySelector("script[src*='/@vite/client']") !== null)).toBe(
    true,
  );
  expect(await guards.faults()).toEqual([]);
  await context.close();
  await interruptGateway(folder);
  expect(await dev.ended).toEqual({ code: 0, signal: null });
  expect(dev.output + dev.errors).not.toContain(managementToken);
});
