import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  ORIGIN,
  startTestGateway,
  type TestGateway,
} from "./gateway-for-tests.ts";
import { createStaticFiles } from "./static-files.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";
let gateway: TestGateway;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tokenward-pages-"));
  mkdirSync(join(directory, "assets"));
  mkdirSync(join(directory, ".vite"));
  writeFileSync(
    join(directory, "index.html"),
    '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__">',
  );
  writeFileSync(join(directory, "favicon.svg"), "<svg/>");
  writeFileSync(join(directory, ".vite/manifest.json"), "{}");
  writeFileSync(join(directory, "assets/main-1234.js"), "console.log(1)");
  writeFileSync(join(directory, "assets/main-1234.js.map"), "{}");
  writeFileSync(join(directory, "assets/main-1234.js.br"), brotliCompressSync("console.log(1)"));
  gateway = await startTestGateway({ pages: createStaticFiles(directory) });
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true });
});
// Every test begins with fresh rate limits.
beforeEach(() => gateway.pass(60_000));

const problemOf = async (answer: Response) => problemSchema.parse(await answer.json());

/** Answers of every kind, each with the path that brings it. */
async function everyKind(): Promise<[string, Response][]> {
  const { send, bearer, page } = gateway;
  return [
    ["html", await send("/clusters/own/database-tokens")],
    ["asset", await send("/assets/main-1234.js")],
    ["not modified", await send("/favicon.svg", { headers: { "If-None-Match": "*" } })],
    ["api 200", await bearer("GET", "/api/v0/tokens")],
    ["api 204", await page("DELETE", "/api/session")],
    ["api 400", await bearer("POST", "/api/v0/tokens", "{")],
    ["api 401", await send("/api/v0/tokens")],
    ["api 403", await send("/api/session", { method: "POST", body: "{}" })],
    ["api 404", await send("/api/nothing")],
    ["api 405", await bearer("PUT", "/api/v0/tokens")],
    ["api 413", await bearer("POST", "/api/v0/tokens", "x".repeat(1_000_001))],
    ["file 404", await send("/assets/gone.js")],
    ["page 405", await send("/", { method: "POST" })],
    ["traversal", await send("/x", undefined, { target: "/../x" })],
    ["wrong host", await send("http://evil.example/")],
    ["health", await send("/healthz")],
  ];
}

test("1. the policy is the same on every kind of answer, with a nonce of 128 bits that differs", async () => {
  const nonces = new Set<string>();
  const answers = await everyKind();
  for (const [kind, answer] of answers) {
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(Buffer.from(nonce, "base64").length, kind).toBe(16);
    nonces.add(nonce);
    expect(policy.replace(nonce, "N"), kind).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
  }
  expect(nonces.size).toBe(answers.length);
});

test("1. the page carries the nonce of its own policy, and a cached file carries none", async () => {
  const answer = await gateway.send("/");
  const nonce = /'nonce-([^']+)'/.exec(answer.headers.get("Content-Security-Policy") ?? "")?.[1];
  expect(await answer.text()).toContain(`nonce="${nonce}"`);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(await (await gateway.send("/assets/main-1234.js")).text()).toBe("console.log(1)");
});

test("2. the other headers are on every answer, with no server version and no CORS", async () => {
  for (const [kind, { headers, status }] of await everyKind()) {
    expect(headers.get("X-Content-Type-Options"), kind).toBe("nosniff");
    expect(headers.get("Referrer-Policy"), kind).toBe("no-referrer");
    expect(headers.get("Cross-Origin-Opener-Policy"), kind).toBe("same-origin");
    expect(headers.get("Cross-Origin-Resource-Policy"), kind).toBe("same-origin");
    expect(headers.get("Permissions-Policy"), kind).toContain("camera=()");
    expect(headers.get("X-Request-Id"), kind).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("Strict-Transport-Security"), kind).toBeNull();
    if (status !== 204 && status !== 304)
      expect(headers.get("Content-Type"), kind).toContain("charset=utf-8");
    for (const name of headers.keys()) expect(name).not.toMatch(/^(server|x-powered-by|access-control-.*)$/);
  }
});

test("2. HSTS over https", async () => {
  const secure = await startTestGateway({ publicUrl: "https://tokens.example.com" });
  const answer = await secure.send("/healthz");
  expect(answer.headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{8}/);
  await secure.close();
});

