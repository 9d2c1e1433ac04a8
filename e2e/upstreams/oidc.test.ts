import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { problemSchema } from "#contract/problem.ts";
import { oidcStartedSchema } from "#contract/session.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { createApp } from "#server/app.ts";
import { configuredClusters } from "#server/configured-clusters.ts";
import {
  cookieOf,
  MANAGEMENT_TOKEN,
  ORIGIN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { createIdentityProvider, type IdentityProvider } from "#server/oidc/identity-provider.ts";
import type { OidcSettings } from "#server/oidc/oidc-settings.ts";
import { serveTestGateway, type ServedGateway } from "#server/served-gateway-for-tests.ts";
import { createClustered } from "#server/services/clustered.ts";
import { createUpstream, type Upstream } from "#server/services/upstream.ts";
import { AUDIENCE, type IdentityProviderFixture, startIdentityProvider } from "#e2e/identity-provider.ts";
import { type JwtDoor, startJwtDoor } from "./jwt-door.ts";

// A gateway between a real identity provider and a cluster that takes its tokens.

const ids = {
  accountId: "5b3a9b1e-0d53-5d38-9a0f-6a4f4f2f7a11",
  clusterId: "0c2f7f52-6c0e-5c5a-8a5f-2d9f6b0f3c22",
};
const LONG = `/api/v0/accounts/${ids.accountId}/clusters/${ids.clusterId}`;

let fixture: IdentityProviderFixture;
let behind: ServedGateway;
let door: JwtDoor;
let upstream: Upstream;
let provider: IdentityProvider;
let gateway: TestGateway;
/** Beyond the clock of this machine, in milliseconds: the provider's is that of the machine. */
let ahead: number;

beforeEach(async () => {
  ahead = 0;
  fixture = await startIdentityProvider();
  behind = await serveTestGateway();
  door = await startJwtDoor({
    issuer: fixture.issuer,
    audience: AUDIENCE,
    behind: { url: behind.url, managementToken: MANAGEMENT_TOKEN },
  });
  const profile = {
    name: "Cluster",
    slug: "cluster",
    product: "clustered",
    url: door.url,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    ...ids,
    longPaths: false,
    token: undefined,
  } as const;
  const settings: OidcSettings = {
    issuer: fixture.issuer,
    clientId: "tokenward",
    clientSecret: fixture.clientSecret,
    scopes: "openid profile email offline_access",
    audience: AUDIENCE,
    name: "Example Login",
    caFile: undefined,
    slugs: new Set(["cluster"]),
  };
  const clock = () => Date.now() + ahead;
  upstream = createUpstream(profile);
  provider = createIdentityProvider(settings, `${ORIGIN}/sign-in`, clock);
  gateway = await startTestGateway({
    clock,
    identityProvider: { settings, provider },
    clustersOf: async (_own, { db }) =>
      configuredClusters(
        {
          clusters: [{ profile, linkRefusal: "None." }],
          defaultSlug: "cluster",
          oidc: settings,
          remarks: [],
        },
        undefined,
        () => createClustered(profile, { upstream, clock, db }),
      ),
  });
});
afterEach(async () => {
  await gateway.close();
  await provider.close();
  await upstream.close();
  await door.close();
  await behind.close();
  await fixture.close();
});

async function begin(): Promise<{ url: string; cookie: string }> {
  const answer = await gateway.page("POST", "/api/session/oidc", { body: {} });
  const { authorizationUrl } = oidcStartedSchema.parse(await answer.json());
  return { url: authorizationUrl, cookie: cookieOf(answer) };
}
const comeBack = (query: string, cookie: string) =>
  gateway.page("POST", "/api/session/oidc/answer", { cookie, body: { query } });
async function signIn(name: string): Promise<string> {
  const { url, cookie } = await begin();
  const answer = await comeBack(await fixture.signIn(url, name), cookie);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return cookieOf(answer);
}
const problemOf = async (answer: Response) => {
  const { code, reason, message, upstream: said } = problemSchema.parse(await answer.json());
  return { code, reason, message, said: said?.message };
};
const tokensOf = async (cookie: string) => {
  const answer = await gateway.page("GET", "/api/v0/tokens", { cookie });
  expect(answer.status).toBe(200);
  return z.array(tokenSchema).parse(await answer.json());
};
const body = { description: "CI", permissions: [{ action: "read", resource: "ci" }] };

test("somebody signs in at a real provider, and the cluster takes their JWT for all that they do", async () => {
  const cookie = await signIn("ann");
  expect(await (await gateway.page("GET", "/api/session", { cookie })).json()).toMatchObject({
    signedIn: true,
    actor: { kind: "oidc", label: "ann Example", subject: expect.stringMatching(/:ann$/) },
  });
  expect((await gateway.page("POST", "/api/v0/tokens", { cookie, body })).status).toBe(200);
  const [token] = await tokensOf(cookie);
  expect(token).toMatchObject({ description: "CI" });
  const path = `${LONG}/tokens/${token?.id ?? ""}`;
  expect((await gateway.page("DELETE", path, { cookie })).status).toBe(204);
  expect((await tokensOf(cookie))[0]?.revokedAt).toEqual(expect.any(String));
  const history = await (await gateway.page("GET", `${path}/history`, { cookie })).json();
  expect(history).toMatchObject([{ actor: "ann Example" }, { actor: "ann Example" }]);

  const kept = (await gateway.database.bytes()).toString("latin1") + gateway.logLines.join("");
  expect(fixture.tokens.length).toBeGreaterThanOrEqual(3);
  for (const secret of [...fixture.tokens, fixture.clientSecret]) expect(kept).not.toContain(secret);
});

test("12. what a real provider gave once is good once, and it wants the verifier of that very sign-in", async () => {
  const first = await begin();
  const query = await fixture.signIn(first.url, "ann");
  const second = await begin();
  const other = await fixture.signIn(second.url, "ann");
  const codeOf = (text: string) => new URLSearchParams(text).get("code") ?? "";
  const mixed = await comeBack(other.replace(codeOf(other), codeOf(query)), second.cookie);
  expect((await problemOf(mixed)).message).toBe(
    "Example Login does not accept this sign-in any more. Begin again.",
  );
  // The one of the code's own browser is as good as before.
  expect((await comeBack(query, first.cookie)).status).toBe(200);
  const third = await begin();
  const good = await fixture.signIn(third.url, "ann");
  expect((await comeBack(good, third.cookie)).status).toBe(200);
  expect((await comeBack(good, third.cookie)).status).toBe(401);
});

test("whoever cancels at the provider hears so in our words", async () => {
  const { url, cookie } = await begin();
  const answer = await comeBack(await fixture.signIn(url, undefined), cookie);
  expect(await problemOf(answer)).toMatchObject({
    code: 401,
    message: "Example Login did not let you in, or you cancelled there.",
  });
});

test("10. whom the cluster lets look only gets its 403 for each change by direct call", async () => {
  const made = await gateway.page("POST", "/api/v0/tokens", { cookie: await signIn("ann"), body });
  const { id } = z.looseObject({ id: z.string() }).parse(await made.json());
  const cookie = await signIn("bob-reader");
  expect(await tokensOf(cookie)).toHaveLength(1);
  const { headers } = await gateway.page("GET", `${LONG}/tokens/${id}`, { cookie });
  const ifMatch = { "If-Match": headers.get("ETag") ?? "" };
  const changes: [string, string, unknown, Record<string, string>][] = [
    ["POST", "/tokens", body, {}],
    ["PATCH", `/tokens/${id}`, { description: "other" }, ifMatch],
    ["DELETE", `/tokens/${id}`, undefined, {}],
    ["POST", `/tokens/${id}/suspension`, undefined, ifMatch],
  ];
  for (const scope of ["/api/v0", LONG]) {
    for (const [method, path, sent, more] of changes) {
      const answer = await gateway.page(method, scope + path, {
        cookie,
        headers: more,
        ...(sent === undefined ? {} : { body: sent }),
      });
      expect([method, path, await problemOf(answer)]).toEqual([
        method,
        path,
        {
          code: 403,
          reason: "forbidden",
          message: expect.stringContaining("Cluster"),
          said: "user does not have the permission to change tokens",
        },
      ]);
    }
  }
  const [token] = await tokensOf(cookie);
  expect([token?.description, token?.revokedAt]).toEqual(["CI", undefined]);
  const rotation = await gateway.page("POST", "/api/clusters/cluster/rotations", {
    cookie,
    body: { kind: "database", tokenId: id, description: "CI 2" },
  });
  expect([rotation.status, (await tokensOf(cookie)).length]).toEqual([403, 1]);
  // A refusal is no sign that the session is over.
  expect(door.requests.filter(({ status }) => status === 401)).toEqual([]);
});

test("refresh tokens that are good once survive two gateways that renew at the same moment", async () => {
  const cookie = await signIn("ann");
  const another = createApp(gateway.options);
  const elsewhere = async () =>
    another.hono.request(`${ORIGIN}/api/v0/tokens`, { headers: { Cookie: cookie } });
  const first = door.requests.length;
  // In the last minute of each JWT, and of what is then left of it; the cluster goes by its own clock.
  for (const left of [30, 14, 6]) {
    ahead = (3600 - left) * 1000;
    // Nobody is idle that long.
    await gateway.database.db
      .updateTable("sessions")
      .set({ last_seen_at: gateway.options.clock() })
      .execute();
    const given = fixture.tokens.length;
    const answers = await Promise.all([
      gateway.page("GET", "/api/v0/tokens", { cookie }),
      elsewhere(),
      gateway.page("GET", "/api/v0/tokens", { cookie }),
      elsewhere(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(fixture.tokens.length - given).toBe(3);
  }
  expect(new Set(door.requests.slice(first).map(({ authorization }) => authorization)).size).toBeGreaterThan(
    1,
  );
});

test("when the provider has forgotten somebody, their session ends with the token's time", async () => {
  const cookie = await signIn("ann");
  await fixture.endAllGrants();
  expect((await gateway.page("GET", "/api/v0/tokens", { cookie })).status).toBe(200);
  ahead = 3600_000 - 30_000;
  await gateway.database.db.updateTable("sessions").set({ last_seen_at: gateway.options.clock() }).execute();
  const answer = await gateway.page("GET", "/api/v0/tokens", { cookie });
  expect(await problemOf(answer)).toMatchObject({ code: 401, reason: "session_ended" });
});

test("whoever signs out is forgotten by the provider, too", async () => {
  const cookie = await signIn("ann");
  const refreshToken = fixture.tokens.find((token) => !token.includes("."));
  expect(refreshToken).toBeDefined();
  expect((await gateway.page("DELETE", "/api/session", { cookie })).status).toBe(204);
  const renew = () =>
    fetch(`${fixture.issuer}/token`, {
      method: "POST",
      headers: {
        Authorization: `Basic ${Buffer.from(`tokenward:${encodeURIComponent(fixture.clientSecret)}`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken ?? "" }),
    });
  // Asking is using it: once is enough, after the provider has heard of it.
  await vi.waitFor(() => expect(fixture.revocations()).toBeGreaterThanOrEqual(2));
  expect((await renew()).status).toBe(400);
});
