import { afterEach, beforeEach, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "#server/app.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { createdBy, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { silentLog } from "#server/log.ts";
import type { Answer } from "#server/problem-answer.ts";
import { createOperations } from "./idempotency.ts";
import { createOperationStore, LEASE } from "./operation-store.ts";

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

  test("9. neither secret nor key is in the database", async () => {
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
    const mine = createOperations(createOperationStore(db, gateway.clock, "one"), gateway.clock, silentLog);
    const other = createOperations(createOperationStore(db, gateway.clock, "two"), gateway.clock, silentLog);
    let finish = (_answer: Answer) => {};
    const running = mine.once(operation, () => new Promise<Answer>((resolve) => (finish = resolve)));
    const act = () => Promise.reject(new Error("must not run"));
    await expect.poll(() => other.replay(operation).catch((error: unknown) => error)).toBeInstanceOf(Error);
    await expect(other.once(operation, act)).rejects.toMatchObject({ reason: "in_progress", retryAfter: 1 });
    gateway.pass(LEASE);
    await expect(other.once(operation, act)).rejects.toMatchObject({
      reason: "outcome_unknown",
      status: 409,
    });
    // It was slow, not dead: what it says in the end is what holds.
    finish({ status: 204 });
    await running;
    expect(await other.once(operation, act)).toMatchObject({ status: 204 });
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
  });
});
