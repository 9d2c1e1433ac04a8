import { afterEach, beforeEach, expect, test } from "vitest";
import { settledOperationSchema } from "#contract/operation-schema.ts";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "#server/app.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { LONG, MANAGEMENT, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { silentLog } from "#server/log.ts";
import { sha256Hex } from "#server/sealing.ts";
import { OPERATOR } from "#server/services/operator.ts";
import type { CallContext } from "#server/services/token-service.ts";
import { actorIdentity } from "#server/session/caller.ts";
import { operationKeyHash } from "./idempotency.ts";
import { createOperationStore, LEASE } from "./operation-store.ts";
import { createReconciliation, type ReconciledOperation } from "./reconciliation.ts";

const KEY = "key-of-sixteen-chars";
const PROPOSED = "5a1f0b6e-64a2-4c1c-9f0b-2f64c3a90001";

describeOnEachEngine("operations whose gateway is gone", (engine) => {
  let gateway: TestGateway;
  let cookie: string;
  const context: CallContext = {
    credential: { kind: "operator" },
    actor: OPERATOR,
    signal: new AbortController().signal,
  };

  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    cookie = await gateway.signIn();
  });
  afterEach(() => gateway.close());

  const service = () => gateway.options.clusters.main.service;

  /** What a gateway leaves behind that is killed after it began, and before it recorded an end. */
  async function leftBehind(method: string, target: string, body = ""): Promise<void> {
    await createOperationStore(gateway.database.db, gateway.clock, "dead").begin({
      keyHash: operationKeyHash(actorIdentity(OPERATOR), KEY),
      rawKeyHash: "raw",
      actor: actorIdentity(OPERATOR),
      method,
      target,
      bodyHash: sha256Hex(Buffer.from(body)),
      proposedId: PROPOSED,
    });
  }
  async function madeBefore(): Promise<string> {
    const { id } = await service().createToken(context, {
      description: "there before",
      permissions: [{ action: "read", resource: "db" }],
    });
    gateway.pass(1000);
    return id;
  }
  const settle = async () => {
    const answer = await gateway.page("POST", "/api/operations/settlement", {
      cookie,
      body: { operationKey: KEY },
    });
    return settledOperationSchema.parse(await answer.json());
  };
  const again = (method: string, path: string, body?: string) =>
    gateway.page(method, path, {
      cookie,
      headers: { "Idempotency-Key": KEY },
      ...(body === undefined ? {} : { body }),
    });
  const stateOf = async () =>
    (await gateway.database.db.selectFrom("operations").select(["state", "object_id"]).execute())[0];

  test.each([
    ["a creation of a database token", `${LONG}/tokens`, '{"description":"new"}'],
    ["one at the short address", "/api/v0/tokens", '{"description":"new"}'],
    ["a creation of a management token", MANAGEMENT, '{"description":"new"}'],
  ])("%s that was made is done, and what was made is named", async (_name, path, body) => {
    await leftBehind("POST", path, body);
    const wanted = { description: "new", permissions: [] };
    if (path === MANAGEMENT) await service().createManagementToken(context, wanted, PROPOSED);
    else await service().createToken(context, wanted, PROPOSED);
    gateway.pass(LEASE - 1);
    expect((await settle()).state).toBe("in_progress");
    gateway.pass(1);
    expect(await settle()).toMatchObject({ state: "done", objectId: PROPOSED });
    const repeat = await again("POST", path, body);
    const problem = problemSchema.parse(await repeat.json());
    expect([problem.reason, problem.objectId]).toEqual(["answer_gone", PROPOSED]);
  });

  test("a creation that was not made is not done, and its repeat makes nothing", async () => {
    await leftBehind("POST", "/api/v0/tokens", '{"description":"new"}');
    gateway.pass(LEASE);
    expect((await again("POST", "/api/v0/tokens", '{"description":"new"}')).status).toBe(409);
    expect((await settle()).state).toBe("failed");
    expect(await (await gateway.bearer("GET", "/api/v0/tokens")).json()).toEqual([]);
  });

  test("a revocation is done or not as the token says, and a repeat of a done one is a 204", async () => {
    const id = await madeBefore();
    await leftBehind("DELETE", `${LONG}/tokens/${id}`);
    await service().revokeToken(context, id);
    gateway.pass(LEASE);
    await gateway.app.reconcile();
    expect(await stateOf()).toEqual({ state: "done", object_id: id });
    expect((await again("DELETE", `${LONG}/tokens/${id}`)).status).toBe(204);
  });

  test("a revocation that did not come to pass is not done, also where the token was revoked before", async () => {
    const id = await madeBefore();
    await leftBehind("DELETE", `/api/v0/tokens/${id}`);
    gateway.pass(LEASE);
    expect((await settle()).state).toBe("failed");
    await gateway.database.db.deleteFrom("operations").execute();
    await service().revokeToken(context, id);
    gateway.pass(1000);
    await leftBehind("DELETE", `/api/v0/tokens/${id}`);
    gateway.pass(LEASE);
    expect((await settle()).state).toBe("failed");
  });

  test("a suspension is done when the token is suspended since", async () => {
    const id = await madeBefore();
    await leftBehind("POST", `/api/v0/tokens/${id}/suspension if-match "x"`);
    await service().suspendToken(context, id, undefined);
    gateway.pass(LEASE);
    expect(await settle()).toMatchObject({ state: "done", objectId: id });
  });

  test.each([
    ["PATCH", ""],
    ["POST", "/suspension"],
    ["DELETE", "/suspension"],
  ])("%s%s of a token that nobody changed since is not done", async (method, part) => {
    const id = await madeBefore();
    await leftBehind(method, `/api/v0/tokens/${id}${part} if-match "x"`);
    gateway.pass(LEASE);
    expect((await settle()).state).toBe("failed");
  });

  test.each([
    ["PATCH", ""],
    ["DELETE", "/suspension"],
  ])("%s%s of a token that was changed since is unknown: by whom, it does not tell", async (method, part) => {
    const id = await madeBefore();
    await leftBehind(method, `/api/v0/tokens/${id}${part} if-match "x"`);
    await service().updateToken(context, id, { description: "changed" }, undefined);
    gateway.pass(LEASE);
    expect((await settle()).state).toBe("unknown");
  });

  test("what is about no token, or a cluster that can be read by nobody, is unknown", async () => {
    await leftBehind("POST", "/api/clusters/local/rotations", "{}");
    gateway.pass(LEASE);
    await gateway.app.reconcile();
    expect((await stateOf())?.state).toBe("unknown");

    await gateway.database.db.deleteFrom("operations").execute();
    const { main } = gateway.options.clusters;
    const { outcomeOf: _left, ...elsewhere } = main.service;
    const clusters = { ...gateway.options.clusters, main: { ...main, service: elsewhere } };
    await leftBehind("POST", "/api/v0/tokens");
    gateway.pass(LEASE);
    await createApp({ ...gateway.options, clusters }).reconcile();
    expect((await stateOf())?.state).toBe("unknown");
  });

  test("a store alone is not waited for, a running operation of its own gateway is left alone", async () => {
    await leftBehind("POST", "/api/v0/tokens");
    await gateway.app.reconcile();
    expect((await stateOf())?.state).toBe("started");
    await gateway.app.reconcile(true);
    expect((await stateOf())?.state).toBe("failed");
  });

  test("of two gateways one settles it, and tells of it once", async () => {
    const id = await madeBefore();
    await leftBehind("DELETE", `/api/v0/tokens/${id}`);
    await service().revokeToken(context, id);
    gateway.pass(LEASE);
    const told: ReconciledOperation[] = [];
    const gateways = ["one", "two"].map((owner) =>
      createReconciliation(
        createOperationStore(gateway.database.db, gateway.clock, owner),
        gateway.options.clusters,
        silentLog,
        async (operation) => void told.push(operation),
      ),
    );
    await Promise.all(gateways.map(({ settleAll }) => settleAll()));
    const keyHash = operationKeyHash(actorIdentity(OPERATOR), KEY);
    expect(told).toEqual([{ keyHash, state: "done", objectId: id }]);
  });
});
