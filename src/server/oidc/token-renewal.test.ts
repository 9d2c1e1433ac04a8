import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { REQUEST_HEADER } from "#contract/headers.ts";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "#server/app.ts";
import { cookieOf } from "#server/gateway-for-tests.ts";
import { systemRandom } from "#server/sealing.ts";
import { sessionCookie } from "#server/session/cookie.ts";
import { createSessionStore, type SessionStore } from "#server/session/session-store.ts";
import { endSessions } from "#server/session/sign-in.ts";
import type { Lie } from "./lying-provider-for-tests.ts";
import { type OidcGateway, startOidcGateway } from "./oidc-for-tests.ts";

const second = 1000;
let oidc: OidcGateway;

beforeEach(async () => {
  oidc = await startOidcGateway();
});
afterEach(() => oidc.close());

const renewals = () =>
  oidc.provider.calls.filter(({ form }) => form.get("grant_type") === "refresh_token").length;
const reasonOf = async (answer: Response) => {
  const { code, reason } = problemSchema.parse(await answer.json());
  return [code, reason];
};
const tokensSeen = () => oidc.seen.map((one) => (one.kind === "oidc" ? one.accessToken : one.kind));
const isSignedIn = async (cookie: string) => {
  const answer = await oidc.gateway.page("GET", "/api/session", { cookie });
  return ((await answer.json()) as { signedIn: boolean }).signedIn;
};
/** Secrets of a round are the id token, the access token and the refresh token. */
const accessTokens = () => oidc.provider.secrets.filter((_, at) => at % 3 === 1);

test("an access token is used until a minute before its end, and replaced before the next call", async () => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(539 * second);
  await oidc.ask(cookie);
  expect(renewals()).toBe(0);
  oidc.gateway.pass(second);
  await oidc.ask(cookie);
  await oidc.ask(cookie);
  expect(renewals()).toBe(1);
  const [first, renewed] = accessTokens();
  expect(tokensSeen()).toEqual([first, renewed, renewed]);
});

test("one that lives for less than two minutes is replaced half-way, not with every call", async () => {
  oidc.provider.life = 40;
  const cookie = await oidc.signIn();
  oidc.gateway.pass(19 * second);
  await oidc.ask(cookie);
  expect(renewals()).toBe(0);
  oidc.gateway.pass(second);
  await oidc.ask(cookie);
  await oidc.ask(cookie);
  expect(renewals()).toBe(1);
});

test("many calls at once renew once, those of another gateway included, and each gets a token that is good", async () => {
  const cookie = await oidc.signIn();
  const elsewhere = oidc.another();
  oidc.gateway.pass(600 * second);
  const asked = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? oidc.ask(cookie) : elsewhere(cookie)));
  for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
  expect(renewals()).toBe(1);
  const [, renewed] = accessTokens();
  expect(new Set(tokensSeen())).toEqual(new Set([renewed]));
  // The refresh token that came along is the one for the next time: each is good once.
  oidc.gateway.pass(600 * second);
  expect((await elsewhere(cookie)).status).toBe(200);
  expect(renewals()).toBe(2);
});

test("while another gateway renews, a token that is still good is used", async () => {
  const cookie = await oidc.signIn();
  const elsewhere = oidc.another();
  oidc.gateway.pass(550 * second);
  let answerRenewal: (() => void) | undefined;
  oidc.provider.lies = {
    paths: { "/token": (_, response) => (answerRenewal = () => void response.writeHead(503).end()) },
  };
  const first = oidc.ask(cookie);
  await vi.waitFor(() => expect(renewals()).toBe(1));
  expect((await elsewhere(cookie)).status).toBe(200);
  answerRenewal?.();
  expect((await first).status).toBe(200);
  const [token] = accessTokens();
  expect(tokensSeen()).toEqual([token, token]);
  expect(renewals()).toBe(1);
});

test("a provider that is down is left alone for a moment as long as there is a token that is good, then it is said", async () => {
  const cookie = await oidc.signIn();
  const [token] = accessTokens();
  oidc.gateway.pass(545 * second);
  oidc.provider.lies = { paths: { "/token": (_, response) => void response.destroy() } };
  for (let call = 0; call < 3; call++) expect((await oidc.ask(cookie)).status).toBe(200);
  expect(renewals()).toBe(1);
  oidc.gateway.pass(5 * second);
  await oidc.ask(cookie);
  expect(renewals()).toBe(2);
  expect(new Set(tokensSeen())).toEqual(new Set([token]));
  oidc.gateway.pass(50 * second);
  const refused = await oidc.ask(cookie);
  expect(problemSchema.parse(await refused.json())).toMatchObject({
    code: 502,
    reason: "upstream_unreachable",
    message: "Example Login cannot be reached. Try again in a moment.",
  });
  // It was no fault of the session's.
  expect(await isSignedIn(cookie)).toBe(true);
  oidc.provider.lies = {};
  expect((await oidc.ask(cookie)).status).toBe(200);
});

