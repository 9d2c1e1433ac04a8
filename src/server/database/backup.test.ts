import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { MANAGEMENT_TOKEN } from "#server/gateway-for-tests.ts";
import { readConfig } from "#server/config.ts";
import { type PageSource, type RunningGateway, startGateway } from "#server/main.ts";
import { backUpFile } from "./backup.ts";
import { onServer, postgresProgram } from "./postgres-for-tests.ts";

const postgresUrl = inject("postgresUrl");
const PERMISSIONS = [{ action: "write", resource: "ci" }];
const pageSource: PageSource = async () => ({ pages: { answer: async () => new Response("page") } });

let directory: string;
const running: RunningGateway[] = [];
const databases: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tokenward-backup-"));
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  rmSync(directory, { recursive: true });
  for (const name of databases.splice(0))
    await onServer(postgresUrl ?? "", `drop database ${name} with (force)`);
});

async function start(dataDirectory: string, environment: Record<string, string> = {}) {
  const config = readConfig(["--port", "0", "--no-sample", "--data-dir", dataDirectory], {
    TOKENWARD_MANAGEMENT_TOKEN: MANAGEMENT_TOKEN,
    ...environment,
  });
  if (config === "help") throw new Error("help was asked for");
  const printed: string[] = [];
  const surroundings = {
    print: (line: string) => void printed.push(line),
    writeLog: () => undefined,
    pageSource,
  };
  const gateway = await startGateway(config, surroundings);
  running.push(gateway);
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(gateway.publicUrl + path, {
      method,
      headers: {
        ...(headers["Cookie"] === undefined ? { Authorization: `Bearer ${MANAGEMENT_TOKEN}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text };
  };
  const link = printed.find((line) => line.includes("code=")) ?? "";
  return { gateway, ask, code: /code=([\w-]+)/.exec(link)?.[1] ?? "" };
}

type Started = Awaited<ReturnType<typeof start>>;

/** All that a restored gateway must still know, made through the API. */
async function fill({ gateway, ask, code }: Started) {
  const fromPage = {
    Origin: gateway.publicUrl,
    "Sec-Fetch-Site": "same-origin",
    "X-Tokenward-Request": "interactive",
    Cookie: "",
  };
  const signedIn = await ask("POST", "/api/session", { method: "link", code }, fromPage);
  const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  // Its name says the port, so that two gateways of one host do not take each other's.
  const cookieAt = ({ port }: RunningGateway) => cookie.replace(String(gateway.port), String(port));
  const key = { "Idempotency-Key": "made-before-the-backup" };
  const wanted = { description: "before the backup", permissions: PERMISSIONS };
  const created = await ask("POST", "/api/v0/tokens", wanted, key);
  const { id } = JSON.parse(created.text) as { id: string };
  const revoked = JSON.parse((await ask("POST", "/api/v0/tokens", wanted)).text) as { id: string };
  await ask("DELETE", `/api/v0/tokens/${revoked.id}`);
  await ask("POST", `/api/v0/tokens/${id}/suspension`);
  const know = async ({ gateway, ask }: Started) => ({
    list: JSON.parse((await ask("GET", "/api/v0/tokens")).text) as unknown,
    session: {
      ...(JSON.parse(
        (await ask("GET", "/api/session", undefined, { ...fromPage, Cookie: cookieAt(gateway) })).text,
      ) as object),
      now: "",
    },
    // The first answer, secret and all: sealed with the gateway's key and the raw one.
    repeated: (await ask("POST", "/api/v0/tokens", wanted, key)).text,
    suspension: (await ask("GET", `/api/v0/tokens/${id}/suspension`)).text,
    history: (await ask("GET", `/api/v0/tokens/${id}/history`)).text,
    historyOfTheRevoked: (await ask("GET", `/api/v0/tokens/${revoked.id}/history`)).text,
  });
  return { id, created, know };
}

async function expectRestored(original: Started, copy: Started, filled: Awaited<ReturnType<typeof fill>>) {
  const was = await filled.know(original);
  const is = await filled.know(copy);
  expect(is).toEqual(was);
  expect(was.session).toMatchObject({ signedIn: true });
  expect(was.repeated).toBe(filled.created.text);
  // It works, and the two have nothing to do with each other.
  expect((await copy.ask("DELETE", `/api/v0/tokens/${filled.id}/suspension`)).status).toBe(200);
  expect((await copy.ask("DELETE", `/api/v0/tokens/${filled.id}`)).status).toBe(204);
  expect(await filled.know(original)).toEqual(was);
}

test("a copy of the file, made while the gateway writes, is a whole gateway in a fresh folder", async () => {
  const from = join(directory, "from");
  const original = await start(from);
  const filled = await fill(original);
  // Changes go on while the copy is made by a process of its own, as a person makes it.
  const end = new AbortController();
  const writing = (async () => {
    while (!end.signal.aborted) {
      await original.ask("POST", "/api/v0/tokens", { description: "meanwhile", permissions: PERMISSIONS });
    }
  })();
  const file = join(directory, "it's a backup.db");
  try {
    const args = ["--import", "tsx", "src/scripts/backup.ts", file, "--data-dir", from];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain(join(from, "key"));
  } finally {
    end.abort();
    await writing;
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // What came during and after the copy is only in the original.
  for (const token of JSON.parse((await original.ask("GET", "/api/v0/tokens")).text) as {
    id: string;
    description: string;
  }[]) {
    if (token.description === "meanwhile") await original.ask("DELETE", `/api/v0/tokens/${token.id}`);
  }

  const to = join(directory, "to");
  const fresh = await start(to);
  await fresh.gateway.close();
  rmSync(join(to, "tokenward.db"));
  copyFileSync(file, join(to, "tokenward.db"));
  copyFileSync(join(from, "key"), join(to, "key"));
  const copy = await start(to);
  const withoutMeanwhile = (started: Started): Started => ({
    ...started,
    ask: async (...asked) => {
      const answer = await started.ask(...asked);
      if (asked[0] !== "GET" || asked[1] !== "/api/v0/tokens") return answer;
      const tokens = (JSON.parse(answer.text) as { description: string }[]).filter(
        ({ description }) => description !== "meanwhile",
      );
      return { ...answer, text: JSON.stringify(tokens) };
    },
  });
  await expectRestored(withoutMeanwhile(original), withoutMeanwhile(copy), filled);
});

test("a backup never goes over a file that is there, nor comes from nowhere", () => {
  const there = join(directory, "there");
  writeFileSync(there, "something else");
  expect(() => backUpFile(there, there)).toThrow(/cannot be written to .*EEXIST/);
  expect(() => backUpFile(join(directory, "gone.db"), join(directory, "new"))).toThrow(
    /There is no database/,
  );
  // What is no database leaves no half backup behind.
  expect(() => backUpFile(there, join(directory, "new"))).toThrow(/failed/);
  expect(() => statSync(join(directory, "new"))).toThrow("ENOENT");
});

test.skipIf(postgresUrl === undefined)(
  "pg_dump and pg_restore bring a gateway back with all that it knew",
  async () => {
    const at = (name: string) => {
      const url = new URL(postgresUrl ?? "");
      url.pathname = `/${name}`;
      return url.href;
    };
    const [one, other] = ["one", "other"].map((name) => `backup_${name}_${process.pid}_${Date.now()}`);
    if (one === undefined || other === undefined) throw new Error("no names");
    for (const name of [one, other]) {
      await onServer(postgresUrl ?? "", `create database ${name}`);
      databases.push(name);
    }
    const from = join(directory, "from");
    const original = await start(from, { DATABASE_URL: at(one) });
    const filled = await fill(original);
    const file = join(directory, "tokenward.dump");
    execFileSync(postgresProgram("pg_dump"), ["--format=custom", `--file=${file}`, at(one)]);
    execFileSync(postgresProgram("pg_restore"), [
      "--exit-on-error",
      "--no-owner",
      `--dbname=${at(other)}`,
      file,
    ]);

    const to = join(directory, "to");
    const copy = await start(to, {
      DATABASE_URL: at(other),
      TOKENWARD_KEY: join(from, "key"),
    });
    await expectRestored(original, copy, filled);
  },
);
