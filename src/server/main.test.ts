import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type RequestOptions, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { localhostCertificate } from "./certificate-for-tests.ts";
import { type Config, readConfig } from "./config.ts";
import { loadKey } from "./key-file.ts";
import { type PageSource, runFromCommandLine, type RunningGateway, startGateway } from "./main.ts";
import { readRunRecord, writeRunRecord } from "./run-record.ts";
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

test("the token's file is new and its owner's only, whatever stood there, and nothing else stays behind", async () => {
  const tokenFile = join(directory, "management-token");
  writeFileSync(tokenFile, "of an earlier database\n");
  chmodSync(tokenFile, 0o644);
  const { gateway } = await start();
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const token = readFileSync(tokenFile, "utf8").trim();
  expect((await listTokens(gateway.publicUrl, token)).status).toBe(200);
  expect(readdirSync(directory).filter((name) => name.startsWith("management-token"))).toEqual([
    "management-token",
  ]);
});

test("where the token cannot be kept no cluster is made, and the next start makes both", async () => {
  const tokenFile = join(directory, "management-token");
  // A file cannot take the place of a directory that holds something.
  mkdirSync(join(tokenFile, "in the way"), { recursive: true });
  await expect(start()).rejects.toThrow(/management-token cannot be written/);
  rmSync(tokenFile, { recursive: true });
  const { gateway, printed } = await start();
  expect(printed.at(-1)).toContain(tokenFile);
  const token = readFileSync(tokenFile, "utf8").trim();
  expect((await listTokens(gateway.publicUrl, token)).status).toBe(200);
});

test("6. no secret stays in the environment, for a child process to find", async () => {
  const secrets = {
    TOKENWARD_MANAGEMENT_TOKEN: "environment-token-0123456789-0123456789",
    TOKENWARD_KEY: Buffer.alloc(32, 7).toString("base64"),
    TOKENWARD_METRICS_TOKEN: "metrics-token-0123456789-0123456789-0123",
    TOKENWARD_ACTIVITY_WEBHOOK: "https://localhost:1/hidden-path",
    TOKENWARD_ACTIVITY_WEBHOOK_TOKEN: "hidden-webhook-token",
    DATABASE_URL: "postgres://me:hidden-password@127.0.0.1:1/x",
  };
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { exitCode } = process;
  try {
    await runFromCommandLine(["--port", "0", "--data-dir", directory], pageSource);
    expect(process.exitCode).toBe(1);
    expect(said.mock.calls.join("")).toContain("PostgreSQL at 127.0.0.1:1");
    expect(said.mock.calls.join("")).not.toMatch(/hidden|metrics-token|environment-token/);
    for (const name of Object.keys(secrets)) expect(process.env[name], name).toBeUndefined();
    // The key was taken from there: no file was made for one.
    expect(existsSync(join(directory, "key"))).toBe(false);
  } finally {
    process.exitCode = exitCode;
    vi.unstubAllEnvs();
  }
});

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

function askOverTls(url: string, options: RequestOptions, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { ...options, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        const { statusCode: status, headers } = answer;
        resolve({ status, headers, body: JSON.parse(text) as unknown });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test("4. with a certificate it serves https: signing in gives a __Host- cookie, and every answer asks for TLS", async () => {
  const { cert, key } = localhostCertificate();
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  const { gateway, printed } = await start(["--tls-cert", files.cert, "--tls-key", files.key]);
  const origin = `https://localhost:${gateway.port}`;
  expect(printed[0]).toBe(`Tokenward is ready at ${origin}`);
  const link = new URL(/https:\S+/.exec(printed[1] ?? "")?.[0] ?? "");
  expect(link.origin).toBe(origin);

  const tls = { ca: cert };
  const fromPage = {
    "Content-Type": "application/json",
    "X-Tokenward-Request": "interactive",
    "Sec-Fetch-Site": "same-origin",
    Origin: origin,
  };
  const code = link.searchParams.get("code");
  const signedIn = await askOverTls(
    `${origin}/api/session`,
    { ...tls, method: "POST", headers: fromPage },
    { method: "link", code },
  );
  expect(signedIn.status).toBe(200);
  expect(signedIn.headers["strict-transport-security"]).toBe("max-age=31536000");
  const [cookie] = signedIn.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/^__Host-tokenward=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);

  const session = await askOverTls(`${origin}/api/session`, {
    ...tls,
    headers: { ...fromPage, Cookie: cookie?.split(";")[0] },
  });
  expect(session.body).toMatchObject({ signedIn: true });
  // The page of another origin on this machine is not ours, not even over http on the same port.
  const foreign = await askOverTls(
    `${origin}/api/session`,
    { ...tls, method: "POST", headers: { ...fromPage, Origin: `http://localhost:${gateway.port}` } },
    { method: "link", code },
  );
  expect(foreign.status).toBe(403);
  // What Node's parser refuses asks for TLS as well.
  const unreadable = await askOverTls(origin, { ...tls, headers: { "X-Long": "x".repeat(17_000) } });
  expect(unreadable.status).toBe(431);
  expect(unreadable.headers["strict-transport-security"]).toBe("max-age=31536000");
});

test("a certificate of another key is one sentence", async () => {
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  writeFileSync(files.cert, localhostCertificate().cert);
  writeFileSync(files.key, localhostCertificate().key);
  await expect(start(["--tls-cert", files.cert, "--tls-key", files.key])).rejects.toThrow(
    "The TLS certificate and key cannot be used together.",
  );
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
  await expect(start(["--data-dir", join(directory, "file")])).rejects.toThrow(
    `The data directory ${join(directory, "file")} is not a directory: choose another with --data-dir.`,
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

test("a management token of the environment that a later start cannot use is remarked on, and not repeated", async () => {
  const token = "environment-token-0123456789-0123456789";
  const remark = "TOKENWARD_MANAGEMENT_TOKEN is not a token of this cluster: only the first start uses it.";
  const first = await start([], { TOKENWARD_MANAGEMENT_TOKEN: token });
  await first.gateway.close();
  const same = await start([], { TOKENWARD_MANAGEMENT_TOKEN: token });
  expect([...first.printed, ...same.printed]).not.toContain(remark);
  await same.gateway.close();
  const other = await start([], { TOKENWARD_MANAGEMENT_TOKEN: `another-${token}` });
  expect(other.printed).toContain(remark);
  expect([...other.printed, ...other.logged].join("")).not.toContain(token);
});

test("beyond loopback without a public URL it says which name alone is answered", async () => {
  const { cert, key } = localhostCertificate();
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  const tls = ["--tls-cert", files.cert, "--tls-key", files.key, "--host", "0.0.0.0"];
  const { gateway, printed } = await start(tls);
  expect(printed).toContain(
    `Only requests to https://localhost:${gateway.port} are answered: --public-url names another address.`,
  );
  await gateway.close();
  const named = await start([...tls, "--public-url", "https://tokens.example.com"]);
  expect(named.printed.join("")).not.toContain("Only requests");
});

test("another gateway that runs on the data directory is left alone", async () => {
  const { gateway } = await start();
  // As if this process were not the one that runs it.
  const record = await readRunRecord(directory);
  if (record === undefined) throw new Error("no record");
  await writeRunRecord(directory, { ...record, pid: process.ppid });
  await expect(start()).rejects.toThrow(
    `A gateway runs on this data directory already (process ${process.ppid}, ${gateway.publicUrl}).`,
  );
  await gateway.close();
  // It is not this process's record, so it stayed; nobody answers any more.
  expect(await readRunRecord(directory)).toBeDefined();
  await start();
});
