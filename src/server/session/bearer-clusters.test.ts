import { afterEach, beforeEach, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { clusterElsewhere, type ClusterElsewhere } from "#server/cluster-elsewhere-for-tests.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";
let gateway: TestGateway;
let elsewhere: ClusterElsewhere;

/** `asDefault`: the short paths are those of the cluster elsewhere. */
async function start(asDefault = false) {
  gateway = await startTestGateway({
    clustersOf: async (own, database, clock) => {
      elsewhere = await clusterElsewhere({ name: "elsewhere", database, clock });
      const entries = [...own, elsewhere.entry];
      return entries.map((entry) => ({
        ...entry,
        cluster: { ...entry.cluster, isDefault: (entry === elsewhere.entry) === asDefault },
      }));
    },
  });
}
beforeEach(() => start());
afterEach(() => gateway.close());

const longOf = ({ cluster }: ClusterEntry) =>
  `/api/v0/accounts/${cluster.accountId}/clusters/${cluster.clusterId}`;
const as = (secret: string, method: string, path: string, body?: unknown, headers = {}) =>
  gateway.bearer(method, path, body, { Authorization: `Bearer ${secret}`, ...headers });
const reasonOf = async (answer: Response) => [answer.status, problemSchema.parse(await answer.json()).reason];
const REFUSED = [401, "credential_refused"];

test("a bearer's token is one of the cluster in the path, and is tried on no other", async () => {
  const { secret, entry, calls } = elsewhere;
  const there = longOf(entry);
  const account = `/api/v0/accounts/${entry.cluster.accountId}/management-tokens`;
  for (const path of [
    `${there}/tokens`,
    `${there}/databases`,
    account,
    "/api/clusters/elsewhere/rotations",
  ]) {
    expect([path, (await as(secret, "GET", path)).status]).toEqual([path, 200]);
    expect([path, ...(await reasonOf(await as(MANAGEMENT_TOKEN, "GET", path)))]).toEqual([path, ...REFUSED]);
  }
  const before = calls.length;
  for (const path of [
    `${LONG}/tokens`,
    "/api/v0/tokens",
    MANAGEMENT,
    "/api/clusters/own/rotations",
    "/api/clusters",
  ]) {
    expect([path, (await as(MANAGEMENT_TOKEN, "GET", path)).status]).toEqual([path, 200]);
    expect([path, ...(await reasonOf(await as(secret, "GET", path)))]).toEqual([path, ...REFUSED]);
  }
  expect(calls).toHaveLength(before);
  const clusters: unknown = await (await gateway.bearer("GET", "/api/clusters")).json();
  expect(clusters).toMatchObject([
    { slug: "own", access: { state: "ready" } },
    {
      slug: "elsewhere",
      access: { state: "credential_needed", reason: expect.stringContaining("another cluster") },
    },
  ]);
});

test("the short paths are those of the default cluster, whichever it is", async () => {
  await gateway.close();
  await start(true);
  const { secret } = elsewhere;
  expect((await as(secret, "GET", "/api/v0/tokens")).status).toBe(200);
  expect(await reasonOf(await as(MANAGEMENT_TOKEN, "GET", "/api/v0/tokens"))).toEqual(REFUSED);
  const made = "11111111-1111-1111-1111-111111111111";
  expect((await as(secret, "GET", `/api/v0/accounts/${made}/clusters/${made}/tokens`)).status).toBe(200);
  expect((await as(secret, "GET", "/api/clusters")).status).toBe(200);
});

test("what a cluster was asked for is what it gets: a change reaches it with the caller's own token", async () => {
  const there = longOf(elsewhere.entry);
  const made = await createdBy(
    await as(elsewhere.secret, "POST", `${there}/tokens`, { description: "made" }),
  );
  expect((await as(elsewhere.secret, "DELETE", `${there}/tokens/${made.id}`)).status).toBe(204);
  expect((await gateway.bearer("GET", `/api/v0/tokens/${made.id}`)).status).toBe(404);
  const history = await as(elsewhere.secret, "GET", `${there}/tokens/${made.id}/history`);
  expect(await history.json()).toMatchObject([
    { action: "revoke", actor: "Token of elsewhere", outcome: "done" },
    { action: "create", actor: "Token of elsewhere", outcome: "done" },
  ]);
});

test("a made-up token opens nothing that the gateway itself keeps, and leaves no trace in it", async () => {
  await gateway.close();
  await start(true);
  const there = longOf(elsewhere.entry);
  const tries: [string, string, unknown?][] = [
    ["GET", `${there}/tokens/${ABSENT}/history`],
    ["GET", `/api/v0/accounts/${elsewhere.entry.cluster.accountId}/management-tokens/${ABSENT}/history`],
    ["GET", "/api/clusters/elsewhere/revoke-runs"],
    [
      "POST",
      "/api/clusters/elsewhere/revoke-runs",
      { kind: "database", tokens: [{ tokenId: ABSENT, description: "" }] },
    ],
    ["GET", "/api/clusters/elsewhere/rotations"],
    ["GET", "/api/clusters/elsewhere/state"],
    ["GET", "/api/clusters"],
    ["POST", "/api/operations/settlement", { operationKey: "key-of-sixteen-chars" }],
    ["DELETE", `${there}/tokens/${ABSENT}`],
    ["POST", `/api/v0/tokens`, { description: "x" }],
  ];
  for (const [method, path, body] of tries) {
    const answer = await as("made-up-token", method, path, body, { "Idempotency-Key": crypto.randomUUID() });
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect([method, path, ...(await reasonOf(answer))]).toEqual([method, path, ...REFUSED]);
  }
  for (const table of ["activity", "operations", "revoke_runs", "rotations"] as const) {
    expect([table, await gateway.database.db.selectFrom(table).selectAll().execute()]).toEqual([table, []]);
  }
});

test("a cluster is asked about a token once a minute, and at once when it was refused", async () => {
  const path = `${longOf(elsewhere.entry)}/databases`;
  const asked = async (secret: string) => {
    elsewhere.calls.length = 0;
    await as(secret, "GET", path);
    return elsewhere.calls;
  };
  expect(await asked(elsewhere.secret)).toEqual(["check", "listDatabases"]);
  expect(await asked(elsewhere.secret)).toEqual(["listDatabases"]);
  gateway.pass(60_000);
  expect(await asked(elsewhere.secret)).toEqual(["check", "listDatabases"]);
  expect(await asked("wrong")).toEqual(["check"]);
  expect(await asked("wrong")).toEqual(["check"]);
});

test("8. traversal, double slashes and line breaks in ids are 400, and no cluster hears of them", async () => {
  const there = longOf(elsewhere.entry);
  const cookie = await gateway.signIn();
  const { secret } = elsewhere;
  await gateway.page("POST", "/api/clusters/elsewhere/credential", {
    cookie,
    body: { managementToken: secret },
  });
  elsewhere.calls.length = 0;
  const ids = [
    "..%2f..%2fdatabases",
    "..%2F",
    "%2e%2e",
    "%2e%2e%2ftokens",
    "..",
    "%2f%2fevil.example",
    "//evil.example",
    "/evil.example",
    "a%0d%0aHost:%20evil.example",
    "a%0ab",
    "%00",
    "%5c%5cevil.example",
    "\\evil.example",
    "%c0%ae",
    `${ABSENT}%2f..`,
    `${ABSENT}%0d%0a`,
  ];
  for (const id of ids) {
    for (const at of [`${there}/tokens/`, "/api/clusters/elsewhere/rotations/", `${there}/databases/..%2f`]) {
      const target = at + id;
      for (const method of ["GET", "DELETE"]) {
        const bearer = await gateway.send(
          "/",
          { method, headers: { Authorization: `Bearer ${secret}` } },
          { target },
        );
        const page = await gateway.send(
          "/",
          {
            method,
            headers: {
              Cookie: cookie,
              "Sec-Fetch-Site": "same-origin",
              "X-Tokenward-Request": "interactive",
              "Idempotency-Key": crypto.randomUUID(),
            },
          },
          { target },
        );
        expect([target, bearer.status, page.status]).toEqual([target, 400, 400]);
      }
    }
  }
  expect(elsewhere.calls).toEqual([]);
});

test("8. an id that cannot be one of the product is refused before anything is recorded", async () => {
  for (const id of ["x", "0123456789abcdef", `${ABSENT}0`, "a%3fb", "%E2%80%AE"]) {
    for (const [method, end] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/suspension"],
      ["GET", "/history"],
    ] as const) {
      const path = `${LONG}/tokens/${id}${end}`;
      expect([path, ...(await reasonOf(await gateway.bearer(method, path)))]).toEqual([
        path,
        400,
        "invalid_id",
      ]);
    }
    expect(await reasonOf(await gateway.bearer("DELETE", `${MANAGEMENT}/${id}`))).toEqual([
      400,
      "invalid_id",
    ]);
  }
  // A service that does not say what its ids look like refuses them all the same.
  const there = `${longOf(elsewhere.entry)}/tokens/x`;
  expect(await reasonOf(await as(elsewhere.secret, "DELETE", there))).toEqual([400, "invalid_id"]);
  elsewhere.calls.length = 0;
  expect(await gateway.database.db.selectFrom("activity").selectAll().execute()).toEqual([]);
  gateway.pass(60_000);
  const long = await as(elsewhere.secret, "GET", `${longOf(elsewhere.entry)}/tokens/${"x".repeat(513)}`);
  expect(await reasonOf(long)).toEqual([400, "invalid_id"]);
  expect(elsewhere.calls).toEqual(["check"]);
});