test("2. unknown methods are 405 with Allow", async () => {
  for (const method of ["PUT", "OPTIONS", "PROPFIND", "DELETE"]) {
    const answer = await gateway.bearer(method, `${LONG}/tokens`);
    expect([method, answer.status]).toEqual([method, 405]);
    expect(answer.headers.get("Allow")).toBe("GET, HEAD, POST");
    expect((await problemOf(answer)).reason).toBe("method_not_allowed");
  }
  const page = await gateway.send("/sign-in", { method: "POST" });
  expect([page.status, page.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
});

test("2. /api never answers with HTML", async () => {
  for (const path of [
    "/api",
    "/api/",
    "/api/x",
    "/api/v0",
    "/api/v0/tokens/a/b",
    "/api/index.html",
    "/api/v0/x.js",
  ]) {
    const answer = await gateway.send(path, { headers: { Accept: "text/html" } });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
  }
});

test("3. API answers are not stored, hashed assets are immutable, source maps and build records are not served", async () => {
  for (const [kind, { headers }] of await everyKind()) {
    if (kind.startsWith("api")) expect(headers.get("Cache-Control"), kind).toBe("no-store");
  }
  const asset = await gateway.send("/assets/main-1234.js");
  expect(asset.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
  for (const path of [
    "/assets/main-1234.js.map",
    "/assets/main-1234.js.br",
    "/.vite/manifest.json",
    "/gone.js",
  ]) {
    expect((await gateway.send(path)).status, path).toBe(404);
  }
});

test("assets come compressed to who accepts it, with a validator", async () => {
  const get = (headers: Record<string, string>) => gateway.send("/assets/main-1234.js", { headers });
  const br = await get({ "Accept-Encoding": "gzip, br" });
  expect([br.headers.get("Content-Encoding"), br.headers.get("Vary")]).toEqual(["br", "Accept-Encoding"]);
  expect((await get({ "Accept-Encoding": "br;q=0" })).headers.get("Content-Encoding")).toBeNull();
  const tag = br.headers.get("ETag") ?? "";
  expect((await get({ "Accept-Encoding": "br", "If-None-Match": tag })).status).toBe(304);
  expect((await get({ "If-None-Match": tag })).status).toBe(200);
  expect((await gateway.send("/", { method: "HEAD" })).headers.get("Content-Type")).toContain("text/html");
});

test("6. a management token is in no answer, header, log line or database byte", async () => {
  const heard: string[] = [];
  const hear = async (answer: Response) => {
    heard.push(JSON.stringify([...answer.headers]), await answer.clone().text());
    return answer;
  };
  const body = { method: "management_token", managementToken: MANAGEMENT_TOKEN };
  const signedIn = await hear(await gateway.page("POST", "/api/session", { body }));
  const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  for (const path of [
    "/api/session",
    "/api/clusters",
    "/api/v0/tokens",
    MANAGEMENT,
    "/api/v0/openapi.json",
    "/",
  ]) {
    await hear(await gateway.page("GET", path, { cookie }));
  }
  await hear(await gateway.page("POST", "/api/v0/tokens", { cookie, body: { description: "x" } }));
  // Pasted into places where it does not belong.
  await hear(await gateway.bearer("DELETE", `/api/v0/tokens/${MANAGEMENT_TOKEN}`));
  await hear(await gateway.bearer("GET", `/${MANAGEMENT_TOKEN}`));
  await hear(await gateway.bearer("GET", `/api/v0/tokens?token=${MANAGEMENT_TOKEN}`));
  await hear(await gateway.bearer("POST", "/api/v0/tokens", MANAGEMENT_TOKEN));
  expect(heard.join("\n")).not.toContain(MANAGEMENT_TOKEN);
  expect(gateway.logLines.length).toBeGreaterThan(9);
  expect(gateway.logLines.join("\n")).not.toContain(MANAGEMENT_TOKEN);
  expect((await gateway.database.bytes()).includes(MANAGEMENT_TOKEN)).toBe(false);
});

test("7. forwarding headers of an untrusted client change nothing: neither the host nor who is counted", async () => {
  const wrong = (forwarded: string) =>
    gateway.page("POST", "/api/session", {
      body: { method: "management_token", managementToken: "w".repeat(40) },
      headers: { "X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example" },
    });
  for (let attempt = 0; attempt < 10; attempt++) expect((await wrong(`192.0.2.${attempt}`)).status).toBe(401);
  expect((await wrong("192.0.2.99")).status).toBe(429);
  const evil = await gateway.send("http://evil.example/", {
    headers: { "X-Forwarded-Host": "localhost:4600" },
  });
  expect(evil.status).toBe(421);
});

test("8. traversal, double slashes, line breaks and bad ids are 400", async () => {
  const targets = [
    "//evil.example/x",
    "/api/v0/../x",
    "/api/v0/%2e%2e/x",
    "/api/v0/tokens/..%2f..%2fdatabases",
    "/api/v0/tokens/%2Fhost",
    "/api/v0/tokens/a%0d%0ab",
    "/api/v0/tokens/a%00b",
    "/api/v0\\tokens",
    "/api/v0/tokens/%5c",
    "/api/v0/databases/a%2f..%2fb",
    "/api/v0/databases%2fx/y",
    "/%zz",
    "http://localhost:4600/api/v0/tokens",
    "*",
  ];
  for (const target of targets) {
    const answer = await gateway.send("/", undefined, { target });
    expect([target, answer.status]).toEqual([target, 400]);
  }
  for (const id of ["x", "123", `${ABSENT}0`, "..."]) {
    const answer = await gateway.bearer("GET", `${LONG}/tokens/${id}`);
    expect([id, answer.status, (await problemOf(answer)).reason]).toEqual([id, 400, "invalid_id"]);
  }
  const slash = await gateway.bearer("DELETE", "/api/v0/databases/a%2fb");
  expect((await problemOf(slash)).reason).toBe("not_found");
});

test("9. an unknown Host is 421, and a public URL replaces the loopback names", async () => {
  for (const host of [
    "evil.example",
    "localhost",
    "localhost:4601",
    "127.0.0.1:46000",
    "localhost:4600.evil.example",
  ]) {
    const answer = await gateway.send(`${ORIGIN}/`, { headers: { Host: host } });
    expect([host, answer.status, (await problemOf(answer)).reason]).toEqual([host, 421, "wrong_host"]);
  }
  for (const host of ["localhost:4600", "127.0.0.1:4600", "[::1]:4600", "LOCALHOST:4600"]) {
    expect((await gateway.send(`${ORIGIN}/`, { headers: { Host: host } })).status, host).toBe(200);
  }
  const named = await startTestGateway({ publicUrl: "https://tokens.example.com" });
  expect((await named.send("/")).status).toBe(200);
  expect((await named.send("http://localhost:4600/")).status).toBe(421);
  await named.close();
});

test("9. a session's change needs our own page, the custom header and JSON", async () => {
  const cookie = await gateway.signIn();
  const attempts: [string, Record<string, string>, number][] = [
    ["other site", { "Sec-Fetch-Site": "cross-site" }, 403],
    ["same site, other origin", { "Sec-Fetch-Site": "same-site" }, 403],
    ["typed address", { "Sec-Fetch-Site": "none" }, 403],
    ["foreign origin", { Origin: "http://evil.example" }, 403],
    ["no custom header", { "X-Tokenward-Request": "" }, 403],
    ["a form", { "Content-Type": "application/x-www-form-urlencoded" }, 403],
    ["text", { "Content-Type": "text/plain" }, 403],
    ["our own page", {}, 200],
    ["our own page by origin", { Origin: ORIGIN }, 200],
  ];
  for (const [name, headers, status] of attempts) {
    const body = { description: name };
    const answer = await gateway.page("POST", "/api/v0/tokens", { cookie, body, headers });
    expect([name, answer.status]).toEqual([name, status]);
    if (status === 403) expect((await problemOf(answer)).reason).toBe("cross_site");
    const list = await gateway.bearer("GET", "/api/v0/tokens");
    expect((await list.text()).includes(`"${name}"`)).toBe(status === 200);
  }
  const post = (headers: Record<string, string>) =>
    gateway.send("/api/v0/tokens", {
      method: "POST",
      body: '{"description":"bare"}',
      headers: {
        Cookie: cookie,
        "Content-Type": "application/json",
        "X-Tokenward-Request": "interactive",
        "Idempotency-Key": crypto.randomUUID(),
        ...headers,
      },
    });
  expect((await post({})).status).toBe(403);
  expect((await post({ Origin: ORIGIN })).status).toBe(200);
  expect((await gateway.send("/api/session", { method: "DELETE", headers: { Cookie: cookie } })).status).toBe(
    403,
  );
});

test("10. an account or cluster that is none of ours is 404, and the made-up pair is the default cluster", async () => {
  const made = "11111111-1111-1111-1111-111111111111";
  expect((await gateway.bearer("GET", `/api/v0/accounts/${ABSENT}/clusters/${ABSENT}/tokens`)).status).toBe(
    404,
  );
  expect((await gateway.bearer("GET", LONG.replace(/.$/, "4") + "/tokens")).status).toBe(404);
  expect((await gateway.bearer("GET", `/api/v0/accounts/x/clusters/y/tokens`)).status).toBe(400);
  expect((await gateway.bearer("GET", `/api/v0/accounts/${ABSENT}/management-tokens`)).status).toBe(404);
  expect((await gateway.bearer("GET", `/api/v0/accounts/${made}/clusters/${made}/tokens`)).status).toBe(200);
});

test("11. 50 changes a second of one session, then 429 with Retry-After", async () => {
  const cookie = await gateway.signIn();
  const change = () => gateway.page("DELETE", `/api/v0/tokens/${ABSENT}`, { cookie });
  for (let count = 0; count < 50; count++) expect((await change()).status).toBe(404);
  const refused = await change();
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "1"]);
  gateway.pass(1000);
  expect((await change()).status).toBe(404);
});

test("11. a bearer caller's changes are limited by the setting", async () => {
  const slow = await startTestGateway({ mutationRate: 2 });
  const change = () => slow.bearer("DELETE", `/api/v0/tokens/${ABSENT}`);
  expect([(await change()).status, (await change()).status, (await change()).status]).toEqual([
    404, 404, 429,
  ]);
  await slow.close();
});

test("11. the 101st refused bearer token of a minute from one address is 429, and good ones do not count", async () => {
  const ask = (token: string, peerAddress = "192.0.2.1") =>
    gateway.send("/api/v0/databases", { headers: { Authorization: `Bearer ${token}` } }, { peerAddress });
  const wrong = "w".repeat(40);
  for (let count = 0; count < 101; count++) expect((await ask(MANAGEMENT_TOKEN)).status).toBe(200);
  for (let count = 0; count < 100; count++) expect((await ask(wrong)).status).toBe(401);
  for (const token of [wrong, MANAGEMENT_TOKEN]) {
    const refused = await ask(token);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect((await problemOf(refused)).reason).toBe("rate_limited");
  }
  expect((await ask(MANAGEMENT_TOKEN, "192.0.2.2")).status).toBe(200);
  gateway.pass(60_000);
  expect((await ask(MANAGEMENT_TOKEN)).status).toBe(200);
});

test("11. limits: body 1 MB, address 8 kB, JSON depth 32", async () => {
  const create = (body: unknown) => gateway.bearer("POST", "/api/v0/tokens", body);
  expect((await create(JSON.stringify({ description: "x".repeat(1_000_000) }))).status).toBe(413);
  expect((await create({ description: "x".repeat(900_000) })).status).toBe(200);
  const nested = (depth: number) => `{"description":"d","extra":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  expect((await create(nested(31))).status).toBe(200);
  expect((await create(nested(32))).status).toBe(400);
  expect((await create(`{"description":"${"[".repeat(99)}"}`)).status).toBe(200);
  const long = await gateway.send("/", undefined, { target: `/${"x".repeat(8200)}` });
  expect([long.status, (await problemOf(long)).reason]).toEqual([414, "too_large"]);
});

test("20. hostile text stays one escaped log line, and __proto__ changes nothing", async () => {
  const before = gateway.logLines.length;
  await gateway.send("/", undefined, { target: "/a\u001b[31m\n\u009b\u2028\u202ex" });
  const [line = ""] = gateway.logLines.slice(before);
  expect(line).toMatch(/^[\x20-\x7e]+\n$/);
  const body =
    '{"description":"p","permissions":[{"action":"read","resource":"x","__proto__":{"polluted":1}}],"__proto__":{"a":1}}';
  const answer = await gateway.bearer("POST", "/api/v0/tokens", body);
  expect((await createdBy(answer)).permissions).toEqual([{ action: "read", resource: "x" }]);
  expect(Object.prototype).not.toHaveProperty("polluted");
});

test("22. a fault of our own answers generically with the request id; the log has the stack", async () => {
  const fault = new TypeError("select secret from /etc/passwd");
  const { main } = gateway.options.clusters;
  const service = { ...main.service, authenticate: () => Promise.reject(fault) };
  const clusters = { ...gateway.options.clusters, main: { ...main, service } };
  const broken = await startTestGateway({ clusters });
  const answer = await broken.bearer("GET", "/api/v0/tokens");
  const text = await answer.text();
  expect(answer.status).toBe(500);
  expect(text).not.toMatch(/select|passwd|at .*\.ts/);
  const problem = problemSchema.parse(JSON.parse(text));
  expect(problem).toMatchObject({
    code: 500,
    reason: "internal",
    requestId: answer.headers.get("X-Request-Id"),
  });
  expect(broken.logLines.join("")).toMatch(new RegExp(`"requestId":"${problem.requestId}".*passwd`));
  await broken.close();
});

test("the log has one line per request, without the query", async () => {
  const before = gateway.logLines.length;
  const answer = await gateway.bearer("GET", "/api/v0/tokens?q=x");
  const lines = gateway.logLines.slice(before);
  expect(lines.length).toBe(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "info",
    requestId: answer.headers.get("X-Request-Id"),
    method: "GET",
    path: "/api/v0/tokens",
    status: 200,
    caller: "bearer",
  });
});
