import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { clusterStateSchema } from "#contract/cluster.ts";
import { isSuspended } from "#contract/token.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import { createClusterRegistry } from "#server/clusters.ts";
import { configuredClusters } from "#server/configured-clusters.ts";
import { startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { createUpstream, type Upstream } from "#server/services/upstream.ts";
import { createV2 } from "#server/services/v2.ts";
import { allAccess } from "./v2-rights.ts";
import { startFakeV2, type FakeV2 } from "./v2.ts";

const ids = {
  accountId: "5b3a9b1e-0d53-5d38-9a0f-6a4f4f2f7a11",
  clusterId: "0c2f7f52-6c0e-5c5a-8a5f-2d9f6b0f3c22",
};
const LONG = `/api/v0/accounts/${ids.accountId}/clusters/${ids.clusterId}`;

describe("A gateway in front of InfluxDB v2", () => {
  let fake: FakeV2;
  let upstream: Upstream;
  let gateway: TestGateway;
  /** All that went back to callers, headers included. */
  let answers: string[];

  beforeEach(async () => {
    fake = await startFakeV2();
    fake.addBucket("ci");
    const profile = {
      name: "Old server",
      slug: "old",
      product: "v2",
      url: fake.url,
      tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
      ...ids,
      longPaths: false,
      token: fake.operator.token,
    } as const;
    upstream = createUpstream(profile);
    const configuration = {
      clusters: [{ profile, linkRefusal: undefined }],
      defaultSlug: "old",
      remarks: [],
    };
    const entries = configuredClusters(configuration, undefined, () => createV2(profile, { upstream }));
    gateway = await startTestGateway({ clusters: createClusterRegistry(entries) });
    answers = [];
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
    await fake.close();
  });

  async function heard(answering: Promise<Response>) {
    const answer = await answering;
    const text = await answer.text();
    answers.push(JSON.stringify([...answer.headers]), text);
    return { status: answer.status, etag: answer.headers.get("ETag") ?? "", text };
  }
  const read = <Shape>(schema: z.ZodMiniType<Shape>, { text }: { text: string }): Shape =>
    schema.parse(JSON.parse(text));
  const asApi = (method: string, path: string, body?: unknown) =>
    heard(gateway.bearer(method, path, body, { Authorization: `Bearer ${fake.operator.token}` }));

  it("answers the vendor's Management API with its tokens, on both addresses", async () => {
    const row = fake.addAuthorization({ description: "Grafana" });
    for (const scope of ["/api/v0", LONG]) {
      const tokens = read(z.array(tokenSchema), await asApi("GET", `${scope}/tokens`));
      expect(tokens.map(({ id }) => id)).toEqual([fake.operator.id, row.id]);
      const one = read(tokenSchema, await asApi("GET", `${scope}/tokens/${row.id}`));
      expect(one).toEqual(tokens[1]);
      expect("clusterId" in one).toBe(scope === LONG);
      const databases = read(
        z.array(z.looseObject({ name: z.string() })),
        await asApi("GET", `${scope}/databases`),
      );
      expect(databases.map(({ name }) => name)).toEqual(["_monitoring", "_tasks", "ci"]);
      expect((await asApi("GET", `${scope}/tokens/123`)).status).toBe(400);
      expect((await asApi("GET", `${scope}/tokens/0123456789abcdef`)).status).toBe(404);
    }
    const permissions = [{ action: "write", resource: "ci" }];
    const made = read(
      createdTokenSchema,
      await asApi("POST", "/api/v0/tokens", { description: "CI", permissions }),
    );
    expect(fake.authorization(made.id)?.token).toBe(made.accessToken);
    const path = `/api/v0/tokens/${made.id}`;
    expect(
      read(tokenSchema, await asApi("PATCH", path, { description: "CI 2", permissions })).description,
    ).toBe("CI 2");
    expect((await asApi("PATCH", path, { permissions: [] })).status).toBe(409);
    expect((await asApi("DELETE", path)).status).toBe(204);
    expect((await asApi("DELETE", path)).status).toBe(404);
    expect(fake.authorization(made.id)).toBeUndefined();
    const stranger = { Authorization: "Bearer unknown-token" };
    expect((await heard(gateway.bearer("GET", "/api/v0/tokens", undefined, stranger))).status).toBe(401);
  });

  it("tells a session what it may not see, and suspends and restores with what it saw", async () => {
    const cookie = await gateway.signIn();
    const page = (method: string, path: string, etag?: string) =>
      heard(gateway.page(method, path, { cookie, headers: etag === undefined ? {} : { "If-Match": etag } }));
    const row = fake.addAuthorization();
    const state = async (init: Promise<{ text: string }>) => read(clusterStateSchema, await init);
    expect(await state(page("GET", "/api/clusters/old/state"))).toEqual({ state: "reachable" });
    const limited = fake.addAuthorization({ permissions: allAccess(fake.organization.id, fake.user.id) });
    const asLimited = { Authorization: `Bearer ${limited.token}` };
    expect(
      await state(heard(gateway.bearer("GET", "/api/clusters/old/state", undefined, asLimited))),
    ).toEqual({ state: "reachable", partialReason: expect.stringContaining("leaves out the tokens") });

    const path = `${LONG}/tokens/${row.id}`;
    const seen = await page("GET", path);
    const suspended = await page("POST", `${path}/suspension`, seen.etag);
    expect(isSuspended(read(tokenSchema, suspended))).toBe(true);
    const kept = await page("GET", `${path}/suspension`);
    expect((await page("DELETE", `${path}/suspension`, seen.etag)).status).toBe(412);
    const restored = await page("DELETE", `${path}/suspension`, kept.etag);
    expect([restored.status, fake.authorization(row.id)?.status]).toEqual([200, "active"]);
    const history = await page("GET", `${path}/history`);
    expect(history.text).toContain('"restore"');
  });

  it("6. lets no v2 token into an answer, the log or the database, but for the one that it makes", async () => {
    const cookie = await gateway.signIn();
    const page = (method: string, path: string, body?: unknown) =>
      heard(gateway.page(method, `${LONG}${path}`, { cookie, body, headers: { "If-Match": "*" } }));
    const row = fake.addAuthorization();
    await page("GET", "/tokens");
    const made = await page("POST", "/tokens", {
      description: "CI",
      permissions: [{ action: "read", resource: "ci" }],
    });
    expect(made.status).toBe(200);
    const { accessToken } = read(createdTokenSchema, made);
    expect(answers.pop()).toContain(accessToken);
    const change = async () => {
      await page("PATCH", `/tokens/${row.id}`, { description: "other" });
      await page("POST", `/tokens/${row.id}/suspension`);
      await page("DELETE", `/tokens/${row.id}/suspension`);
      await page("GET", `/tokens/${row.id}/history`);
      await page("GET", "/tokens");
    };
    await change();
    const message = `leaked ${fake.canaries().join(" ")}`;
    for (const status of [400, 401, 403, 404, 500, 200]) {
      fake.onCall = () => ({ status, body: { code: "any", message, authorizations: message } });
      await change();
    }
    fake.onCall = undefined;
    await page("DELETE", `/tokens/${row.id}`);

    const kept = (await gateway.database.bytes()).toString("latin1");
    expect(kept).toContain(row.id);
    const everything = [...answers, ...gateway.logLines, kept].join("\n");
    expect(fake.canaries()).toHaveLength(3);
    for (const secret of fake.canaries()) expect(everything).not.toContain(secret);
  });
});