test("many calls at once that find the provider down have asked it once", async () => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  oidc.provider.lies = { paths: { "/token": (_, response) => void response.destroy() } };
  const answers = await Promise.all([oidc.ask(cookie), oidc.ask(cookie), oidc.ask(cookie)]);
  expect(answers.map(({ status }) => status)).toEqual([502, 502, 502]);
  expect(renewals()).toBe(1);
});

test("a refused renewal ends the session, which is said once as such; whoever signs in again is the same person", async () => {
  const cookie = await oidc.signIn();
  const before = await (await oidc.gateway.page("GET", "/api/session", { cookie })).json();
  oidc.provider.refuseRenewal();
  oidc.gateway.pass(545 * second);
  expect(await reasonOf(await oidc.ask(cookie))).toEqual([401, "session_ended"]);
  expect(await isSignedIn(cookie)).toBe(false);
  expect(oidc.seen).toEqual([]);
  const again = await oidc.signIn();
  const after = await (await oidc.gateway.page("GET", "/api/session", { cookie: again })).json();
  const actorOf = (session: unknown) => (session as { actor: unknown }).actor;
  expect(actorOf(after)).toEqual(actorOf(before));
});

const answersToken =
  (status: number, error: string, headers: Record<string, string> = {}): Lie =>
  (_, response) =>
    response
      .writeHead(status, { "Content-Type": "application/json", ...headers })
      .end(JSON.stringify({ error }));

test.each<[number, string, Record<string, string>?]>([
  [400, "unauthorized_client"],
  [400, "access_denied"],
  [400, "invalid_grant", { "WWW-Authenticate": "Bearer" }],
  [401, "invalid_client", { "WWW-Authenticate": "Basic" }],
  [400, "interaction_required"],
])("a renewal that is refused with %i %s ends the session", async (status, error, headers = {}) => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  oidc.provider.lies = { paths: { "/token": answersToken(status, error, headers) } };
  expect(await reasonOf(await oidc.ask(cookie))).toEqual([401, "session_ended"]);
  expect(await isSignedIn(cookie)).toBe(false);
});

test.each([
  [400, "server_error"],
  [400, "temporarily_unavailable"],
  [429, "slow_down"],
  [503, "server_error"],
])("a renewal that is answered with %i %s is the provider's trouble, and no end", async (status, error) => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  oidc.provider.lies = { paths: { "/token": answersToken(status, error) } };
  expect((await oidc.ask(cookie)).status).toBe(502);
  oidc.provider.lies = {};
  expect((await oidc.ask(cookie)).status).toBe(200);
});

test("without a refresh token the session ends with the access token, and not before", async () => {
  oidc.provider.lies = { tokens: { refresh_token: undefined } };
  const cookie = await oidc.signIn();
  oidc.gateway.pass(539 * second);
  expect((await oidc.ask(cookie)).status).toBe(200);
  oidc.gateway.pass(60 * second);
  expect((await oidc.ask(cookie)).status).toBe(200);
  oidc.gateway.pass(2 * second);
  expect(await reasonOf(await oidc.ask(cookie))).toEqual([401, "session_ended"]);
  expect(renewals()).toBe(0);
});

test("tokens of somebody else, or for somebody else, are not taken in place of one's own", async () => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  oidc.provider.person = { sub: "bob" };
  expect(await reasonOf(await oidc.ask(cookie))).toEqual([401, "session_ended"]);

  oidc.provider.person = { sub: "ann" };
  const again = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  oidc.provider.lies = { accessClaims: { aud: "https://elsewhere.example.com" } };
  expect(await reasonOf(await oidc.ask(again))).toEqual([401, "session_ended"]);
  expect(await isSignedIn(again)).toBe(false);
  expect(oidc.seen).toEqual([]);
});

