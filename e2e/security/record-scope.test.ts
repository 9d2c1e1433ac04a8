import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { activityPageSchema } from "#contract/activity.ts";
import { problemSchema } from "#contract/problem.ts";
import { startFakeV2 } from "#e2e/upstreams/v2.ts";
import { clusterElsewhere, type ClusterElsewhere } from "#server/cluster-elsewhere-for-tests.ts";
import { cookieOf, createdBy, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { clusterBehind, type ClusterBehind } from "./cluster-behind.ts";

/** Somebody has a token of `mine`. `sibling` is another cluster of its account, `theirs` is of another one. */
const names = ["mine", "sibling", "theirs"] as const;
type Name = (typeof names)[number];
let gateway: TestGateway;
let clusters: Record<Name, ClusterElsewhere>;
/** Somebody's session. */
let cookie: string;
/** What was made at each: a database token, and a management token of its account. */
let made: Record<Name, { token: string; manager: string }>;

const longOf = (name: Name) => {
  const { accountId, clusterId } = clusters[name].entry.cluster;
  return `/api/v0/accounts/${accountId}/clusters/${clusterId}`;
};
const managersOf = (name: Name) =>
  `/api/v0/accounts/${clusters[name].entry.cluster.accountId}/management-tokens`;
const recordOf = (name: Name | "own") => `/api/clusters/${name}/activity`;
const withTokenOf = (name: Name, method: string, path: string, body?: unknown) =>
  gateway.bearer(method, path, body, { Authorization: `Bearer ${clusters[name].secret}` });
const reasonOf = async (answer: Response) => [answer.status, problemSchema.parse(await answer.json()).reason];
const deedsOf = async (name: Name) => {
  const answer = await withTokenOf(name, "GET", recordOf(name));
  expect(answer.status).toBe(200);
  return activityPageSchema.parse(await answer.json()).entries;
};

beforeAll(async () => {
  const account = crypto.randomUUID();
  const ids = { accountId: account, clusterId: crypto.randomUUID() };
  gateway = await startTestGateway({
    clustersOf: async (own, database, clock) => {
      const elsewhere = (name: Name, more = {}) => clusterElsewhere({ name, database, clock, ...more });
      clusters = {
        mine: await elsewhere("mine", { ids }),
        sibling: await elsewhere("sibling", { ids: { ...ids, clusterId: crypto.randomUUID() } }),
        theirs: await elsewhere("theirs"),
      };
      return [...own, ...Object.values(clusters).map(({ entry }) => entry)];
    },
  });
  const make = async (name: Name) => {
    const description = `secret plans of ${name}`;
    const token = await createdBy(await withTokenOf(name, "POST", `${longOf(name)}/tokens`, { description }));
    const manager = await createdBy(await withTokenOf(name, "POST", managersOf(name), { description }));
    return { token: token.id, manager: manager.id };
  };
  made = { mine: await make("mine"), sibling: await make("sibling"), theirs: await make("theirs") };
  const body = { method: "management_token", managementToken: clusters.mine.secret, cluster: "mine" };
  cookie = cookieOf(await gateway.page("POST", "/api/session", { body }));
});
afterAll(() => gateway.close());

test("10. who has a token of one cluster is shown no other's record, and no other cluster is asked", async () => {
  const [deed] = await deedsOf("theirs");
  expect(deed?.description).toBe("secret plans of theirs");
  for (const { calls } of Object.values(clusters)) calls.length = 0;
  for (const name of ["theirs", "sibling", "own"] as const) {
    for (const end of ["", "?since=0", `/${deed?.id ?? ""}`, "/export?format=csv", "/export?format=jsonl"]) {
      for (const method of ["GET", "HEAD"]) {
        const path = recordOf(name) + end;
        const answer = await gateway.page(method, path, { cookie });
        if (method === "HEAD") expect([path, answer.status]).toEqual([path, 401]);
        else expect([path, ...(await reasonOf(answer))]).toEqual([path, 401, "credential_needed"]);
      }
    }
  }
  expect([clusters.theirs.calls, clusters.sibling.calls]).toEqual([[], []]);
  // As a bearer's token it is one of the cluster in the address, which does not know it.
  for (const name of ["theirs", "own"] as const) {
    const answer = await withTokenOf("mine", "GET", recordOf(name));
    expect([name, ...(await reasonOf(answer))]).toEqual([name, 401, "credential_refused"]);
  }
});

test("10. a deed of another cluster is none, whatever its id and however its address is written", async () => {
  const absent = await gateway.page("GET", `${recordOf("mine")}/${crypto.randomUUID()}`, { cookie });
  expect(absent.status).toBe(404);
  const words = z.looseObject({ message: z.string() });
  const { message } = words.parse(await absent.json());
  const theirs = [...(await deedsOf("theirs")), ...(await deedsOf("sibling"))];
  const foreign = theirs.filter(({ kind, description }) => {
    return kind === "database" || description === "secret plans of theirs";
  });
  expect(foreign).toHaveLength(3);
  for (const { id } of foreign) {
    for (const written of [id, id.toUpperCase()]) {
      const answer = await gateway.page("GET", `${recordOf("mine")}/${written}`, { cookie });
      // Nothing tells it from one that never was.
      expect([answer.status, words.parse(await answer.json()).message]).toEqual([404, message]);
    }
  }
  for (const [end, status] of [
    [`/..%2f..%2ftheirs%2factivity`, 400],
    [`%2f..%2f..%2ftheirs/activity`, 400],
    [`/%2e%2e/%2e%2e/theirs/activity`, 401],
    ["?slug=theirs", 400],
    [`?accountId=${clusters.theirs.entry.cluster.accountId}`, 400],
    ["/export?format=csv&slug=theirs", 400],
    ["/export?format=csv&clusterId=*", 400],
  ] as const) {
    const path = recordOf("mine") + end;
    const answer = await gateway.page("GET", path, { cookie });
    expect([path, answer.status]).toEqual([path, status]);
    expect(await answer.text()).not.toContain("plans of theirs");
  }
});

test("10. no filter and no format of one's own record says anything of another's", async () => {
  const { id } = (await deedsOf("theirs"))[0] ?? { id: "" };
  for (const query of [
    "",
    "?before=9007199254740991",
    "?since=0",
    "/export?format=jsonl",
    "/export?format=csv",
    "/export?format=jsonl&q=plans",
    `/export?format=jsonl&token=${made.theirs.token}`,
    `/export?format=csv&token=${made.theirs.manager}`,
    `/export?format=jsonl&q=${id}`,
    "/export?format=jsonl&actor=Token%20of%20theirs",
    "/export?format=csv&from=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z",
  ]) {
    const answer = await gateway.page("GET", recordOf("mine") + query, { cookie });
    const text = await answer.text();
    expect([query, answer.status]).toEqual([query, 200]);
    expect(text).not.toContain("plans of theirs");
    expect(text).not.toContain(made.theirs.token);
    expect(text).not.toContain(made.sibling.token);
    expect(text).not.toContain("canary");
  }
  // Management tokens belong to the account, which both of its clusters show.
  const seen = (await deedsOf("mine")).map(({ kind, description }) => `${kind}: ${description ?? ""}`);
  expect(seen.sort()).toEqual([
    "database: secret plans of mine",
    "management: secret plans of mine",
    "management: secret plans of sibling",
  ]);
});

test("10. the history of another cluster's token, or account's, is not found through one's own", async () => {
  for (const path of [
    `${longOf("mine")}/tokens/${made.theirs.token}/history`,
    `${longOf("mine")}/tokens/${made.sibling.token}/history`,
    `${longOf("mine")}/tokens/${made.theirs.manager}/history`,
    `${managersOf("mine")}/${made.theirs.manager}/history`,
    `${managersOf("mine")}/${made.mine.token}/history`,
  ]) {
    const text = await (await gateway.page("GET", path, { cookie })).text();
    expect([path, /plans|canary/.test(text)]).toEqual([path, false]);
  }
  for (const path of [
    `${longOf("theirs")}/tokens/${made.theirs.token}/history`,
    `${managersOf("theirs")}/${made.theirs.manager}/history`,
    `${longOf("sibling")}/tokens/${made.sibling.token}/history`,
  ]) {
    const answer = await gateway.page("GET", path, { cookie });
    expect([path, ...(await reasonOf(answer))]).toEqual([path, 401, "credential_needed"]);
  }
  // An account's cluster in another's address is none.
  const { clusterId } = clusters.theirs.entry.cluster;
  const { accountId } = clusters.mine.entry.cluster;
  const mixed = `/api/v0/accounts/${accountId}/clusters/${clusterId}/tokens`;
  expect((await gateway.page("GET", mixed, { cookie })).status).toBe(404);
});

test("10. who may not see the tokens of an InfluxDB v2 is not told what was done to them", async () => {
  const v2 = await startFakeV2();
  let behind: ClusterBehind | undefined;
  const other = await startTestGateway({
    clustersOf: async (own, database, clock) => {
      const of = { url: v2.url, product: "v2", token: v2.operator.token } as const;
      behind = clusterBehind(of, database, clock);
      return [...own, behind.entry];
    },
  });
  const { accountId, clusterId } = behind?.entry.cluster ?? { accountId: "", clusterId: "" };
  const long = `/api/v0/accounts/${accountId}/clusters/${clusterId}`;
  const as = (token: string, method: string, path: string, body?: unknown) =>
    other.bearer(method, path, body, { Authorization: `Bearer ${token}` });
  v2.addBucket("sensors");
  const { operator } = v2;
  const writer = await createdBy(
    await as(operator.token, "POST", `${long}/tokens`, {
      description: "Telegraf on a thousand machines",
      permissions: [{ action: "write", resource: "sensors" }],
    }),
  );
  const paths = [
    "/api/clusters/v2/activity",
    "/api/clusters/v2/activity?since=0",
    "/api/clusters/v2/activity/export?format=csv",
    `${long}/tokens/${writer.id}/history`,
  ];
  for (const path of paths) {
    // The cluster knows the token, and shows it no tokens.
    const refused = await as(writer.accessToken, "GET", path);
    expect([path, ...(await reasonOf(refused))]).toEqual([path, 403, "forbidden"]);
    expect([path, (await as("nobody-0123456789", "GET", path)).status]).toEqual([path, 401]);
    const shown = await as(operator.token, "GET", path);
    expect([path, shown.status, /Telegraf/.test(await shown.text())]).toEqual([path, 200, true]);
  }
  expect((await as(writer.accessToken, "GET", `${long}/databases`)).status).toBe(200);
  await other.close();
  await behind?.close();
  await v2.close();
});

test("10. a token that its cluster takes no longer opens the record for a minute at most", async () => {
  expect((await gateway.page("GET", recordOf("mine"), { cookie })).status).toBe(200);
  await clusters.mine.revokeSecret();
  gateway.pass(60_000);
  const answer = await gateway.page("GET", recordOf("mine"), { cookie });
  expect(answer.status).toBe(401);
  expect((await withTokenOf("mine", "GET", recordOf("mine"))).status).toBe(401);
});
