import { afterEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { problemSchema } from "#contract/problem.ts";
import { rotationSchema, startedRotationSchema, type RotationStep } from "#contract/rotation.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import { createClusterRegistry } from "#server/clusters.ts";
import { configuredClusters } from "#server/configured-clusters.ts";
import { startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { createCore } from "#server/services/core.ts";
import type { TokenService } from "#server/services/token-service.ts";
import { createUpstream, type Upstream } from "#server/services/upstream.ts";
import { createV2 } from "#server/services/v2.ts";
import { startCoreFixture } from "./core.ts";
import { startFakeV2 } from "./v2.ts";

// Rotations of tokens that Tokenward does not keep itself: created there, and deleted there without a trace.

const ids = {
  accountId: "5b3a9b1e-0d53-5d38-9a0f-6a4f4f2f7a11",
  clusterId: "0c2f7f52-6c0e-5c5a-8a5f-2d9f6b0f3c22",
};

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

type Product = "v2" | "core" | "enterprise";

async function startGateway(
  product: Product,
  { url, secret }: { url: string; secret: string },
  serve: (upstream: Upstream, profile: Parameters<typeof createV2>[0]) => TokenService,
) {
  const profile = {
    name: "Elsewhere",
    slug: "elsewhere",
    product,
    url,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    ...ids,
    longPaths: false,
    token: secret,
  } as const;
  const upstream = createUpstream(profile);
  ends.push(() => upstream.close());
  const configuration = {
    clusters: [{ profile, linkRefusal: undefined }],
    defaultSlug: "elsewhere",
    remarks: [],
  };
  const entries = configuredClusters(configuration, undefined, () => serve(upstream, profile));
  const gateway = await startTestGateway({ clusters: createClusterRegistry(entries) });
  ends.push(() => gateway.close());
  return rotationsOf(gateway, secret);
}

/** What a caller with one token does. */
function rotationsOf(gateway: TestGateway, secret: string) {
  const path = "/api/clusters/elsewhere/rotations";
  const send = (method: string, address: string, body?: unknown) =>
    gateway.bearer(method, address, body, { Authorization: `Bearer ${secret}` });
  const good = async (answering: Promise<Response>): Promise<unknown> => {
    const answer = await answering;
    const json: unknown = await answer.json();
    expect({ status: answer.status, json }).toMatchObject({ status: 200 });
    return json;
  };
  return {
    start: async (tokenId: string, description: string) =>
      startedRotationSchema.parse(await good(send("POST", path, { kind: "database", tokenId, description }))),
    refusedStart: async (tokenId: string, description: string) => {
      const answer = await send("POST", path, { kind: "database", tokenId, description });
      return { status: answer.status, ...problemSchema.parse(await answer.json()) };
    },
    step: async (id: string, step: RotationStep) =>
      rotationSchema.parse(await good(send("POST", `${path}/${id}/steps`, { step }))),
    stepStatus: async (id: string, step: RotationStep) =>
      (await send("POST", `${path}/${id}/steps`, { step })).status,
    list: async () => z.array(rotationSchema).parse(await good(send("GET", path))),
    token: async (id: string) => tokenSchema.parse(await good(send("GET", `/api/v0/tokens/${id}`))),
    remove: async (id: string) => (await send("DELETE", `/api/v0/tokens/${id}`)).status,
  };
}

type Rotations = ReturnType<typeof rotationsOf>;

/** From the replacement to the end, with the old token deleted in between. Gives the replacement. */
async function rotate(rotations: Rotations, oldId: string, description: string) {
  const before = await rotations.token(oldId);
  const { rotation, token } = await rotations.start(oldId, description);
  const made = createdTokenSchema.parse(token);
  expect(rotation).toMatchObject({ state: "created", oldTokenId: oldId, newTokenId: made.id });
  const replacement = await rotations.token(made.id);
  expect(replacement.permissions).toEqual(before.permissions);
  expect(await rotations.stepStatus(rotation.id, "finished")).toBe(409);
  expect((await rotations.step(rotation.id, "acknowledged")).state).toBe("overlap");
  // The old one is there still.
  expect(await rotations.stepStatus(rotation.id, "finished")).toBe(409);
  expect(await rotations.remove(oldId)).toBe(204);
  expect(await rotations.list()).toMatchObject([{ id: rotation.id, state: "overlap", oldTokenGone: true }]);
  expect(await rotations.stepStatus(rotation.id, "abandoned")).toBe(409);
  expect((await rotations.step(rotation.id, "finished")).state).toBe("finished");
  expect(await rotations.list()).toEqual([]);
  return { made, before, replacement };
}

async function startV2() {
  const fake = await startFakeV2();
  ends.push(() => fake.close());
  const rotations = await startGateway(
    "v2",
    { url: fake.url, secret: fake.operator.token },
    (upstream, profile) => createV2(profile, { upstream }),
  );
  return { fake, rotations };
}

test("v2: the replacement may do the same in the same organization, and works", async () => {
  const { fake, rotations } = await startV2();
  const plant = fake.addOrganization("plant");
  const orgID = plant.id;
  const bucket = fake.addBucket("line", { orgID });
  const old = fake.addAuthorization({
    description: "Line 4",
    orgID,
    permissions: [
      { action: "read", resource: { type: "buckets", id: bucket.id, orgID } },
      { action: "write", resource: { type: "tasks", orgID } },
    ],
  });
  const { made } = await rotate(rotations, old.id, "Line 4, second");
  expect(fake.authorization(made.id)).toMatchObject({ token: made.accessToken, orgID, status: "active" });
  expect(fake.authorization(old.id)).toBeUndefined();
});

test("v2: permissions that name no organization leave the replacement in that of the old token", async () => {
  const { fake, rotations } = await startV2();
  const { id: orgID } = fake.addOrganization("plant");
  const old = fake.addAuthorization({
    orgID,
    permissions: [{ action: "read", resource: { type: "buckets" } }],
  });
  const { made } = await rotate(rotations, old.id, "again");
  expect(fake.authorization(made.id)?.orgID).toBe(orgID);
});

test("v2: a token that is deactivated is not rotated, and nothing is created", async () => {
  const { fake, rotations } = await startV2();
  const old = fake.addAuthorization({ status: "inactive" });
  const { id: other } = fake.addAuthorization();
  expect(await rotations.refusedStart(old.id, "again")).toMatchObject({ status: 409, reason: "conflict" });
  expect(fake.authorizations()).toHaveLength(3);
  expect(await rotations.list()).toEqual([]);
  // What the server refuses leaves no rotation behind either.
  fake.onCall = ({ method }) =>
    method === "POST" ? { status: 422, body: { code: "unprocessable entity", message: "no" } } : undefined;
  expect(await rotations.refusedStart(other, "again")).toMatchObject({ upstream: { status: 422 } });
  expect(await rotations.list()).toEqual([]);
});

test.each(["core", "enterprise"] as const)(
  "3 %s: the replacement has a name of its own, and the old one is deleted by its own",
  async (product) => {
    const server = await startCoreFixture({ product, clock: Date.now, databases: ["edge"] });
    ends.push(() => server.close());
    const rotations = await startGateway(
      product,
      { url: server.url, secret: server.operatorToken },
      (upstream, profile) => createCore(profile, { upstream, clock: Date.now }),
    );
    const permissions = product === "core" ? "*:*:*" : "db:edge:read,write";
    const old = server.add({ name: "edge writer", permissions });
    const taken = await rotations.refusedStart(String(old.id), "edge writer");
    expect(taken).toMatchObject({ status: 409, field: "description" });
    expect(await rotations.list()).toEqual([]);
    const { made } = await rotate(rotations, String(old.id), "edge writer 2");
    expect(server.tokens.map(({ name, secret }) => ({ name, secret }))).toEqual([
      { name: "_admin", secret: server.operatorToken },
      { name: "edge writer 2", secret: made.accessToken },
    ]);
  },
);