test("signing out forgets the tokens here, and asks the provider to, without waiting for it", async () => {
  const cookie = await oidc.signIn();
  const [, accessToken, refreshToken] = oidc.provider.secrets;
  oidc.provider.lies = { paths: { "/revoke": () => undefined } };
  expect((await oidc.gateway.page("DELETE", "/api/session", { cookie })).status).toBe(204);
  expect(await oidc.gateway.database.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
  const revoked = () =>
    oidc.provider.calls.filter(({ path }) => path === "/revoke").map(({ form }) => form.get("token"));
  await vi.waitFor(() => expect(new Set(revoked())).toEqual(new Set([refreshToken, accessToken])));
  expect(await isSignedIn(cookie)).toBe(false);
});

test("signing out tells no provider of another one's tokens", async () => {
  const cookie = await oidc.signIn();
  const asked: unknown[] = [];
  const { identityProvider } = oidc.gateway.options;
  if (identityProvider === undefined) throw new Error("unreachable: there is one");
  const signOutAt = async (issuer: string) => {
    const provider = {
      ...identityProvider.provider,
      forget: async (tokens: unknown) => void asked.push(tokens),
    };
    const settings = { ...identityProvider.settings, issuer };
    const { hono } = createApp({ ...oidc.gateway.options, identityProvider: { settings, provider } });
    const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin", [REQUEST_HEADER]: "interactive" };
    return hono.request("http://localhost:4600/api/session", { method: "DELETE", headers });
  };
  expect((await signOutAt("https://elsewhere.example.com")).status).toBe(204);
  expect(await isSignedIn(cookie)).toBe(false);
  expect(asked).toEqual([]);
});

test("signing out during a renewal takes the new tokens, so that the provider is asked to forget those", async () => {
  const { db } = oidc.gateway.database;
  const store = createSessionStore({ db, key: Buffer.alloc(32), clock: () => 0, random: systemRandom });
  const tokens = { sub: "ann", accessToken: "a", refreshToken: "old", expiresAt: 1, renewAt: 1 };
  const { id, session } = await store.start(
    { primary: "oidc", credentials: new Map(), oidc: tokens },
    { kind: "oidc", label: "Ann", subject: "ann" },
  );
  const sessions: SessionStore = {
    ...store,
    async find(asked) {
      const found = await store.find(asked);
      await store.change(session.idHash, (held) => ({ ...held, oidc: { ...tokens, refreshToken: "new" } }));
      return found;
    },
  };
  const { site } = oidc.gateway.options;
  const cookie = sessionCookie(id, site).split(";")[0] ?? "";
  const request = new Request("http://localhost:4600/api/session", { headers: { Cookie: cookie } });
  const ended = await endSessions(request, { sessions, site });
  expect(ended.map((one) => one.oidc?.refreshToken)).toEqual(["new"]);
  expect(await store.find(id)).toBeUndefined();
});

test("a provider whose keys cannot be had is not asked to renew: the refresh token would be lost", async () => {
  const cookie = await oidc.signIn();
  oidc.gateway.pass(600 * second);
  for (const broken of [
    (_, response) => void response.destroy(),
    (_, response) => response.writeHead(503).end(),
    (_, response) => response.writeHead(200, { "Content-Type": "application/json" }).end("{}"),
  ] satisfies Lie[]) {
    oidc.provider.lies = { paths: { "/jwks": broken } };
    expect((await oidc.ask(cookie)).status).toBe(502);
  }
  expect(renewals()).toBe(0);
  oidc.provider.lies = {};
  expect((await oidc.ask(cookie)).status).toBe(200);
  expect(renewals()).toBe(1);
});

test("whoever signs in again is not signed out at the provider by that", async () => {
  const cookie = await oidc.signIn();
  const { url, cookie: way } = await oidc.begin();
  const answer = await oidc.answer(oidc.provider.authorize(url), `${way}; ${cookie}`);
  expect(cookieOf(answer)).not.toBe(cookie);
  expect(await isSignedIn(cookie)).toBe(false);
  expect(oidc.provider.calls.map(({ path }) => path)).toEqual(["/token", "/token"]);
});

test("a token of one's own for a cluster is used in place of the provider's, until it is forgotten", async () => {
  const cookie = await oidc.signIn();
  const path = "/api/clusters/jwt/credential";
  const given = await oidc.gateway.page("POST", path, { cookie, body: { managementToken: "my-own-token" } });
  expect(given.status).toBe(200);
  await oidc.ask(cookie);
  expect(oidc.seen.at(-1)).toEqual({ kind: "management_token", secret: "my-own-token" });
  expect((await oidc.gateway.page("DELETE", path, { cookie })).status).toBe(204);
  await oidc.ask(cookie);
  expect(tokensSeen().at(-1)).toBe(accessTokens()[0]);
});

test("the limits of sessions are those of all: idle after a quarter of an hour, whatever the provider says", async () => {
  oidc.provider.life = 24 * 3600;
  const cookie = await oidc.signIn();
  oidc.gateway.pass(15 * 60 * second - 1);
  expect((await oidc.ask(cookie)).status).toBe(200);
  oidc.gateway.pass(15 * 60 * second);
  expect(await reasonOf(await oidc.ask(cookie))).toEqual([401, "session_ended"]);
});

test("a gateway that takes nobody from that provider any more knows no sessions of it", async () => {
  const cookie = await oidc.signIn();
  const { hono } = createApp({ ...oidc.gateway.options, identityProvider: undefined });
  const answer = await hono.request("http://localhost:4600/api/clusters", { headers: { Cookie: cookie } });
  expect(await reasonOf(answer)).toEqual([401, "session_ended"]);
  // Another gateway may still.
  expect(await isSignedIn(cookie)).toBe(true);
});
