import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { activitySchema } from "#contract/activity.ts";
import { createdManagementTokenSchema } from "#contract/management-token.ts";
import { problemSchema } from "#contract/problem.ts";
import { rotationSchema, startedRotationSchema, type RotationStep } from "#contract/rotation.ts";
import { createdTokenSchema } from "#contract/token-schema.ts";
import { ApiError } from "#server/api-error.ts";
import { createApp } from "#server/app.ts";
import { createClusterRegistry, loadOwnClusters } from "#server/clusters.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import {
  cookieOf,
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { createOwnCluster } from "#server/services/own-cluster.ts";
import type { TokenService } from "#server/services/token-service.ts";
import { createOperationStore } from "#server/operations/operation-store.ts";
import { createRotationStore } from "./rotation-store.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";
const KEY = "key-of-sixteen-chars";
const permissions = [
  { action: "read", resource: "*" },
  { action: "compact", resource: "db", note: "kept", resourceType: "database" },
];
type Send = TestGateway["bearer"];

describeOnEachEngine("Rotations", (engine) => {
  let gateway: TestGateway;
  let path: string;
  let old: string;

  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    path = `/api/clusters/${gateway.options.clusters.main.cluster.slug}/rotations`;
    const body = { description: "old one", permissions, expiresAt: "2030-06-01T00:00:00Z" };
    old = (await createdBy(await gateway.bearer("POST", `${LONG}/tokens`, body))).id;
  });
  afterEach(() => gateway.close());

  const wish = (more: object = {}) => ({
    kind: "database",
    tokenId: old,
    description: "new one",
    ...more,
  });
  const start = (more: object = {}, headers: Record<string, string> = {}, send: Send = gateway.bearer) =>
    send("POST", path, wish(more), headers);
  const started = async (answer: Response) => {
    expect(answer.status).toBe(200);
    return startedRotationSchema.parse(await answer.json());
  };
  const step = (id: string, name: RotationStep, headers: Record<string, string> = {}) =>
    gateway.bearer("POST", `${path}/${id}/steps`, { step: name }, headers);
  const stateAfter = async (answer: Response) => {
    expect(answer.status).toBe(200);
    return rotationSchema.parse(await answer.json()).state;
  };
  const listed = async (send: Send = gateway.bearer) =>
    z.array(rotationSchema).parse(await (await send("GET", path)).json());
  const problemOf = async (answer: Response) => {
    const { reason, message } = problemSchema.parse(await answer.json());
    return { status: answer.status, reason, message };
  };
  const tokenCount = async () =>
    z.array(z.unknown()).parse(await (await gateway.bearer("GET", `${LONG}/tokens`)).json()).length;

  /** Another app on the same database, whose service differs in some calls; `send` as gateway.bearer. */
  const other = (changes: (service: TokenService) => Partial<TokenService> = () => ({})): Send => {
    const entries = gateway.options.clusters.entries.map((entry) => ({
      ...entry,
      service: { ...entry.service, ...changes(entry.service) },
    }));
    const { hono } = createApp({ ...gateway.options, clusters: createClusterRegistry(entries) });
    return async (method, address, body, headers) =>
      hono.request(`http://localhost:4600${address}`, {
        method,
        headers: {
          Authorization: `Bearer ${MANAGEMENT_TOKEN}`,
          "Content-Type": "application/json",
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
  };

  test("from the replacement to the end: permissions verbatim, the expiry as chosen, step by step", async () => {
    const { rotation, token } = await started(await start({ expiresAt: "2031-01-01T00:00:00Z" }));
    expect(createdTokenSchema.parse(token)).toMatchObject({
      description: "new one",
      permissions,
      expiresAt: "2031-01-01T00:00:00Z",
    });
    expect(rotation).toEqual({
      id: rotation.id,
      kind: "database",
      state: "created",
      oldTokenId: old,
      oldDescription: "old one",
      newDescription: "new one",
      newTokenId: token.id,
      startedAt: "2030-01-01T00:00:00.000Z",
      startedBy: rotation.startedBy,
    });
    expect(rotation.startedBy).not.toBe("");
    expect(await listed()).toEqual([rotation]);

    gateway.pass(60_000);
    expect(await problemOf(await step(rotation.id, "finished"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    const acknowledged = rotationSchema.parse(await (await step(rotation.id, "acknowledged")).json());
    expect(acknowledged).toMatchObject({ state: "overlap", acknowledgedAt: "2030-01-01T00:01:00.000Z" });
    gateway.pass(60_000);
    expect(await (await step(rotation.id, "acknowledged")).json()).toEqual(acknowledged);
    const early = await problemOf(await step(rotation.id, "finished"));
    expect(early).toMatchObject({
      status: 409,
      reason: "conflict",
      message: expect.stringContaining("still there"),
    });
    expect(await listed()).toEqual([acknowledged]);

    expect((await gateway.bearer("DELETE", `${LONG}/tokens/${old}`)).status).toBe(204);
    expect(await listed()).toEqual([{ ...acknowledged, oldTokenGone: true }]);
    expect(await stateAfter(await step(rotation.id, "finished"))).toBe("finished");
    expect(await listed()).toEqual([]);
    expect(await stateAfter(await step(rotation.id, "finished"))).toBe("finished");
    expect(await stateAfter(await step(rotation.id, "acknowledged"))).toBe("finished");
    expect(await problemOf(await step(rotation.id, "abandoned"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    expect(await problemOf(await start())).toMatchObject({
      status: 409,
      reason: "conflict",
      message: expect.stringContaining("gone for good"),
    });
  });

  test("the permissions are those that the token has at that moment, whatever the browser sends", async () => {
    const now = [{ action: "write", resource: "other" }];
    await gateway.bearer("PATCH", `${LONG}/tokens/${old}`, { permissions: now });
    const { token } = await started(await start({ permissions: [{ action: "read", resource: "*" }] }));
    expect(createdTokenSchema.parse(token).permissions).toEqual(now);
    expect(token.expiresAt).toBeUndefined();
  });

  test("a management token is rotated likewise", async () => {
    const { id } = await createdBy(await gateway.bearer("POST", MANAGEMENT, { description: "m" }));
    const { rotation, token } = await started(await start({ kind: "management", tokenId: id }));
    expect(createdManagementTokenSchema.parse(token).tokenPrefix).not.toBe("");
    expect(rotation).toMatchObject({ kind: "management", oldDescription: "m", newTokenId: token.id });
    const signedIn = await gateway.bearer("GET", MANAGEMENT, undefined, {
      Authorization: `Bearer ${token.accessToken}`,
    });
    expect(signedIn.status).toBe(200);
    await step(rotation.id, "acknowledged");
    expect((await step(rotation.id, "finished")).status).toBe(409);
    await gateway.bearer("DELETE", `${MANAGEMENT}/${id}`);
    expect(await stateAfter(await step(rotation.id, "finished"))).toBe("finished");
  });

  test("what is refused leaves no rotation behind", async () => {
    expect((await start({ expiresAt: "2029-01-01T00:00:00Z" })).status).toBe(400);
    expect((await start({ tokenId: ABSENT })).status).toBe(404);
    expect((await start({ tokenId: "1" })).status).toBe(400);
    expect((await start({ kind: "management" })).status).toBe(404);
    expect((await start({ description: 1 })).status).toBe(400);
    expect((await gateway.bearer("POST", "/api/clusters/nowhere/rotations", wish())).status).toBe(404);
    expect((await gateway.bearer("GET", "/api/clusters/nowhere/rotations")).status).toBe(404);
    expect((await step(ABSENT, "abandoned")).status).toBe(404);
    expect((await gateway.bearer("POST", `${path}/${ABSENT}/steps`, { step: "other" })).status).toBe(400);
    expect((await gateway.send(path)).status).toBe(401);
    await gateway.bearer("DELETE", `${LONG}/tokens/${old}`);
    expect(await problemOf(await start())).toMatchObject({ status: 409, reason: "conflict" });
    expect(await gateway.database.db.selectFrom("rotations").selectAll().execute()).toEqual([]);
    expect(await tokenCount()).toBe(1);
  });

  test("a suspended token is not rotated: its replacement would be allowed nothing", async () => {
    const suspended = { suspendedAt: "2030-01-01T00:00:00Z", suspendedBy: "somebody" };
    const has = (held: typeof permissions) =>
      other((service) => ({
        getToken: async (context, id) => ({
          ...(await service.getToken(context, id)),
          ...suspended,
          permissions: held,
        }),
      }));
    const refused = await problemOf(await start({}, {}, has([])));
    expect(refused).toMatchObject({
      status: 409,
      reason: "conflict",
      message: expect.stringContaining("out of use"),
    });
    const suspend = await gateway.bearer("POST", `${LONG}/tokens/${old}/suspension`);
    expect(suspend.status).toBe(200);
    expect((await start()).status).toBe(409);
    expect((await gateway.bearer("DELETE", `${LONG}/tokens/${old}/suspension`)).status).toBe(200);
    // Somebody gave it permissions again: these are the ones that it has.
    expect((await start({}, {}, has(permissions))).status).toBe(200);
  });

  test("one rotation of a token at a time; once it is abandoned, another one may start", async () => {
    const answers = await Promise.all([start(), start(), start({}, {}, other())]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409, 409]);
    expect(await tokenCount()).toBe(2);
    const [rotation] = await listed();
    expect(await stateAfter(await step(rotation?.id ?? "", "abandoned"))).toBe("abandoned");
    expect(await listed()).toEqual([]);
    expect(await stateAfter(await step(rotation?.id ?? "", "abandoned"))).toBe("abandoned");
    expect(await problemOf(await step(rotation?.id ?? "", "acknowledged"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    expect(await problemOf(await step(rotation?.id ?? "", "finished"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    expect((await start()).status).toBe(200);
  });

  test("the list is oldest first, and any administrator may go on", async () => {
    const first = (await started(await start())).rotation;
    gateway.pass(1000);
    const { id } = await createdBy(await gateway.bearer("POST", `${LONG}/tokens`, { description: "2" }));
    const second = (await started(await start({ tokenId: id }))).rotation;
    expect((await listed()).map((rotation) => rotation.id)).toEqual([first.id, second.id]);
    const cookie = await gateway.signIn();
    const answer = await gateway.page("POST", `${path}/${first.id}/steps`, {
      cookie,
      body: { step: "acknowledged" },
    });
    expect(await stateAfter(answer)).toBe("overlap");
  });

  test("a repeat gets the same secret, until it is acknowledged, and makes nothing", async () => {
    const first = await started(await start({}, { "Idempotency-Key": KEY }));
    const again = await start({}, { "Idempotency-Key": KEY });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await started(again)).toEqual(first);
    expect(await tokenCount()).toBe(2);

    // An answer of somebody else's stays.
    const others = { description: "x" };
    const unrelated = () =>
      gateway.bearer("POST", `${LONG}/tokens`, others, { "Idempotency-Key": `${KEY}2` });
    await unrelated();
    gateway.pass(60_000);
    await step(first.rotation.id, "acknowledged", { "Idempotency-Key": `${KEY}3` });
    const gone = problemSchema.parse(await (await start({}, { "Idempotency-Key": KEY })).json());
    expect([gone.code, gone.reason, gone.objectId]).toEqual([410, "answer_gone", first.rotation.id]);
    expect((await unrelated()).status).toBe(200);
    const repeated = await step(first.rotation.id, "acknowledged", { "Idempotency-Key": `${KEY}3` });
    expect(await stateAfter(repeated)).toBe("overlap");
  });

  test("an answer that nobody acknowledges is kept for five minutes", async () => {
    const { rotation } = await started(await start({}, { "Idempotency-Key": KEY }));
    gateway.pass(5 * 60_000 - 1);
    expect((await start({}, { "Idempotency-Key": KEY })).status).toBe(200);
    gateway.pass(1);
    const gone = problemSchema.parse(await (await start({}, { "Idempotency-Key": KEY })).json());
    expect([gone.code, gone.objectId]).toEqual([410, rotation.id]);
    // The rotation goes on without it, by being abandoned at least.
    expect(await listed()).toEqual([rotation]);
  });

  test("a repeat of a refusal made before anything was created starts nothing either", async () => {
    const refuse = other(() => ({
      createToken: () => Promise.reject(new ApiError(503, "unavailable", "Too slow.", { nothingDone: true })),
    }));
    expect((await start({}, { "Idempotency-Key": KEY }, refuse)).status).toBe(503);
    expect(await listed()).toEqual([]);
    expect((await start({}, { "Idempotency-Key": KEY })).status).toBe(503);
    expect(await tokenCount()).toBe(1);
    expect((await start()).status).toBe(200);
  });

  test("an unknown outcome stays on record until somebody abandons it", async () => {
    const lost = other((service) => ({
      createToken: async (context, wanted) => {
        await service.createToken(context, wanted);
        throw new Error("the connection broke");
      },
    }));
    expect((await start({}, { "Idempotency-Key": KEY }, lost)).status).toBe(500);
    const [rotation] = await listed();
    expect(rotation).toMatchObject({ state: "creating", oldTokenId: old, newDescription: "new one" });
    expect(rotation?.newTokenId).toBeUndefined();
    expect(await problemOf(await start())).toMatchObject({ status: 409, reason: "conflict" });
    expect(await problemOf(await start({}, { "Idempotency-Key": KEY }))).toMatchObject({
      status: 409,
      reason: "outcome_unknown",
    });
    expect(await problemOf(await step(rotation?.id ?? "", "acknowledged"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    expect(await problemOf(await step(rotation?.id ?? "", "finished"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
    expect(await stateAfter(await step(rotation?.id ?? "", "abandoned"))).toBe("abandoned");
    expect((await start()).status).toBe(200);
  });

  test("a gateway that comes up later knows every rotation, and takes it on", async () => {
    const { rotation } = await started(await start());
    const again = await gateway.database.openAgain();
    const clusters = createClusterRegistry(
      await loadOwnClusters(again.db, (cluster) =>
        createOwnCluster({ database: again, clock: gateway.clock, cluster, listCache: createListCache() }),
      ),
    );
    const { hono } = createApp({ ...gateway.options, db: again.db, clusters, instance: "later" });
    const headers = { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, "Content-Type": "application/json" };
    const list = await hono.request(`http://localhost:4600${path}`, { headers });
    expect(await list.json()).toEqual([rotation]);
    const answer = await hono.request(`http://localhost:4600${path}/${rotation.id}/steps`, {
      method: "POST",
      headers,
      body: '{"step":"acknowledged"}',
    });
    expect(await stateAfter(answer)).toBe("overlap");
    expect(await listed()).toMatchObject([{ state: "overlap" }]);
    await again.close();
  });

  test("one who abandons while the replacement is made loses no secret: the answer comes, and names the token", async () => {
    const abandoning = other((service) => ({
      createToken: async (context, wanted) => {
        const token = await service.createToken(context, wanted);
        const [rotation] = await listed();
        expect(rotation?.state).toBe("creating");
        expect(await stateAfter(await step(rotation?.id ?? "", "abandoned"))).toBe("abandoned");
        return token;
      },
    }));
    const { rotation, token } = await started(await start({}, {}, abandoning));
    expect(rotation).toMatchObject({ state: "abandoned", newTokenId: token.id });
    expect(await listed()).toEqual([]);
  });

  test("a record that cannot be written after the creation does not cost the secret", async () => {
    const { db } = gateway.database;
    const losing = other((service) => ({
      createToken: async (...given) => {
        const token = await service.createToken(...given);
        await db.schema.alterTable("rotations").renameTo("rotations_away").execute();
        return token;
      },
    }));
    const key = { "Idempotency-Key": KEY };
    const { rotation, token } = await started(await start({}, key, losing));
    expect(rotation).toMatchObject({ state: "creating", newTokenId: token.id });
    expect(token.accessToken).not.toBe("");
    expect(gateway.logLines.join("\n")).toContain("rotation not recorded");
    expect(gateway.logLines.join("\n")).not.toContain(token.accessToken);
    await db.schema.alterTable("rotations_away").renameTo("rotations").execute();
    const rows = () => db.selectFrom("rotations").select(["state", "new_token_id"]).execute();
    expect(await rows()).toEqual([{ state: "creating", new_token_id: null }]);

    // The secret is stored: reading the one token that may have been made tells that there was one.
    expect(await stateAfter(await step(rotation.id, "acknowledged"))).toBe("overlap");
    expect(await rows()).toEqual([{ state: "overlap", new_token_id: token.id }]);
    expect(await problemOf(await start({}, key))).toMatchObject({ status: 410, reason: "answer_gone" });
  });

  test("a gateway that was killed after the creation leaves a rotation that the next look completes", async () => {
    const dying = (kind: "createToken" | "createManagementToken") =>
      other((service) => ({
        [kind]: async (...given: Parameters<TokenService["createToken"]>) => {
          await service[kind](...given);
          throw new Error("killed");
        },
      }));
    expect((await start({}, {}, dying("createToken"))).status).toBe(500);
    const [rotation] = await listed();
    expect(rotation).toMatchObject({ state: "created", newTokenId: expect.any(String) });
    const made = await gateway.bearer("GET", `${LONG}/tokens/${rotation?.newTokenId}`);
    expect(await made.json()).toMatchObject({ description: "new one", permissions });
    expect(await stateAfter(await step(rotation?.id ?? "", "abandoned"))).toBe("abandoned");

    const { id } = await createdBy(await gateway.bearer("POST", MANAGEMENT, { description: "m" }));
    const wanted = { kind: "management", tokenId: id };
    expect((await start(wanted, {}, dying("createManagementToken"))).status).toBe(500);
    expect(await listed()).toMatchObject([{ kind: "management", state: "created" }]);
  });

  test("where the token that may have been made cannot be read, the list is answered without it", async () => {
    const dying = other((service) => ({
      createToken: async (...given) => {
        await service.createToken(...given);
        throw new Error("killed");
      },
    }));
    await start({}, {}, dying);
    const blind = other(() => ({ getToken: () => Promise.reject(new Error("unreadable")) }));
    const [rotation] = await listed(blind);
    expect(rotation?.state).toBe("creating");
    expect(rotation).not.toHaveProperty("oldTokenGone");
    expect((await listed())[0]?.state).toBe("created");
  });

  test("a 404 ends no rotation where it is not certain: the list decides", async () => {
    const { rotation } = await started(await start());
    await step(rotation.id, "acknowledged");
    const denied = () => Promise.reject(new ApiError(404, "not_found", "Nothing with this id."));
    const listedStill = other(() => ({ getToken: denied, goneAmong: async () => new Set<string>() }));
    const path404 = `${path}/${rotation.id}/steps`;
    expect(await problemOf(await listedStill("POST", path404, { step: "finished" }))).toMatchObject({
      status: 409,
      message: expect.stringContaining("still there"),
    });
    expect((await listed(listedStill))[0]).not.toHaveProperty("oldTokenGone");
    const partial = other(() => ({
      getToken: denied,
      goneAmong: () => Promise.reject(new ApiError(409, "conflict", "The list may be partial.")),
    }));
    expect(await problemOf(await partial("POST", path404, { step: "finished" }))).toMatchObject({
      message: "The list may be partial.",
    });
    expect((await listed(partial))[0]).not.toHaveProperty("oldTokenGone");
    const gone = other(() => ({ getToken: denied, goneAmong: async (_context, ids) => new Set(ids) }));
    expect((await listed(gone))[0]).toMatchObject({ oldTokenGone: true });
    expect(await stateAfter(await gone("POST", path404, { step: "finished" }))).toBe("finished");
  });

  test("the list is read once, however many tokens are not found, and not where all are", async () => {
    for (let nth = 0; nth < 10; nth++) {
      const { id } = await createdBy(
        await gateway.bearer("POST", `${LONG}/tokens`, { description: `t${nth}`, permissions: [] }),
      );
      await started(await start({ tokenId: id }));
    }
    const asked: (readonly string[])[] = [];
    const goneAmong = async (_context: unknown, ids: readonly string[]) => {
      asked.push(ids);
      return new Set(ids.slice(1));
    };
    expect(await listed(other(() => ({ goneAmong })))).toHaveLength(10);
    expect(asked).toEqual([]);
    const denied = () => Promise.reject(new ApiError(404, "not_found", "Nothing with this id."));
    const rotations = await listed(other(() => ({ getToken: denied, goneAmong })));
    expect(rotations.filter(({ oldTokenGone }) => oldTokenGone === true)).toHaveLength(9);
    expect(asked.map(({ length }) => length)).toEqual([10]);
  });

  test("a token that is changed while its rotation begins is not replaced by what it was", async () => {
    let reads = 0;
    const racing = other((service) => ({
      getToken: async (context, id) => {
        const token = await service.getToken(context, id);
        if (++reads === 1) await service.updateToken(context, id, { permissions: [] }, undefined);
        return token;
      },
    }));
    expect(await problemOf(await start({}, {}, racing))).toMatchObject({
      status: 409,
      reason: "conflict",
      message: expect.stringContaining("changed"),
    });
    expect(await listed()).toEqual([]);
    expect(await tokenCount()).toBe(1);
    expect((await start()).status).toBe(200);
  });

  test("a rotation whose old token is revoked is not abandoned but finished", async () => {
    const { rotation } = await started(await start());
    await step(rotation.id, "acknowledged");
    await gateway.bearer("DELETE", `${LONG}/tokens/${old}`);
    expect(await problemOf(await step(rotation.id, "abandoned"))).toMatchObject({
      status: 409,
      reason: "conflict",
      message: expect.stringContaining("finish"),
    });
    expect(await listed()).toMatchObject([{ state: "overlap" }]);
    const blind = other(() => ({ getToken: () => Promise.reject(new Error("unreadable")) }));
    const abandoned = await blind("POST", `${path}/${rotation.id}/steps`, { step: "abandoned" });
    expect(await stateAfter(abandoned)).toBe("abandoned");
  });

  test("whoever revokes the credential of their own session cannot finish; who signs in next sees that it can be", async () => {
    const mine = await createdBy(await gateway.bearer("POST", MANAGEMENT, { description: "mine" }));
    const signedIn = await gateway.page("POST", "/api/session", {
      body: { method: "management_token", managementToken: mine.accessToken },
    });
    expect(signedIn.status).toBe(200);
    const page = (cookie: string, method: string, address: string, body?: unknown) =>
      gateway.page(method, address, { cookie, body });
    const cookie = cookieOf(signedIn);
    const wanted = wish({ kind: "management", tokenId: mine.id });
    const { rotation, token } = await started(await page(cookie, "POST", path, wanted));
    const steps = `${path}/${rotation.id}/steps`;
    await page(cookie, "POST", steps, { step: "acknowledged" });
    expect((await page(cookie, "DELETE", `${MANAGEMENT}/${mine.id}`)).status).toBe(204);
    const refused = await page(cookie, "POST", steps, { step: "finished" });
    expect(refused.status).toBe(401);

    const next = cookieOf(
      await gateway.page("POST", "/api/session", {
        body: { method: "management_token", managementToken: token.accessToken },
      }),
    );
    const list = await (await page(next, "GET", path)).json();
    expect(list).toMatchObject([{ id: rotation.id, state: "overlap", oldTokenGone: true }]);
    expect(await stateAfter(await page(next, "POST", steps, { step: "finished" }))).toBe("finished");
  });

  test("acknowledged while its own request is still on its way out, no answer is kept", async () => {
    const { db } = gateway.database;
    const id = "key-hash";
    const store = createOperationStore(db, gateway.clock, "one");
    const { rotation } = await started(await start());
    const begin = (keyHash: string) =>
      store.begin({ keyHash, rawKeyHash: keyHash, actor: "a", method: "POST", target: "/", bodyHash: "" });
    const finish = (keyHash: string) =>
      store.finish(keyHash, {
        state: "done",
        answer: "sealed",
        answerUntil: 1,
        objectId: rotation.id,
        holdsSecret: true,
      });
    const answer = async (keyHash: string) => (await store.find(keyHash))?.answer;
    await begin(`${id}-1`);
    await finish(`${id}-1`);
    expect(await answer(`${id}-1`)).toBe("sealed");
    await begin(`${id}-2`);
    await step(rotation.id, "acknowledged");
    await finish(`${id}-2`);
    expect([await answer(`${id}-1`), await answer(`${id}-2`)]).toEqual([null, null]);
  });

  test("of two who take different steps at once, one decides for both", async () => {
    const { rotation } = await started(await start());
    const store = createRotationStore(gateway.database.db);
    const row = await store.find(gateway.options.clusters.main, rotation.id);
    if (row === undefined) throw new Error("no row");
    expect(await store.move(row, { state: "abandoned", ended_at: 1 })).toMatchObject({ state: "abandoned" });
    expect(await store.move(row, { state: "overlap", acknowledged_at: 2 })).toBeUndefined();

    const { id } = await createdBy(await gateway.bearer("POST", `${LONG}/tokens`, { description: "2" }));
    const second = (await started(await start({ tokenId: id }))).rotation;
    const answers = await Promise.all([
      step(second.id, "acknowledged"),
      step(second.id, "abandoned"),
      step(second.id, "acknowledged"),
    ]);
    expect(answers[1]?.status).toBe(200);
    // Abandoning is allowed after an acknowledgement, and not the other way round: in every order it is abandoned.
    expect(await listed()).toEqual([]);
    expect(await problemOf(await step(second.id, "acknowledged"))).toMatchObject({
      status: 409,
      reason: "conflict",
    });
  });

  test("the replacement's history begins with who created it; the old one's has nothing of that", async () => {
    const { token } = await started(await start());
    const historyOf = async (address: string) =>
      z.array(activitySchema).parse(await (await gateway.bearer("GET", `${address}/history`)).json());
    expect(await historyOf(`${LONG}/tokens/${token.id}`)).toMatchObject([
      { action: "create", outcome: "done", after: { description: "new one", permissions } },
    ]);
    expect((await historyOf(`${LONG}/tokens/${old}`)).length).toBe(1);

    const { id } = await createdBy(await gateway.bearer("POST", MANAGEMENT, { description: "m" }));
    const second = await started(await start({ kind: "management", tokenId: id }));
    expect(await historyOf(`${MANAGEMENT}/${second.token.id}`)).toMatchObject([
      { action: "create", outcome: "done", after: { description: "new one" } },
    ]);
  });

  test("without a record of who did it nothing is created, and no rotation stays behind", async () => {
    const { db } = gateway.database;
    await db.schema.alterTable("activity").renameTo("activity_away").execute();
    expect(await problemOf(await start())).toMatchObject({ status: 503, reason: "unavailable" });
    expect(await listed()).toEqual([]);
    expect(await tokenCount()).toBe(1);
    await db.schema.alterTable("activity_away").renameTo("activity").execute();
    expect((await start()).status).toBe(200);
  });

  test("acknowledged, the sealed answer is in no file any more", async () => {
    const { rotation } = await started(await start({}, { "Idempotency-Key": KEY }));
    const { db } = gateway.database;
    const { answer } = await db
      .selectFrom("operations")
      .select("answer")
      .where("object_id", "=", rotation.id)
      .executeTakeFirstOrThrow();
    const isKept = async () => (await gateway.database.bytes()).includes(answer ?? "");
    expect(await isKept()).toBe(true);
    await step(rotation.id, "acknowledged");
    expect(await isKept()).toBe(false);
  });

  test("the answer is erased also where another gateway's clock goes ahead", async () => {
    const { rotation } = await started(await start({}, { "Idempotency-Key": KEY }));
    const { db } = gateway.database;
    await db
      .updateTable("operations")
      .set({ started_at: gateway.clock() + 60_000 })
      .execute();
    await step(rotation.id, "acknowledged");
    expect((await start({}, { "Idempotency-Key": KEY })).status).toBe(410);
  });

  test("6. the secret is nowhere in the database, nor in the log", async () => {
    const { token } = await started(await start({}, { "Idempotency-Key": KEY }));
    const bytes = await gateway.database.bytes();
    expect(bytes.includes(token.accessToken)).toBe(false);
    expect(bytes.includes(token.id)).toBe(true);
    expect(gateway.logLines.join("\n")).not.toContain(token.accessToken);
  });
});
