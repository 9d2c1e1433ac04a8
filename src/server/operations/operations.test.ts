import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { settledOperationSchema, type SettledOperation } from "#contract/operation-schema.ts";
import { problemSchema } from "#contract/problem.ts";
import { toInstant } from "#server/clock.ts";
import { createApp } from "#server/app.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import {
  createdBy,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { silentLog } from "#server/log.ts";
import type { Answer } from "#server/problem-answer.ts";
import { createOperations } from "./idempotency.ts";
import { createOperationStore, LEASE } from "./operation-store.ts";
import { createReconciliation } from "./reconciliation.ts";

const minute = 60_000;

describeOnEachEngine("operations", (engine) => {
  let gateway: TestGateway;
  let cookie: string;

  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    cookie = await gateway.signIn();
  });
  afterEach(() => gateway.close());

  const send = (key: string, body: unknown = { description: "made" }, path = "/api/v0/tokens") =>
    gateway.page("POST", path, { cookie, body, headers: { "Idempotency-Key": key } });
  const tokens = async () => (await gateway.bearer("GET", "/api/v0/tokens")).json();
  const reasonOf = async (answer: Response) => problemSchema.parse(await answer.json()).reason;

  test("a session's change needs a key of the right form, a bearer's does not", async () => {
    const without = await gateway.page("POST", "/api/v0/tokens", {
      cookie,
      body: { description: "x" },
      headers: { "Idempotency-Key": "" },
    });
    expect(without.status).toBe(400);
    const bare = await gateway.send("/api/v0/tokens", {
      method: "POST",
      headers: {
        Cookie: cookie,
        "Sec-Fetch-Site": "same-origin",
        "X-Tokenward-Request": "interactive",
        "Content-Type": "application/json",
      },
      body: '{"description":"x"}',
    });
    expect([bare.status, await reasonOf(bare)]).toEqual([400, "idempotency_key_required"]);
    expect((await send("short")).status).toBe(400);
    expect((await gateway.bearer("POST", "/api/v0/tokens", { description: "x" })).status).toBe(200);
    expect(await tokens()).toHaveLength(1);
  });

  test("a repeat gets the first answer, secret and headers included, and has no effect", async () => {
    const first = await send("key-of-sixteen-chars");
    const again = await send("key-of-sixteen-chars");
    expect(again.status).toBe(200);
    expect(first.headers.get("Idempotency-Replayed")).toBeNull();
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    expect(await tokens()).toHaveLength(1);
  });

  test("of many at once one acts; the others hear its answer or that it is running", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("key-of-sixteen-chars")));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses).toContain(200);
    for (const answer of answers) {
      if (answer.status === 409) {
        expect([await reasonOf(answer), answer.headers.get("Retry-After")]).toEqual(["in_progress", "1"]);
      } else expect(answer.status).toBe(200);
    }
    expect(await tokens()).toHaveLength(1);
  });

  test("the same key with another body, path or If-Match is 422", async () => {
    await send("key-of-sixteen-chars");
    const other = await send("key-of-sixteen-chars", { description: "other" });
    expect([other.status, await reasonOf(other)]).toEqual([422, "key_reused"]);
    expect((await send("key-of-sixteen-chars", undefined, "/api/v0/databases")).status).toBe(422);
    expect(await tokens()).toHaveLength(1);
  });

  test("a key belongs to its actor", async () => {
    await send("key-of-sixteen-chars");
    const bearer = await gateway.bearer(
      "POST",
      "/api/v0/tokens",
      { description: "made" },
      { "Idempotency-Key": "key-of-sixteen-chars" },
    );
    expect([bearer.status, bearer.headers.get("Idempotency-Replayed")]).toEqual([200, null]);
    expect(await tokens()).toHaveLength(2);
  });

  test("who had to sign in again still finds the operation", async () => {
    await send("key-of-sixteen-chars");
    cookie = await gateway.signIn();
    expect((await send("key-of-sixteen-chars")).headers.get("Idempotency-Replayed")).toBe("true");
  });

  test("a refusal is replayed as well, under a request id of its own", async () => {
    const first = await send("key-of-sixteen-chars", { description: 1 });
    const again = await send("key-of-sixteen-chars", { description: 1 });
    expect([first.status, again.status]).toEqual([400, 400]);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  });

  test("an answer with a secret is kept for five minutes, then the object is named", async () => {
    const { id } = await createdBy(await send("key-of-sixteen-chars"));
    gateway.pass(5 * minute - 1);
    expect((await send("key-of-sixteen-chars")).status).toBe(200);
    gateway.pass(1);
    const gone = await send("key-of-sixteen-chars");
    const problem = problemSchema.parse(await gone.json());
    expect([gone.status, problem.reason, problem.objectId]).toEqual([410, "answer_gone", id]);
    expect(problem.message).toContain(id);
    await gateway.app.purge();
    const rows = await gateway.database.db.selectFrom("operations").select(["answer", "object_id"]).execute();
    expect(rows).toEqual([{ answer: null, object_id: id }]);
  });

  test("other answers are kept for a day, then the key is free again", async () => {
    const remove = async () => {
      const id = "aaaaaaaa-2222-4333-8444-555555555555";
      const headers = { "Idempotency-Key": "key-of-sixteen-chars" };
      return (await gateway.bearer("DELETE", `/api/v0/tokens/${id}`, undefined, headers)).headers;
    };
    await remove();
    gateway.pass(24 * 60 * minute - 1);
    expect((await remove()).get("Idempotency-Replayed")).toBe("true");
    gateway.pass(1);
    expect((await remove()).get("Idempotency-Replayed")).toBeNull();
  });

  test("6. neither secret nor key is in the database", async () => {
    const { accessToken } = await createdBy(await send("key-of-sixteen-chars"));
    const bytes = await gateway.database.bytes();
    expect(bytes.includes("key-of-sixteen-chars")).toBe(false);
    expect(bytes.includes(accessToken)).toBe(false);
  });

  test("cut off: running while the lease lasts, unknown afterwards, also for another gateway", async () => {
    const { db } = gateway.database;
    const operation = {
      rawKey: "key-of-sixteen-chars",
      actor: "operator",
      method: "POST",
      target: "/x",
      body: new Uint8Array(),
      requestId: "r",
    };
    const reconciliation = createReconciliation(
      createOperationStore(db, gateway.clock, "three"),
      gateway.options.clusters,
      silentLog,
    );
    const mine = createOperations(
      createOperationStore(db, gateway.clock, "one"),
      gateway.clock,
      silentLog,
      gateway.options.key,
      reconciliation,
    );
    const other = createOperations(
      createOperationStore(db, gateway.clock, "two"),
      gateway.clock,
      silentLog,
      gateway.options.key,
      reconciliation,
    );
    let finish = (_answer: Answer) => {};
    const running = mine.once(operation, () => new Promise<Answer>((resolve) => (finish = resolve)));
    const act = () => Promise.reject(new Error("must not run"));
    const startedAt = toInstant(gateway.clock());
    await expect.poll(() => other.replay(operation).catch((error: unknown) => error)).toBeInstanceOf(Error);
    await expect(other.once(operation, act)).rejects.toMatchObject({ reason: "in_progress", retryAfter: 1 });
    expect(await other.settle(operation)).toEqual({ state: "in_progress", startedAt });
    gateway.pass(LEASE);
    expect(await other.settle(operation)).toEqual({ state: "unknown", startedAt });
    await expect(other.once(operation, act)).rejects.toMatchObject({
      reason: "outcome_unknown",
      status: 409,
    });
    // It was slow, not dead: what it says in the end is what holds.
    finish({ status: 204 });
    await running;
    expect(await other.once(operation, act)).toMatchObject({ status: 204 });
    expect(await other.settle(operation)).toEqual({ state: "done", startedAt });
  });

  test("a fault in the middle leaves the outcome unknown, and nothing runs again", async () => {
    const { main } = gateway.options.clusters;
    let calls = 0;
    const service = {
      ...main.service,
      createToken: () => {
        calls++;
        return Promise.reject(new Error("lost"));
      },
    };
    const clusters = { ...gateway.options.clusters, main: { ...main, service } };
    const { hono } = createApp({ ...gateway.options, clusters });
    const create = () =>
      hono.request("http://localhost:4600/api/v0/tokens", {
        method: "POST",
        body: '{"description":"x"}',
        headers: {
          Cookie: cookie,
          "Sec-Fetch-Site": "same-origin",
          "X-Tokenward-Request": "interactive",
          "Content-Type": "application/json",
          "Idempotency-Key": "key-of-sixteen-chars",
        },
      });
    expect((await create()).status).toBe(500);
    const again = await create();
    expect([again.status, await reasonOf(again)]).toEqual([409, "outcome_unknown"]);
    expect(calls).toBe(1);
    expect(await settle(KEY)).toEqual({ state: "unknown", startedAt: toInstant(gateway.clock()) });
  });

  const KEY = "key-of-sixteen-chars";
  const settledBy = async (answer: Response): Promise<SettledOperation> => {
    expect(answer.status).toBe(200);
    return settledOperationSchema.parse(await answer.json());
  };
  const about = (path: string, operationKey: string, own?: string) =>
    gateway.page("POST", `/api/operations/${path}`, {
      cookie,
      body: { operationKey },
      ...(own === undefined ? {} : { headers: { "Idempotency-Key": own } }),
    });
  const settle = async (key: string) => settledBy(await about("settlement", key));
  const acknowledge = async (key: string) => (await about("acknowledgement", key)).status;
  const rows = () => gateway.database.db.selectFrom("operations").selectAll().execute();

  test("settled before it begins it never will, however late it comes", async () => {
    expect(await settle(KEY)).toEqual({ state: "never_begun" });
    gateway.pass(23 * 60 * minute);
    cookie = await gateway.signIn();
    const late = await send(KEY);
    expect([late.status, await reasonOf(late)]).toEqual([422, "given_up"]);
    expect(await tokens()).toEqual([]);
    expect(await settle(KEY)).toEqual({ state: "never_begun" });
    expect((await send("another-key-of-sixteen")).status).toBe(200);
  });

  test("settled while it arrives, one of the two is first and both know it", async () => {
    for (let round = 0; round < 8; round++) {
      const key = `key-of-sixteen-chars-${round}`;
      const before = z.array(z.unknown()).parse(await tokens()).length;
      const [sent, settled] =
        round % 2 === 0
          ? await Promise.all([send(key), settle(key)])
          : await Promise.all([settle(key), send(key)]).then(([one, two]) => [two, one] as const);
      const isRefused = settled.state === "never_begun";
      expect(sent.status).toBe(isRefused ? 422 : 200);
      expect(await tokens()).toHaveLength(before + (isRefused ? 0 : 1));
    }
  });

  test("settled after it was done it gives the answer, the secret too, for as long as that is kept", async () => {
    const startedAt = toInstant(gateway.clock());
    const answer = await createdBy(await send(KEY));
    expect(await settle(KEY)).toEqual({ state: "done", startedAt, objectId: answer.id, answer });
    gateway.pass(5 * minute);
    expect(await settle(KEY)).toEqual({ state: "done", startedAt, objectId: answer.id });
  });

  test("settled after it was refused it gives the refusal", async () => {
    const problem = problemSchema.parse(await (await send(KEY, { description: 1 })).json());
    expect(problem.field).toBe("description");
    expect(await settle(KEY)).toEqual({ state: "failed", startedAt: toInstant(gateway.clock()), problem });
    // Nothing was done, so there is nothing to acknowledge: a repeat is still told why.
    expect(await acknowledge(KEY)).toBe(204);
    expect((await send(KEY, { description: 1 })).status).toBe(400);
  });

  test("acknowledged, nothing is kept that could show the secret again", async () => {
    const { id, accessToken } = await createdBy(await send(KEY));
    // As somebody would have it who asked before.
    await settle(KEY);
    expect(await acknowledge(KEY)).toBe(204);
    const [row, ...others] = await rows();
    expect(row).toMatchObject({ state: "done", answer: null, object_id: id });
    // Neither is the answer of a settlement, which held it as well.
    expect(others).toEqual([]);
    const bytes = await gateway.database.bytes();
    for (const secret of [accessToken, accessToken.slice(6, 30), KEY])
      expect(bytes.includes(secret)).toBe(false);
    const again = await send(KEY);
    const problem = problemSchema.parse(await again.json());
    expect([again.status, problem.reason, problem.objectId]).toEqual([410, "answer_gone", id]);
    expect(await settle(KEY)).toMatchObject({ state: "done", objectId: id });
    expect(await settle(KEY)).not.toHaveProperty("answer");
    expect(await acknowledge(KEY)).toBe(204);
  });

  test("an erased answer is in no file any more, however much was written around it", async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `${KEY}-${at}`);
    // Descriptions of many lengths: answers inside of pages, and over several of them.
    for (const [at, key] of keys.entries()) await send(key, { description: "d".repeat(at * at * 8) });
    const answers = (await rows()).map(({ answer }) => answer ?? "");
    const found = async () => {
      const bytes = await gateway.database.bytes();
      // From its middle and its end, since pages hold long ones in parts.
      return answers.filter((answer) =>
        [0, Math.floor(answer.length / 2), answer.length - 40].some((start) =>
          bytes.includes(answer.slice(start, start + 40)),
        ),
      );
    };
    expect(await found()).toHaveLength(40);
    gateway.pass(1000);
    for (const key of keys.slice(0, 20)) expect(await acknowledge(key)).toBe(204);
    const kept = (await rows()).flatMap(({ answer }) => (answer === null ? [] : [answer]));
    expect(kept).toHaveLength(20);
    expect((await found()).toSorted()).toEqual(kept.toSorted());
    gateway.pass(5 * minute);
    await gateway.app.purge();
    expect(await found()).toEqual([]);
  });

  test("what was erased while somebody read an older state is cut from the log later", async () => {
    await send(KEY);
    const [row] = await rows();
    const answer = row?.answer ?? "";
    await gateway.database.readSnapshot(async (snapshot) => {
      await snapshot.selectFrom("operations").select("key_hash").execute();
      expect(await acknowledge(KEY)).toBe(204);
    });
    await gateway.app.purge();
    expect((await gateway.database.bytes()).includes(answer)).toBe(false);
  });

  test("acknowledging what is not there changes nothing: the key can still be used", async () => {
    expect(await acknowledge(KEY)).toBe(204);
    expect((await send(KEY)).status).toBe(200);
  });

  test("somebody else's key is nobody's: asking neither shows nor spoils anything, nor does acknowledging", async () => {
    await send(KEY);
    const bearer = (path: string) => gateway.bearer("POST", `/api/operations/${path}`, { operationKey: KEY });
    // All that is said is that the key was used: whoever sent it under another name must not hear that it never will be.
    const startedAt = toInstant(gateway.clock());
    gateway.pass(1000);
    expect(await settledBy(await bearer("settlement"))).toEqual({ state: "unknown", startedAt });
    expect(await rows()).toHaveLength(1);
    expect((await bearer("acknowledgement")).status).toBe(204);
    expect(await settle(KEY)).toHaveProperty("answer");
    cookie = await gateway.signIn();
    expect(await settle(KEY)).toHaveProperty("answer");
  });

  test("without the gateway's key a kept answer opens for nobody, however good the raw key is", async () => {
    await send(KEY);
    const { hono } = createApp({ ...gateway.options, key: Buffer.alloc(32, 8) });
    // The bearer's own, since sessions are sealed with that key as well.
    const create = (to: TestGateway["send"]) =>
      to("http://localhost:4600/api/v0/tokens", {
        method: "POST",
        body: '{"description":"x"}',
        headers: {
          Authorization: `Bearer ${MANAGEMENT_TOKEN}`,
          "Content-Type": "application/json",
          "Idempotency-Key": `${KEY}-3`,
        },
      });
    expect((await create(gateway.send)).status).toBe(200);
    expect((await create(gateway.send)).headers.get("Idempotency-Replayed")).toBe("true");
    const other = await create(async (path, init) => hono.request(path, init));
    expect([other.status, await reasonOf(other)]).toEqual([410, "answer_gone"]);
  });

  test("keys of revoke runs are for revoking only", async () => {
    const key = "revoke-run.aaaaaaaa-2222-4333-8444-555555555555.x";
    const refused = problemSchema.parse(await (await send(key)).json());
    expect([refused.code, refused.field]).toEqual([400, "Idempotency-Key"]);
    expect((await about("settlement", key)).status).toBe(200);
    expect((await about("settlement", key, key)).status).toBe(400);
  });

  test("what another actor gave up was used by nobody; what they begin afterwards is theirs, and is told", async () => {
    const bearer = () => gateway.bearer("POST", "/api/operations/settlement", { operationKey: KEY });
    expect(await settledBy(await bearer())).toEqual({ state: "never_begun" });
    expect(await settle(KEY)).toEqual({ state: "never_begun" });
    const sent = await gateway.bearer(
      "POST",
      "/api/v0/tokens",
      { description: "x" },
      { "Idempotency-Key": KEY },
    );
    expect([sent.status, await reasonOf(sent)]).toEqual([422, "given_up"]);

    const other = `${KEY}-2`;
    expect(await settle(other)).toEqual({ state: "never_begun" });
    const headers = { "Idempotency-Key": other };
    expect((await gateway.bearer("POST", "/api/v0/tokens", { description: "x" }, headers)).status).toBe(200);
    expect(await settle(other)).toEqual({ state: "unknown", startedAt: toInstant(gateway.clock()) });
    // A row of before, which has no such hash, says nothing about others.
    await gateway.database.db.updateTable("operations").set({ raw_key_hash: null }).execute();
    expect(await settle(other)).toEqual({ state: "never_begun" });
  });

  test("asking needs a session's own key and a whole one in the body; asking again under it asks anew", async () => {
    const own = "own-key-of-a-settlement";
    await createdBy(await send(KEY));
    expect(await settledBy(await about("settlement", KEY, own))).toHaveProperty("answer");
    await acknowledge(KEY);
    expect(await settledBy(await about("settlement", KEY, own))).not.toHaveProperty("answer");
    expect(await reasonOf(await about("settlement", KEY, ""))).toBe("invalid_request");
    expect((await about("settlement", "short")).status).toBe(400);
    expect((await about("acknowledgement", "x".repeat(201))).status).toBe(400);
    expect(await rows()).toHaveLength(1);
  });
});
