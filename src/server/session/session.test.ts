import { afterEach, beforeEach, expect, test } from "vitest";
import {
  cookieOf,
  createdBy,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { systemRandom } from "#server/sealing.ts";
import { createSignInCode } from "./sign-in-codes.ts";

const minute = 60_000;
let gateway: TestGateway;

beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const signInWithToken = (managementToken = MANAGEMENT_TOKEN, cookie?: string) =>
  gateway.page("POST", "/api/session", {
    body: { method: "management_token", managementToken },
    ...(cookie === undefined ? {} : { cookie }),
  });
const list = (cookie: string, kind = "interactive") =>
  gateway.page("GET", "/api/v0/tokens", { cookie, headers: { "X-Tokenward-Request": kind } });
const reasonOf = async (answer: Response) => {
  const body: unknown = await answer.json();
  return typeof body === "object" && body !== null && "reason" in body ? body.reason : undefined;
};

test("4. cookie is __Host- and Secure over https, has another name on loopback, is HttpOnly and SameSite=Strict", async () => {
  const plain = await signInWithToken();
  expect(plain.headers.get("Set-Cookie")).toMatch(
    /^tokenward_4600=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const secure = await startTestGateway({ publicUrl: "https://tokens.example.com" });
  const answer = await secure.page("POST", "/api/session", {
    body: { method: "management_token", managementToken: MANAGEMENT_TOKEN },
  });
  expect(answer.headers.get("Set-Cookie")).toMatch(
    /^__Host-tokenward=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  await secure.close();
});

test("5. the session id is new at every sign-in, stored hashed, and the old session ends", async () => {
  const first = cookieOf(await signInWithToken());
  const second = cookieOf(await signInWithToken(MANAGEMENT_TOKEN, first));
  expect(second).not.toBe(first);
  expect((await list(first)).status).toBe(401);
  expect((await list(second)).status).toBe(200);
  const bytes = await gateway.database.bytes();
  expect(bytes.includes(second.split("=")[1] ?? "-")).toBe(false);
});

test("5. a session ends after 15 idle minutes, not before", async () => {
  const cookie = await gateway.signIn();
  gateway.pass(15 * minute - 1);
  expect((await list(cookie)).status).toBe(200);
  gateway.pass(15 * minute - 1);
  expect((await list(cookie)).status).toBe(200);
  gateway.pass(15 * minute);
  const late = await list(cookie);
  expect(late.status).toBe(401);
  expect(await reasonOf(late)).toBe("session_ended");
});

test("5. saving writes does not shorten the idle time", async () => {
  const cookie = await gateway.signIn();
  gateway.pass(1000);
  await list(cookie);
  gateway.pass(15 * minute - 1);
  expect((await list(cookie)).status).toBe(200);
});

test("5. a session ends after 8 hours however busy it is", async () => {
  const cookie = await gateway.signIn();
  for (let at = 0; at < 8 * 60 - 10; at += 10) {
    gateway.pass(10 * minute);
    expect((await list(cookie)).status).toBe(200);
  }
  gateway.pass(10 * minute);
  expect((await list(cookie)).status).toBe(401);
});

test("5. polling and asking who is signed in do not extend the idle time", async () => {
  const cookie = await gateway.signIn();
  gateway.pass(10 * minute);
  expect((await list(cookie, "background")).status).toBe(200);
  const asked = await gateway.page("GET", "/api/session", { cookie });
  expect(await asked.json()).toMatchObject({ signedIn: true, idleEndsAt: "2030-01-01T00:15:00.000Z" });
  gateway.pass(5 * minute);
  expect((await list(cookie, "background")).status).toBe(401);
});

test("5. renewal keeps a session awake", async () => {
  const cookie = await gateway.signIn();
  gateway.pass(14 * minute);
  const renewed = await gateway.page("POST", "/api/session/renewal", { cookie });
  expect(await renewed.json()).toMatchObject({ signedIn: true, idleEndsAt: "2030-01-01T00:29:00.000Z" });
  gateway.pass(14 * minute);
  expect((await list(cookie)).status).toBe(200);
});

test("5. signing out ends the session on the server, expires its cookie and clears cache and storage", async () => {
  const cookie = await gateway.signIn();
  const out = await gateway.page("DELETE", "/api/session", { cookie });
  expect(out.status).toBe(204);
  expect(out.headers.get("Set-Cookie")).toMatch(/^tokenward_4600=; Max-Age=0; Path=\//);
  expect(out.headers.get("Clear-Site-Data")).toBe('"cache", "storage"');
  expect(await reasonOf(await list(cookie))).toBe("session_ended");
});

test("5. a sign-in code is not spent by a GET, works once within ten minutes, and is hashed at rest", async () => {
  const { db } = gateway.database;
  const post = (code: string) => gateway.page("POST", "/api/session", { body: { method: "link", code } });
  const code = await createSignInCode(db, gateway.clock, systemRandom);
  expect((await gateway.send(`/sign-in?code=${code}`)).status).toBe(200);
  expect((await gateway.database.bytes()).includes(code)).toBe(false);
  expect(gateway.logLines.join("")).not.toContain(code);
  expect((await post(code)).status).toBe(200);
  expect(await reasonOf(await post(code))).toBe("credential_refused");

  const old = await createSignInCode(db, gateway.clock, systemRandom);
  gateway.pass(10 * minute);
  expect((await post(old)).status).toBe(401);
});

test("5. of two posts of one code at once a single session comes", async () => {
  const code = await createSignInCode(gateway.database.db, gateway.clock, systemRandom);
  const post = () => gateway.page("POST", "/api/session", { body: { method: "link", code } });
  const statuses = (await Promise.all([post(), post(), post()])).map((answer) => answer.status);
  expect(statuses.sort((left, right) => left - right)).toEqual([200, 401, 401]);
});

test("5. expired sessions and codes are purged", async () => {
  await gateway.signIn();
  gateway.pass(16 * minute);
  await gateway.app.purge();
  const { db } = gateway.database;
  expect(await db.selectFrom("sessions").selectAll().execute()).toEqual([]);
  expect(await db.selectFrom("sign_in_codes").selectAll().execute()).toEqual([]);
});

test("a session ends at once when its management token is revoked", async () => {
  const created = await gateway.bearer("POST", MANAGEMENT, { description: "second" });
  const { id, accessToken } = await createdBy(created);
  const cookie = cookieOf(await signInWithToken(accessToken));
  expect((await list(cookie)).status).toBe(200);
  expect((await gateway.bearer("DELETE", `${MANAGEMENT}/${id}`)).status).toBe(204);
  expect(await reasonOf(await list(cookie))).toBe("session_ended");
  expect(await gateway.database.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
});

test("who revokes the token of their own session hears it again when the first answer was lost", async () => {
  const created = await gateway.bearer("POST", MANAGEMENT, { description: "own" });
  const { id, accessToken } = await createdBy(created);
  const cookie = cookieOf(await signInWithToken(accessToken));
  const revoke = () =>
    gateway.page("DELETE", `${MANAGEMENT}/${id}`, {
      cookie,
      headers: { "Idempotency-Key": "one-and-the-same-key" },
    });
  expect((await revoke()).status).toBe(204);
  const again = await revoke();
  expect(again.status).toBe(204);
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
});

test("a session that another key encrypted is over, and nothing crashes", async () => {
  const cookie = await gateway.signIn();
  const { createApp } = await import("#server/app.ts");
  const other = createApp({ ...gateway.options, key: Buffer.alloc(32, 8) });
  const answer = await other.hono.request("http://localhost:4600/api/session", {
    headers: { Cookie: cookie },
  });
  expect(await answer.json()).toEqual({ signedIn: false });
});

test("nobody signed in is 200 for the session and 401 not_signed_in for everything else", async () => {
  const asked = await gateway.page("GET", "/api/session");
  expect([asked.status, await asked.json()]).toEqual([200, { signedIn: false }]);
  const listed = await gateway.page("GET", "/api/clusters");
  expect([listed.status, await reasonOf(listed)]).toEqual([401, "not_signed_in"]);
});

test("a request with a bearer token and a cookie is the bearer's", async () => {
  const cookie = await gateway.signIn();
  const answer = await gateway.page("GET", "/api/clusters", {
    cookie,
    headers: { Authorization: "Bearer wrong-wrong-wrong-wrong-wrong-wrong" },
  });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  expect(await reasonOf(answer)).toBe("credential_refused");
});

test("11. the eleventh failed sign-in of a minute is refused with Retry-After, and good ones do not count", async () => {
  for (let attempt = 0; attempt < 12; attempt++) expect((await signInWithToken()).status).toBe(200);
  for (let attempt = 0; attempt < 10; attempt++) {
    expect((await signInWithToken("wrong-wrong-wrong-wrong-wrong-wrong")).status).toBe(401);
  }
  const refused = await signInWithToken();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("Retry-After")).toBe("60");
  gateway.pass(minute);
  expect((await signInWithToken()).status).toBe(200);
});

test("13. a session store out of reach is 503, never signed out", async () => {
  const cookie = await gateway.signIn();
  await gateway.database.close();
  for (const path of ["/api/session", "/api/v0/tokens", "/api/clusters"]) {
    const answer = await gateway.page("GET", path, { cookie });
    expect([path, answer.status, await reasonOf(answer)]).toEqual([path, 503, "unavailable"]);
  }
  const revoke = await gateway.page("DELETE", "/api/v0/tokens/11111111-2222-4333-8444-555555555555", {
    cookie,
  });
  expect(revoke.status).toBe(503);
});

test("a cookie of our name that somebody put before ours signs nobody out", async () => {
  const cookie = await gateway.signIn();
  const planted = (count: number) =>
    Array.from({ length: count }, (_, number) => `tokenward_4600=planted${number}`).join("; ");
  expect((await list(`${planted(1)}; ${cookie}`)).status).toBe(200);
  expect((await list(`tokenward_4600=; ${planted(4)}; ${cookie}`)).status).toBe(200);
  const asked = await gateway.page("GET", "/api/session", { cookie: `${planted(1)}; ${cookie}` });
  expect(await asked.json()).toMatchObject({ signedIn: true });
  // Each costs a look into the database: no more than five.
  expect((await list(`${planted(5)}; ${cookie}`)).status).toBe(401);
  // Signing out ends the session wherever its cookie stands.
  await gateway.page("DELETE", "/api/session", { cookie: `${planted(1)}; ${cookie}` });
  expect((await list(cookie)).status).toBe(401);
});

test("a used link is one sentence without markup", async () => {
  const code = await createSignInCode(gateway.database.db, gateway.clock, systemRandom);
  const post = () => gateway.page("POST", "/api/session", { body: { method: "link", code } });
  await post();
  expect(await (await post()).json()).toMatchObject({
    message: "This sign-in link has expired or was used before.",
  });
});
