import { sql } from "kysely";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { activitySchema, type Activity } from "#contract/activity.ts";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "#server/app.ts";
import { toInstant } from "#server/clock.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { LEASE } from "#server/operations/operation-store.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { activityRow, addToRecord } from "./record-for-tests.ts";
import { verifyChain } from "./verify.ts";
import { createActivityStore, HISTORY_BYTES, HISTORY_LIMIT } from "./activity-store.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";
const permissions = [{ action: "write", resource: "ci", note: "kept" }];

describeOnEachEngine("Activity", (engine) => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
  });
  afterEach(() => gateway.close());

  const rows = () => gateway.database.db.selectFrom("activity").selectAll().orderBy("seq").execute();
  const historyOf = async (path: string): Promise<Activity[]> => {
    const answer = await gateway.bearer("GET", `${path}/history`);
    expect(answer.status).toBe(200);
    return z.array(activitySchema).parse(await answer.json());
  };
  const create = async (path = `${LONG}/tokens`, wanted: unknown = { description: "made", permissions }) =>
    createdBy(await gateway.bearer("POST", path, wanted));
  const requestId = (answer: Response) => answer.headers.get("X-Request-Id");

  /** A gateway whose service for the default cluster differs. */
  const appWith = (changes: Partial<(typeof gateway.options.clusters.main)["service"]>) => {
    const { main } = gateway.options.clusters;
    const clusters = {
      ...gateway.options.clusters,
      main: { ...main, service: { ...main.service, ...changes } },
    };
    const { hono } = createApp({ ...gateway.options, clusters });
    return async (method: string, path: string, headers: Record<string, string> = {}) =>
      hono.request(`http://localhost:4600${path}`, {
        method,
        headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, ...headers },
      });
  };

  test("a token's history is all that was done to it, by whom, newest first, on both addresses", async () => {
    const { id } = await create();
    const by = (
      await gateway.options.clusters.main.service.authenticate({
        kind: "management_token",
        secret: MANAGEMENT_TOKEN,
      })
    ).label;
    const made = { description: "made", permissions };
    const renamed = { description: "renamed", permissions };
    const suspended = { description: "renamed", permissions: [] };
    gateway.pass(1000);
    const update = await gateway.bearer("PATCH", `/api/v0/tokens/${id}`, { description: "renamed" });
    for (const [method, path] of [
      ["POST", `${LONG}/tokens/${id}/suspension`],
      ["DELETE", `/api/v0/tokens/${id}/suspension`],
      ["DELETE", `${LONG}/tokens/${id.toUpperCase()}`],
    ] as const) {
      gateway.pass(1000);
      expect((await gateway.bearer(method, path)).status).toBeLessThan(300);
    }
    const history = await historyOf(`${LONG}/tokens/${id.toUpperCase()}`);
    const at = (ago: number) => toInstant(gateway.clock() - ago);
    const common = { actor: by, outcome: "done", requestId: expect.any(String) };
    expect(history).toEqual([
      { ...common, at: at(0), action: "revoke", before: renamed },
      { ...common, at: at(1000), action: "restore", before: suspended, after: renamed },
      { ...common, at: at(2000), action: "suspend", before: renamed, after: suspended },
      { ...common, at: at(3000), action: "update", before: made, after: renamed },
      { ...common, at: at(4000), action: "create", after: made },
    ]);
    expect(history[3]?.requestId).toBe(requestId(update));
    expect(await historyOf(`/api/v0/tokens/${id}`)).toEqual(history);
    const other = await create();
    expect(await historyOf(`/api/v0/tokens/${other.id}`)).toHaveLength(1);
    expect(await historyOf(`/api/v0/tokens/${ABSENT}`)).toEqual([]);
  });

  test("management tokens have a history of their own, which is no database token's", async () => {
    const { id } = await create(MANAGEMENT, { description: "deploy" });
    expect((await gateway.bearer("DELETE", `${MANAGEMENT}/${id}`)).status).toBe(204);
    expect(await historyOf(`${MANAGEMENT}/${id}`)).toMatchObject([
      { action: "revoke", outcome: "done", before: { description: "deploy" } },
      { action: "create", outcome: "done", after: { description: "deploy" } },
    ]);
    expect(await historyOf(`${LONG}/tokens/${id}`)).toEqual([]);
    const store = createActivityStore(gateway.database.db, gateway.clock);
    const subject = { account_id: ACCOUNT_ID, cluster_id: null, kind: "management", token_id: id } as const;
    expect(await store.history(subject)).toHaveLength(2);
    expect(await store.history({ ...subject, account_id: ABSENT })).toEqual([]);
    expect(await store.history({ ...subject, cluster_id: CLUSTER_ID })).toEqual([]);
  });

  test("what is done is recorded in two rows around it, in their order, and holds no secret", async () => {
    const cookie = await gateway.signIn();
    const answer = await gateway.page("POST", `${LONG}/tokens`, {
      cookie,
      body: { description: "made", permissions },
    });
    const { id, accessToken } = await createdBy(answer);
    const [intent, outcome, ...more] = await rows();
    const common = {
      operation_id: intent?.operation_id,
      at: gateway.clock(),
      actor: JSON.stringify({ kind: "link", label: "Operator (sign-in link)" }),
      account_id: ACCOUNT_ID,
      cluster_id: CLUSTER_ID,
      kind: "database",
      action: "create",
      request_id: requestId(answer),
    };
    expect(intent).toMatchObject({ ...common, phase: "intent", token_id: null, outcome: null });
    expect(outcome).toMatchObject({ ...common, phase: "outcome", token_id: id, outcome: "done" });
    expect(more).toEqual([]);
    expect(Number(outcome?.seq)).toBeGreaterThan(Number(intent?.seq));
    expect(JSON.parse(intent?.details ?? "")).toEqual({ after: { description: "made", permissions } });
    // What follows from the intent is not written down again.
    expect(JSON.parse(outcome?.details ?? "")).toEqual({});
    expect((await gateway.database.bytes()).includes(accessToken.slice(6, 30))).toBe(false);
  });

  test("a repeat records nothing", async () => {
    const send = () =>
      gateway.bearer(
        "POST",
        `${LONG}/tokens`,
        { description: "made" },
        { "Idempotency-Key": "key-of-sixteen-chars" },
      );
    const { id } = await createdBy(await send());
    expect((await send()).headers.get("Idempotency-Replayed")).toBe("true");
    expect(await rows()).toHaveLength(2);
    expect(await historyOf(`/api/v0/tokens/${id}`)).toHaveLength(1);
  });

  test("what was refused is recorded as not done, with the reason", async () => {
    const { id } = await create();
    const path = `/api/v0/tokens/${id}`;
    const stale = { "If-Match": '"old"' };
    expect((await gateway.bearer("PATCH", path, { description: "x" }, stale)).status).toBe(412);
    expect((await gateway.bearer("DELETE", `/api/v0/tokens/${ABSENT}`)).status).toBe(404);
    expect(await historyOf(path)).toMatchObject([
      { action: "update", outcome: "not_done" },
      { action: "create" },
    ]);
    // What never was is not kept: whoever is refused could fill the record with it.
    expect((await historyOf(path))[0]).not.toHaveProperty("before");
    expect((await historyOf(path))[0]).not.toHaveProperty("after");
    const [gone] = await historyOf(`/api/v0/tokens/${ABSENT}`);
    expect(gone).toMatchObject({ action: "revoke", outcome: "not_done" });
    expect(gone).not.toHaveProperty("before");
    const details = (await rows()).map((row): unknown => JSON.parse(row.details));
    expect(details[2]).toEqual({});
    expect(details[3]).toEqual({ problem: expect.anything() });
    expect(details[3]).toMatchObject({ problem: { status: 412, reason: "precondition_failed" } });
    // A request that is not valid is about no token: nobody tried anything.
    const before = (await rows()).length;
    expect((await gateway.bearer("PATCH", path, {})).status).toBe(400);
    expect((await gateway.bearer("DELETE", "/api/v0/tokens/x")).status).toBe(400);
    expect(await rows()).toHaveLength(before);
  });

  test("after a fault in the middle the outcome is unknown", async () => {
    const { id } = await create();
    const send = appWith({ revokeToken: () => Promise.reject(new Error("lost")) });
    expect((await send("DELETE", `/api/v0/tokens/${id}`)).status).toBe(500);
    expect((await historyOf(`/api/v0/tokens/${id}`))[0]).toMatchObject({
      action: "revoke",
      outcome: "unknown",
    });
  });

  test("what a gateway did just before its death ends as done, and stays it if that gateway was only slow", async () => {
    const { id } = await create();
    gateway.pass(1000);
    const service = gateway.options.clusters.main.service;
    let die: (error: Error) => void = () => undefined;
    let isRevoked = false;
    const send = appWith({
      async revokeToken(context, tokenId) {
        await service.revokeToken(context, tokenId);
        isRevoked = true;
        await new Promise<void>((_, reject) => (die = reject));
      },
    });
    const path = `/api/v0/tokens/${id}`;
    const cutOff = send("DELETE", path, { "Idempotency-Key": "key-of-sixteen-chars" });
    await expect.poll(() => isRevoked).toBe(true);
    const last = async () => {
      const [deed] = await historyOf(path);
      return [deed?.action, deed?.outcome, deed?.before?.description];
    };
    expect(await last()).toEqual(["revoke", "started", "made"]);
    gateway.pass(LEASE);
    await gateway.app.reconcile();
    expect(await last()).toEqual(["revoke", "done", "made"]);
    die(new Error("it cannot tell"));
    expect((await cutOff).status).toBe(500);
    expect(await last()).toEqual(["revoke", "done", "made"]);
    expect((await rows()).filter(({ action }) => action === "revoke")).toHaveLength(2);
    expect((await verifyChain(gateway.database.db)).fault).toBeUndefined();
  });

  test("13. what cannot be recorded is not done", async () => {
    const { id } = await create();
    const { id: managementId } = await create(MANAGEMENT, { description: "deploy" });
    await sql`alter table activity rename to activity_kept`.execute(gateway.database.db);
    let began = 0;
    const count = async (): Promise<never> => {
      began++;
      throw new Error("began");
    };
    const send = appWith({
      createToken: count,
      updateToken: count,
      suspendToken: count,
      restoreToken: count,
      revokeToken: count,
      createManagementToken: count,
      revokeManagementToken: count,
    });
    for (const [method, path] of [
      ["POST", `/api/v0/tokens/${id}/suspension`],
      ["DELETE", `/api/v0/tokens/${id}/suspension`],
      ["DELETE", `/api/v0/tokens/${id}`],
    ] as const) {
      const answer = await send(method, path, { "Idempotency-Key": `key-of-${method}-${path.length}-chars` });
      const { reason, message } = problemSchema.parse(await answer.json());
      expect([answer.status, reason]).toEqual([503, "unavailable"]);
      expect(message).toContain("nothing was done");
    }
    expect(began).toBe(0);
    for (const [method, path, body] of [
      ["POST", `${LONG}/tokens`, { description: "x" }],
      ["PATCH", `${LONG}/tokens/${id}`, { description: "x" }],
      ["DELETE", `${LONG}/tokens/${id}`, undefined],
      ["POST", MANAGEMENT, { description: "x" }],
      ["DELETE", `${MANAGEMENT}/${managementId}`, undefined],
    ] as const) {
      expect((await gateway.bearer(method, path, body)).status, `${method} ${path}`).toBe(503);
    }
    const states = await gateway.database.db.selectFrom("operations").select("state").execute();
    // For certain: whoever sent them may send them again.
    expect(states.map(({ state }) => state)).toEqual(["failed", "failed", "failed"]);
    const list = await (await gateway.bearer("GET", `${LONG}/tokens`)).text();
    expect(list).not.toContain("revokedAt");
    expect(list.split('"createdAt"')).toHaveLength(2);
    await sql`alter table activity_kept rename to activity`.execute(gateway.database.db);
    expect((await gateway.bearer("DELETE", `${LONG}/tokens/${id}`)).status).toBe(204);
  });

  test("done stays done when its outcome cannot be recorded; the record says that it was started", async () => {
    const { id } = await create();
    const { main } = gateway.options.clusters;
    const send = appWith({
      revokeToken: async (...args) => {
        await main.service.revokeToken(...args);
        await sql`alter table activity rename to activity_kept`.execute(gateway.database.db);
      },
    });
    expect((await send("DELETE", `/api/v0/tokens/${id}`)).status).toBe(204);
    await sql`alter table activity_kept rename to activity`.execute(gateway.database.db);
    expect(await historyOf(`/api/v0/tokens/${id}`)).toMatchObject([
      { action: "revoke", outcome: "started", before: { description: "made" } },
      { action: "create", outcome: "done" },
    ]);
    expect(gateway.logLines.some((line) => line.includes("outcome not recorded"))).toBe(true);
  });

  test("a token that cannot be read is changed all the same, without its content before", async () => {
    const { id } = await create();
    const getToken = vi.fn(() => Promise.reject(new Error("unreadable")));
    const send = appWith({ getToken });
    expect((await send("DELETE", `/api/v0/tokens/${id}`)).status).toBe(204);
    expect(getToken).toHaveBeenCalledTimes(1);
    const [newest] = await historyOf(`/api/v0/tokens/${id}`);
    expect(newest).toMatchObject({ action: "revoke", outcome: "done" });
    expect(newest).not.toHaveProperty("before");
  });

  test("a history of large contents shows the newest that fit, each of them whole", async () => {
    const large = (at: number) =>
      // Few and long: comparing thousands takes longer than all the rest.
      Array.from({ length: 40 }, (_, index) => ({
        action: "read",
        resource: `database-${at}-${index}`,
        note: "n".repeat(15_000),
      }));
    const { id } = await create();
    const path = `/api/v0/tokens/${id}`;
    for (let at = 0; at < 6; at++) {
      expect((await gateway.bearer("PATCH", path, { permissions: large(at) })).status).toBe(200);
    }
    const sizes = (await rows()).map(({ details }) => details.length);
    const history = await historyOf(path);
    expect(history.length).toBeGreaterThan(2);
    expect(history.length).toBeLessThan(7);
    expect(JSON.stringify(history).length).toBeLessThan(HISTORY_BYTES + 10_000);
    for (const [ago, { before, after }] of history.entries()) {
      expect(after).toEqual({ description: "made", permissions: large(5 - ago) });
      expect(before?.permissions).toHaveLength(40);
    }
    // The outcomes hold nothing: the intents have said it.
    expect(sizes.filter((_, index) => index % 2 === 1)).toEqual(
      sizes.filter((_, i) => i % 2 === 1).map(() => 2),
    );
  });

  test("a long history shows the newest deeds, and is found along an index", async () => {
    const { db } = gateway.database;
    const store = createActivityStore(db, gateway.clock);
    const subject = {
      account_id: ACCOUNT_ID,
      cluster_id: CLUSTER_ID,
      kind: "database",
      token_id: ABSENT,
    } as const;
    await addToRecord(
      db,
      Array.from({ length: HISTORY_LIMIT + 1 }, (_, index) =>
        (["intent", "outcome"] as const).map((phase) =>
          activityRow({
            ...subject,
            at: index,
            phase,
            operation_id: `${index}`,
            outcome: phase === "intent" ? null : ("done" as const),
            request_id: `request ${index}`,
          }),
        ),
      ).flat(),
    );
    const history = await store.history(subject);
    expect(history).toHaveLength(HISTORY_LIMIT);
    expect([history[0]?.requestId, history.at(-1)?.requestId]).toEqual([
      `request ${HISTORY_LIMIT}`,
      "request 1",
    ]);
    const query = sql`select * from activity where token_id = ${ABSENT} order by seq desc`;
    const plan =
      engine.name === "postgres"
        ? await db.transaction().execute(async (transaction) => {
            await sql`set local enable_seqscan = off`.execute(transaction);
            return sql`explain ${query}`.execute(transaction);
          })
        : await sql`explain query plan ${query}`.execute(db);
    expect(JSON.stringify(plan.rows)).toContain("activity_token");
  });
});
