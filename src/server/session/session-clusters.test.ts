import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { clusterSchema, clusterStateSchema } from "#contract/cluster.ts";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "#server/app.ts";
import { clusterElsewhere, type ClusterElsewhere } from "#server/cluster-elsewhere-for-tests.ts";
import { createClusterRegistry, type ClusterEntry } from "#server/clusters.ts";
import {
  cookieOf,
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { deriveKey, seal } from "#server/sealing.ts";

const FILE_TOKEN = "canary-token-of-lent-0123456789-abcdef";
let gateway: TestGateway;
/** Its token is in the configuration file. */
let lent: ClusterElsewhere;
/** Nothing is in the file for it. */
let locked: ClusterElsewhere;

beforeEach(async () => {
  gateway = await startTestGateway({
    clustersOf: async (own, database, clock) => {
      lent = await clusterElsewhere({ name: "lent", database, clock, fileToken: FILE_TOKEN });
      locked = await clusterElsewhere({ name: "locked", database, clock });
      return [...own, lent.entry, locked.entry];
    },
  });
});
afterEach(() => gateway.close());

const longOf = ({ cluster }: ClusterEntry) =>
  `/api/v0/accounts/${cluster.accountId}/clusters/${cluster.clusterId}`;
const problemOf = async (answer: Response) => {
  const { reason, message } = problemSchema.parse(await answer.json());
  return [answer.status, reason, message] as const;
};
const reasonOf = async (answer: Response) => (await problemOf(answer)).slice(0, 2);
const get = (path: string, cookie: string) => gateway.page("GET", path, { cookie });
const descriptionsOf = async (path: string, cookie: string) => {
  const answer = await get(`${path}/tokens`, cookie);
  expect(answer.status).toBe(200);
  return z
    .array(z.looseObject({ description: z.string() }))
    .parse(await answer.json())
    .map(({ description }) => description);
};
const accessOf = async (cookie: string) =>
  Object.fromEntries(
    z
      .array(clusterSchema)
      .parse(await (await get("/api/clusters", cookie)).json())
      .map(({ slug, access }) => [slug, access.state]),
  );
const signInWith = (managementToken: string, cluster?: string) =>
  gateway.page("POST", "/api/session", {
    body: { method: "management_token", managementToken, ...(cluster === undefined ? {} : { cluster }) },
  });
const give = (slug: string, managementToken: string, cookie: string, headers: Record<string, string> = {}) =>
  gateway.page("POST", `/api/clusters/${slug}/credential`, { cookie, body: { managementToken }, headers });
const stateOf = async (slug: string, cookie: string) => {
  const answer = await get(`/api/clusters/${slug}/state`, cookie);
  expect(answer.status).toBe(200);
  return clusterStateSchema.parse(await answer.json());
};
const isSignedIn = async (cookie: string) => {
  const session: unknown = await (await get("/api/session", cookie)).json();
  return z.looseObject({ signedIn: z.boolean() }).parse(session).signedIn;
};
/** The same gateway, started again with other clusters. */
const restartedWith = (entries: readonly ClusterEntry[]) => {
  const { hono } = createApp({ ...gateway.options, clusters: createClusterRegistry(entries) });
  return async (path: string, cookie: string) =>
    hono.request(`http://localhost:4600${path}`, { headers: { Cookie: cookie } });
};

test("a link opens what is kept here and what the file has a token for, each with its own tokens only", async () => {
  const cookie = await gateway.signIn();
  expect(await accessOf(cookie)).toEqual({ own: "ready", lent: "ready", locked: "credential_needed" });
  for (const path of ["/api/v0", longOf(lent.entry)]) {
    const body = { description: `made at ${path}` };
    expect((await gateway.page("POST", `${path}/tokens`, { cookie, body })).status).toBe(200);
  }
  expect(await descriptionsOf(LONG, cookie)).toEqual(["made at /api/v0"]);
  expect(await descriptionsOf(longOf(lent.entry), cookie)).toEqual([`made at ${longOf(lent.entry)}`]);
  // Whoever did it is the same person on both.
  const actors = await gateway.database.db.selectFrom("activity").select("actor").distinct().execute();
  expect(actors).toEqual([{ actor: '{"kind":"link","label":"Operator (sign-in link)"}' }]);
});

test("a cluster without a credential says what is needed, is not asked, and ends no session", async () => {
  const cookie = await gateway.signIn();
  const path = longOf(locked.entry);
  for (const [method, at] of [
    ["GET", `${path}/tokens`],
    ["DELETE", `${path}/tokens/aaaaaaaa-2222-4333-8444-555555555555`],
    ["GET", `/api/v0/accounts/${locked.entry.cluster.accountId}/management-tokens`],
    ["GET", "/api/clusters/locked/rotations"],
    ["GET", "/api/clusters/locked/revoke-runs"],
  ] as const) {
    expect([at, ...(await problemOf(await gateway.page(method, at, { cookie })))]).toEqual([
      at,
      401,
      "credential_needed",
      "The configuration holds no token for this cluster.",
    ]);
  }
  expect(await stateOf("locked", cookie)).toEqual({
    state: "credential_needed",
    reason: "The configuration holds no token for this cluster.",
  });
  expect(locked.calls).toEqual([]);
  expect(await gateway.database.db.selectFrom("activity").selectAll().execute()).toEqual([]);
  expect(await isSignedIn(cookie)).toBe(true);
  expect(await descriptionsOf("/api/v0", cookie)).toEqual([]);
});

test("6. a token that is given opens that cluster until it is forgotten, and stands nowhere in clear text", async () => {
  const cookie = await gateway.signIn();
  const given = await give("locked", ` ${locked.secret}\n`, cookie);
  expect([given.status, clusterSchema.parse(await given.clone().json())]).toMatchObject([
    200,
    { slug: "locked", access: { state: "ready" } },
  ]);
  expect(locked.calls).toEqual(["check"]);
  expect(await descriptionsOf(longOf(locked.entry), cookie)).toEqual([]);
  const seen =
    (await gateway.database.bytes()).toString("latin1") + gateway.logLines.join("") + (await given.text());
  expect(seen).not.toContain(locked.secret);

  const forget = () => gateway.page("DELETE", "/api/clusters/locked/credential", { cookie });
  expect([(await forget()).status, (await forget()).status]).toEqual([204, 204]);
  expect(await reasonOf(await get(`${longOf(locked.entry)}/tokens`, cookie))).toEqual([
    401,
    "credential_needed",
  ]);
  expect(await accessOf(cookie)).toEqual({ own: "ready", lent: "ready", locked: "credential_needed" });
});

test("what is recorded about a cluster is open no longer than the cluster takes the credential", async () => {
  const cookie = await gateway.signIn();
  const id = "aaaaaaaa-2222-4333-8444-555555555555";
  const paths = [
    `${longOf(lent.entry)}/tokens/${id}/history`,
    `/api/v0/accounts/${lent.entry.cluster.accountId}/management-tokens/${id}/history`,
    "/api/clusters/lent/rotations",
    "/api/clusters/lent/revoke-runs",
  ];
  for (const path of paths) expect([path, (await get(path, cookie)).status]).toEqual([path, 200]);
  expect(lent.calls).toEqual(["check"]);
  await lent.revokeSecret();
  gateway.pass(60_000);
  for (const path of paths) {
    expect([path, ...(await reasonOf(await get(path, cookie)))]).toEqual([path, 401, "credential_refused"]);
  }
});

test("a refused token is not taken, and what was there stays", async () => {
  const cookie = await gateway.signIn();
  await give("locked", locked.secret, cookie);
  const refused = await give("locked", MANAGEMENT_TOKEN, cookie);
  expect(await reasonOf(refused)).toEqual([401, "credential_refused"]);
  expect(await accessOf(cookie)).toMatchObject({ locked: "ready" });
  expect(await descriptionsOf(longOf(locked.entry), cookie)).toEqual([]);
  expect(await reasonOf(await give("none", locked.secret, cookie))).toEqual([404, "not_found"]);
});

test("giving a credential is for our own pages with a session, and is limited like signing in", async () => {
  const cookie = await gateway.signIn();
  const elsewhere = await give("locked", locked.secret, cookie, { "Sec-Fetch-Site": "cross-site" });
  expect(await reasonOf(elsewhere)).toEqual([403, "cross_site"]);
  expect(await reasonOf(await give("locked", locked.secret, cookie, { "X-Tokenward-Request": "" }))).toEqual([
    403,
    "cross_site",
  ]);
  const forgotten = await gateway.page("DELETE", "/api/clusters/lent/credential", {
    cookie,
    headers: { "Sec-Fetch-Site": "cross-site" },
  });
  expect(forgotten.status).toBe(403);
  const bearer = await gateway.page("POST", "/api/clusters/locked/credential", {
    body: { managementToken: locked.secret },
    headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}` },
  });
  expect(await reasonOf(bearer)).toEqual([401, "not_signed_in"]);
  expect(locked.calls).toEqual([]);
  for (let attempt = 0; attempt < 10; attempt++) {
    expect((await give("locked", "wrong", cookie)).status).toBe(401);
  }
  const limited = await give("locked", locked.secret, cookie);
  expect([limited.status, limited.headers.get("Retry-After")]).toEqual([429, "60"]);
  expect(locked.calls).toHaveLength(10);
  expect((await signInWith(MANAGEMENT_TOKEN)).status).toBe(429);
});

test("a cluster that refuses the credential says so for itself; the session goes on", async () => {
  const cookie = await gateway.signIn();
  expect(await stateOf("lent", cookie)).toEqual({ state: "reachable" });
  await lent.revokeSecret();
  expect(await reasonOf(await get(`${longOf(lent.entry)}/tokens`, cookie))).toEqual([
    401,
    "credential_refused",
  ]);
  expect(await stateOf("lent", cookie)).toEqual({
    state: "credential_refused",
    reason: "This management token is revoked.",
  });
  expect(await isSignedIn(cookie)).toBe(true);
  expect(await descriptionsOf("/api/v0", cookie)).toEqual([]);
});

test("somebody may sign in with a token of any cluster, and is then on that one only", async () => {
  const cookie = cookieOf(await signInWith(locked.secret, "locked"));
  expect(await accessOf(cookie)).toEqual({
    own: "credential_needed",
    lent: "credential_needed",
    locked: "ready",
  });
  expect(await reasonOf(await get("/api/v0/tokens", cookie))).toEqual([401, "credential_needed"]);
  expect(await descriptionsOf(longOf(locked.entry), cookie)).toEqual([]);
  const own = await gateway.page("DELETE", "/api/clusters/locked/credential", { cookie });
  expect(await reasonOf(own)).toEqual([409, "conflict"]);
  // Its refusal by the cluster does not end the session either.
  await locked.revokeSecret();
  expect(await reasonOf(await get(`${longOf(locked.entry)}/tokens`, cookie))).toEqual([
    401,
    "credential_refused",
  ]);
  expect(await isSignedIn(cookie)).toBe(true);

  expect(await reasonOf(await signInWith(locked.secret, "locked"))).toEqual([401, "credential_refused"]);
  expect(await reasonOf(await signInWith(MANAGEMENT_TOKEN, "lent"))).toEqual([401, "credential_refused"]);
  expect(await reasonOf(await signInWith(FILE_TOKEN))).toEqual([401, "credential_refused"]);
  expect(await reasonOf(await signInWith(MANAGEMENT_TOKEN, "none"))).toEqual([404, "not_found"]);
});

test("a token of the own cluster that was added is looked at every time, and replays as the one of the session does", async () => {
  const cookie = cookieOf(await signInWith(locked.secret, "locked"));
  const { id, accessToken } = await createdBy(
    await gateway.bearer("POST", MANAGEMENT, { description: "added" }),
  );
  expect((await give("own", accessToken, cookie)).status).toBe(200);
  expect(await descriptionsOf("/api/v0", cookie)).toEqual([]);
  const revoke = () =>
    gateway.page("DELETE", `${MANAGEMENT}/${id}`, {
      cookie,
      headers: { "Idempotency-Key": "one-and-the-same-key" },
    });
  expect((await revoke()).status).toBe(204);
  expect(await reasonOf(await get("/api/v0/tokens", cookie))).toEqual([401, "credential_refused"]);
  expect(await reasonOf(await get(LONG.replace(/clusters.*/, "management-tokens"), cookie))).toEqual([
    401,
    "credential_refused",
  ]);
  const again = await revoke();
  expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([204, "true"]);
  expect(await isSignedIn(cookie)).toBe(true);
});

test("tokens that are given at the same moment do not push each other out", async () => {
  const cookie = cookieOf(await signInWith(MANAGEMENT_TOKEN));
  const given = await Promise.all([give("lent", lent.secret, cookie), give("locked", locked.secret, cookie)]);
  expect(given.map(({ status }) => status)).toEqual([200, 200]);
  expect(await accessOf(cookie)).toEqual({ own: "ready", lent: "ready", locked: "ready" });
});

test("the token of the file is used no longer by a gateway that may not, for sessions from before", async () => {
  const cookie = await gateway.signIn();
  const refusal = "Not on this gateway.";
  const send = restartedWith(
    gateway.options.clusters.entries.map((entry) =>
      entry.cluster.slug === "lent" ? { ...entry, link: { refusal } } : entry,
    ),
  );
  expect(await problemOf(await send(`${longOf(lent.entry)}/tokens`, cookie))).toEqual([
    401,
    "credential_needed",
    refusal,
  ]);
  expect((await send("/api/v0/tokens", cookie)).status).toBe(200);
  expect(lent.calls).toEqual([]);
});

test("another cluster that took over the name of one gets none of its tokens", async () => {
  const cookie = await gateway.signIn();
  await give("locked", locked.secret, cookie);
  locked.calls.length = 0;
  const send = restartedWith(
    gateway.options.clusters.entries.map((entry) =>
      entry.cluster.slug === "locked" ? { ...entry, key: `${entry.key} moved` } : entry,
    ),
  );
  expect(await reasonOf(await send(`${longOf(locked.entry)}/tokens`, cookie))).toEqual([
    401,
    "credential_needed",
  ]);
  expect(locked.calls).toEqual([]);
});

test("a session whose own cluster is in the configuration no longer is over", async () => {
  const cookie = cookieOf(await signInWith(locked.secret, "locked"));
  const others = gateway.options.clusters.entries.filter(({ cluster }) => cluster.slug !== "locked");
  const answer = await restartedWith(others)("/api/clusters", cookie);
  expect(await reasonOf(answer)).toEqual([401, "session_ended"]);
  expect(await isSignedIn(cookie)).toBe(true);
});

test("sessions from before there were several clusters are over, and nothing crashes", async () => {
  const cookie = cookieOf(await signInWith(MANAGEMENT_TOKEN));
  const { db } = gateway.database;
  const { id_hash } = await db.selectFrom("sessions").select("id_hash").executeTakeFirstOrThrow();
  const key = deriveKey(gateway.options.key, "", "session credential");
  const old = JSON.stringify({ kind: "management_token", secret: MANAGEMENT_TOKEN });
  await db
    .updateTable("sessions")
    .set({ credential: seal(key, old, id_hash) })
    .execute();
  expect(await isSignedIn(cookie)).toBe(false);
  expect(await reasonOf(await get("/api/v0/tokens", cookie))).toEqual([401, "session_ended"]);
});

test("without a cluster of its own a link still says who came, and lends what the file has", async () => {
  await gateway.close();
  gateway = await startTestGateway({
    clustersOf: async (_own, database, clock) => {
      lent = await clusterElsewhere({ name: "lent", database, clock, fileToken: FILE_TOKEN });
      locked = await clusterElsewhere({ name: "locked", database, clock });
      return [locked.entry, lent.entry];
    },
  });
  const cookie = await gateway.signIn();
  expect(await accessOf(cookie)).toEqual({ locked: "credential_needed", lent: "ready" });
  expect(await (await get("/api/session", cookie)).json()).toMatchObject({ actor: { kind: "link" } });
  expect(await descriptionsOf(longOf(lent.entry), cookie)).toEqual([]);
  // The short paths are those of the default cluster.
  expect(await reasonOf(await get("/api/v0/tokens", cookie))).toEqual([401, "credential_needed"]);
});

test("of several clusters of an account a session is brought to one that it has a credential for", async () => {
  await gateway.close();
  gateway = await startTestGateway({
    clustersOf: async (own, database, clock) => {
      const { accountId } = own[0]?.cluster ?? { accountId: "" };
      const ids = { accountId, clusterId: "cccccccc-2222-4222-8222-222222222222" };
      locked = await clusterElsewhere({ name: "locked", database, clock, ids });
      return [...own, locked.entry];
    },
  });
  const cookie = cookieOf(await signInWith(locked.secret, "locked"));
  expect((await get(MANAGEMENT, cookie)).status).toBe(200);
  expect(locked.calls).toEqual(["check", "listManagementTokens"]);
  expect((await gateway.page("GET", MANAGEMENT, { cookie: await gateway.signIn() })).status).toBe(200);
  expect(locked.calls).toHaveLength(2);
});
