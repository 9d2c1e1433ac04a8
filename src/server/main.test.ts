import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Config, readConfig } from "./config.ts";
import { loadKey } from "./key-file.ts";
import { type PageSource, type RunningGateway, startGateway } from "./main.ts";
import { readRunRecord } from "./run-record.ts";
import { StartError } from "./start-error.ts";

let directory: string;
let running: RunningGateway[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tokenward-main-"));
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  rmSync(directory, { recursive: true });
});

const pageSource: PageSource = async () => ({ pages: { answer: async () => new Response("page") } });

function configOf(args: string[], environment: Record<string, string> = {}): Config {
  const config = readConfig(["--port", "0", "--no-sample", "--data-dir", directory, ...args], environment);
  if (config === "help") throw new Error("help was asked for");
  return config;
}

async function start(args: string[] = [], environment: Record<string, string> = {}) {
  const printed: string[] = [];
  const logged: string[] = [];
  const gateway = await startGateway(configOf(args, environment), {
    print: (line) => printed.push(line),
    writeLog: (line) => logged.push(line),
    pageSource,
  });
  running.push(gateway);
  return { gateway, printed, logged };
}

const listTokens = (publicUrl: string, token: string) =>
  fetch(`${publicUrl}/api/v0/tokens`, { headers: { Authorization: `Bearer ${token}` } });

test("the first start prints where it is, a link and the file of the token it made", async () => {
  const { gateway, printed, logged } = await start();
  const tokenFile = join(directory, "management-token");
  expect(printed[0]).toBe(`Tokenward is ready at http://localhost:${gateway.port}`);
  expect(printed[1]).toMatch(/^Sign in once, .*: http:\/\/localhost:\d+\/sign-in\?code=[\w-]{43}$/);
  expect(printed[2]).toContain(tokenFile);
  for (const file of ["management-token", "key", "gateway.json"]) {
    expect(statSync(join(directory, file)).mode & 0o777, file).toBe(0o600);
  }
  const token = readFileSync(tokenFile, "utf8").trim();
  expect((await listTokens(gateway.publicUrl, token)).status).toBe(200);
  expect([...printed, ...logged].join("")).not.toContain(token);
});

test("a second start keeps the data and prints a new link; the record is gone after a clean stop", async () => {
  const first = await start();
  expect(await readRunRecord(directory)).toMatchObject({
    pid: process.pid,
    publicUrl: first.gateway.publicUrl,
  });
  await first.gateway.close();
  expect(await readRunRecord(directory)).toBeUndefined();
  const second = await start();
  expect(second.printed).toHaveLength(2);
  expect(second.printed[1]).not.toBe(first.printed[1]);
  const token = readFileSync(join(directory, "management-token"), "utf8").trim();
  expect((await listTokens(second.gateway.publicUrl, token)).status).toBe(200);
});

test("the environment's management token is the first one, and no file is written", async () => {
  const token = "environment-token-0123456789-0123456789";
  const { gateway } = await start([], { TOKENWARD_MANAGEMENT_TOKEN: token });
  expect((await listTokens(gateway.publicUrl, token)).status).toBe(200);
  expect(() => statSync(join(directory, "management-token"))).toThrow("ENOENT");
});

test("what stands in the way is one sentence, and the port is free again", async () => {
  const { gateway } = await start();
  await expect(start(["--port", String(gateway.port)])).rejects.toThrow(/already in use/);
  writeFileSync(join(directory, "file"), "");
  await expect(start(["--data-dir", join(directory, "file/x")])).rejects.toThrow(
    /cannot be written \(ENOTDIR\)/,
  );
  await expect(start(["--import", join(directory, "gone.json")])).rejects.toThrow(/--import cannot be read/);
  await expect(start(["--import", join(directory, "file")])).rejects.toThrow(/not valid JSON/);
  const url = "postgres://me:hidden-password@127.0.0.1:1/x";
  const unreachable = start([], { DATABASE_URL: url });
  await expect(unreachable).rejects.toThrow(StartError);
  await expect(unreachable).rejects.not.toThrow(/hidden-password/);
});

test("gateways that start at once on one key file share the key", async () => {
  const file = join(directory, "shared-key");
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadKey({ file: file })));
  expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
  expect(keys[0]).toHaveLength(32);
  writeFileSync(file, "not a key");
  await expect(loadKey({ file: file })).rejects.toThrow(/32 bytes/);
});
