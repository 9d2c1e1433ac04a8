import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { problemSchema } from "#contract/problem.ts";
import {
  MOST_IN_A_RUN,
  MOST_OPEN_RUNS,
  revokeRunKey,
  revokeRunSchema,
  revokeRunSummarySchema,
  type RevokeRun,
} from "#contract/revoke-run.ts";
import { ApiError } from "#server/api-error.ts";
import { createApp } from "#server/app.ts";
import { createClusterRegistry, loadOwnClusters } from "#server/clusters.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { CHANGE_LIMIT } from "#server/deadline.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { KEEP, LEASE } from "#server/operations/operation-store.ts";
import { createOwnCluster } from "#server/services/own-cluster.ts";
import type { TokenService } from "#server/services/token-service.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";

describeOnEachEngine("Revoke runs", (engine) => {
  let gateway: TestGateway;
  let path: string;

  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    path = `/api/clusters/${gateway.options.clusters.main.cluster.slug}/revoke-runs`;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    return gateway.close();
  });

  const newToken = async () =>
    (await createdBy(await gateway.bearer("POST", `${LONG}/tokens`, { description: "x" }))).id;
  const planOf = (ids: readonly string[]) =>
    ids.map((tokenId) => ({ tokenId, description: `token ${tokenId.slice(0, 8)}` }));
  const runOf = async (answer: Response): Promise<RevokeRun> => {
    expect(answer.status).toBe(200);
    return revokeRunSchema.parse(await answer.json());
  };
  const start = async (ids: readonly string[], kind = "database") => {
    const answer = await gateway.bearer("POST", path, { kind, tokens: planOf(ids) });
    expect(answer.status).toBe(200);
    return read(revokeRunSummarySchema.parse(await answer.json()).id);
  };
  const read = async (id: string) => runOf(await gateway.bearer("GET", `${path}/${id}`));
  const list = async () =>
    z.array(revokeRunSummarySchema).parse(await (await gateway.bearer("GET", path)).json());
  const keyed = (run: RevokeRun, id: string) => ({ "Idempotency-Key": revokeRunKey(run.id, id) });
  const revoke = (run: RevokeRun, id: string) =>
    gateway.bearer("DELETE", `${LONG}/tokens/${id}`, undefined, keyed(run, id));
  const statesOf = (run: RevokeRun) => run.items.map(({ state }) => state);

  /** Another app on the same database, whose service differs in some calls; `send` as gateway.bearer. */
  const other = (changes: (service: TokenService) => Partial<TokenService>): TestGateway["bearer"] => {
    const entries = gateway.options.clusters.entries.map((entry) => ({
      ...entry,
      service: { ...entry.service, ...changes(entry.service) },
    }));
    const { hono } = createApp({ ...gateway.options, clusters: createClusterRegistry(entries) });
    return async (method, address, _body, headers) =>
      hono.request(`http://localhost:4600${address}`, {
        method,
        headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, ...headers },
      });
  };

  test("a run is kept as it was planned, and is listed until it is ended", async () => {
    const ids = [await newToken(), ABSENT];
    const run = await start(ids);
    expect(run).toEqual({
      id: run.id,
      kind: "database",
      startedAt: "2030-01-01T00:00:00.000Z",
      startedBy: run.startedBy,
      total: 2,
      items: planOf(ids).map((item) => ({ ...item, state: "not_attempted" })),
    });
    const { items: _, ...summary } = run;
    const answer = await gateway.bearer("POST", path, { kind: "database", tokens: planOf(ids) });
    const another: unknown = await answer.json();
    expect(another).toEqual({ ...summary, id: expect.any(String) });
    await gateway.bearer("POST", `${path}/${revokeRunSummarySchema.parse(another).id}/end`);
    expect(await read(run.id)).toEqual(run);
    gateway.pass(1000);
    const later = await start(ids, "management");
    expect((await list()).map(({ id }) => id)).toEqual([later.id, run.id]);
    expect((await list())[1]).toEqual(summary);

    const ended = await runOf(await gateway.bearer("POST", `${path}/${run.id}/end`));
    expect(ended).toEqual({ ...run, endedAt: "2030-01-01T00:00:01.000Z" });
    gateway.pass(1000);
    expect(await runOf(await gateway.bearer("POST", `${path}/${run.id}/end`))).toEqual(ended);
    expect((await list()).map(({ id }) => id)).toEqual([later.id]);
    expect(await read(run.id)).toEqual(ended);
    // Nothing of this revoked anything.
    expect(await (await gateway.bearer("GET", `${LONG}/tokens/${ids[0]}`)).text()).not.toContain("revokedAt");
  });

  test("each token's state comes from the DELETE that was sent for it", async () => {
    const [done, gone, lost, waiting, untouched] = [
      await newToken(),
      await newToken(),
      await newToken(),
      await newToken(),
      await newToken(),
    ];
    await gateway.bearer("DELETE", `${LONG}/tokens/${gone}`);
    const run = await start([done, gone, lost, waiting, untouched, ABSENT]);
    const failing = other(() => ({ revokeToken: () => Promise.reject(new Error("the connection broke")) }));
    let goOn = () => {};
    const slow = other((service) => ({
      revokeToken: async (context, id) => {
        await new Promise<void>((resolve) => (goOn = resolve));
        return service.revokeToken(context, id);
      },
    }));
    expect((await revoke(run, done)).status).toBe(204);
    expect((await revoke(run, gone)).status).toBe(404);
    expect((await revoke(run, ABSENT)).status).toBe(404);
    const target = (id: string) => `${LONG}/tokens/${id}`;
    expect((await failing("DELETE", target(lost), undefined, keyed(run, lost))).status).toBe(500);
    const pending = slow("DELETE", target(waiting), undefined, keyed(run, waiting));
    await expect.poll(async () => statesOf(await read(run.id))[3]).toBe("in_progress");

    const [first, second, third, fourth, fifth, sixth] = (await read(run.id)).items;
    expect(first).toMatchObject({ tokenId: done, state: "revoked", status: 204 });
    expect(second).toMatchObject({ state: "refused", status: 404 });
    expect(second?.reason).toBe("This database token is revoked already.");
    expect(third).toMatchObject({ state: "unknown", status: 500 });
    expect(fourth).toMatchObject({ tokenId: waiting, state: "in_progress" });
    expect(fifth).toEqual({ ...planOf([untouched])[0], state: "not_attempted" });
    expect(sixth?.reason).toBe("There is no database token with this id.");

    // Whoever held it is gone without a word, as far as anybody can tell.
    gateway.pass(LEASE);
    expect((await read(run.id)).items[3]).toEqual({ ...planOf([waiting])[0], state: "unknown" });
    goOn();
    expect((await pending).status).toBe(204);
    expect((await read(run.id)).items[3]?.state).toBe("revoked");
  });

  test("the same for management tokens, the last active one refused with its reason", async () => {
    const { id } = await createdBy(await gateway.bearer("POST", MANAGEMENT, { description: "m" }));
    const all = z.array(z.object({ id: z.string() }));
    const rows = all.parse(await (await gateway.bearer("GET", MANAGEMENT)).json());
    const last = rows.find((row) => row.id !== id)?.id ?? "";
    const run = await start([id, last], "management");
    for (const tokenId of [id, last]) {
      await gateway.bearer("DELETE", `${MANAGEMENT}/${tokenId}`, undefined, keyed(run, tokenId));
    }
    expect((await read(run.id)).items).toMatchObject([
      { state: "revoked", status: 204 },
      { state: "refused", status: 409, reason: expect.stringContaining("last active") },
    ]);
  });

  test("a run survives a restart, and taking it up again repeats nothing", async () => {
    const ids = [await newToken(), await newToken()];
    const run = await start(ids);
    await revoke(run, ids[0] ?? "");
    const again = await gateway.database.openAgain();
    const clusters = createClusterRegistry(
      await loadOwnClusters(again.db, (cluster) =>
        createOwnCluster({ database: again, clock: gateway.clock, cluster, listCache: createListCache() }),
      ),
    );
    const { hono } = createApp({ ...gateway.options, db: again.db, clusters, instance: "later" });
    const headers = { Authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    const found = await runOf(await hono.request(`http://localhost:4600${path}/${run.id}`, { headers }));
    expect(statesOf(found)).toEqual(["revoked", "not_attempted"]);
    const repeat = await hono.request(`http://localhost:4600${LONG}/tokens/${ids[0]}`, {
      method: "DELETE",
      headers: { ...headers, ...keyed(run, ids[0] ?? "") },
    });
    expect([repeat.status, repeat.headers.get("Idempotency-Replayed")]).toEqual([204, "true"]);
    await again.close();
  });

  test("only its own DELETE makes a token revoked: no other request with its key does", async () => {
    const [one, two] = [await newToken(), await newToken()];
    const run = await start([one, two]);
    const patch = { description: "renamed" };
    const patched = await gateway.bearer("PATCH", `${LONG}/tokens/${one}`, patch, keyed(run, one));
    expect([patched.status, problemSchema.parse(await patched.json()).field]).toEqual([
      400,
      "Idempotency-Key",
    ]);
    expect((await gateway.bearer("DELETE", `${LONG}/tokens/${one}`, undefined, keyed(run, two))).status).toBe(
      204,
    );
    expect(statesOf(await read(run.id))).toEqual(["not_attempted", "not_attempted"]);
    // Without the run's key it is none of the run's doing.
    await gateway.bearer("DELETE", `${LONG}/tokens/${two}`);
    expect(statesOf(await read(run.id))).toEqual(["not_attempted", "not_attempted"]);
  });

  test("a token whose DELETE was given up before it came is refused: this run revokes it no more", async () => {
    const id = await newToken();
    const run = await start([id]);
    const operationKey = revokeRunKey(run.id, id);
    const settled = await gateway.bearer("POST", "/api/operations/settlement", { operationKey });
    expect(await settled.json()).toMatchObject({ state: "never_begun" });
    const late = await revoke(run, id);
    const { reason, message } = problemSchema.parse(await late.json());
    expect([late.status, reason]).toEqual([422, "given_up"]);
    expect(message).not.toContain("Idempotency-Key");
    expect((await read(run.id)).items).toMatchObject([{ state: "refused", reason: message }]);
  });

  test("ending may be repeated under its key, and nothing of a run's answers is kept", async () => {
    const { id } = await start([ABSENT]);
    const headers = { "Idempotency-Key": "key-of-sixteen-chars" };
    const end = async () => runOf(await gateway.bearer("POST", `${path}/${id}/end`, undefined, headers));
    expect(await end()).toEqual(await end());
    expect(await gateway.database.db.selectFrom("operations").selectAll().execute()).toEqual([]);
  });

  test("so many runs may be open and no more, of one person", async () => {
    const first = await start([ABSENT]);
    for (let open = 1; open < MOST_OPEN_RUNS; open++) await start([ABSENT]);
    const body = { kind: "database", tokens: planOf([ABSENT]) };
    const refused = await gateway.bearer("POST", path, body);
    const { reason, message } = problemSchema.parse(await refused.json());
    expect([refused.status, reason, message]).toEqual([409, "conflict", expect.stringContaining("50 runs")]);
    const cookie = await gateway.signIn();
    expect((await gateway.page("POST", path, { cookie, body })).status).toBe(200);
    await gateway.bearer("POST", `${path}/${first.id}/end`);
    await start([ABSENT]);
    expect((await gateway.bearer("POST", path, body)).status).toBe(409);
    gateway.pass(KEEP);
    expect((await gateway.bearer("POST", path, body)).status).toBe(200);
  });

  test("a run belongs to who started it", async () => {
    const run = await start([ABSENT]);
    const cookie = await gateway.signIn();
    const page = (method: string, address: string) => gateway.page(method, address, { cookie });
    expect((await page("GET", `${path}/${run.id}`)).status).toBe(404);
    expect((await page("POST", `${path}/${run.id}/end`)).status).toBe(404);
    expect(await (await page("GET", path)).json()).toEqual([]);
    expect((await read(run.id)).endedAt).toBeUndefined();
    expect((await gateway.bearer("GET", `${path}/${ABSENT}`)).status).toBe(404);
    expect((await gateway.bearer("GET", `${path}/1`)).status).toBe(400);
    expect((await gateway.bearer("GET", "/api/clusters/nowhere/revoke-runs")).status).toBe(404);
    expect((await gateway.send(path)).status).toBe(401);
  });

  test("it is forgotten after a day, before any of its operations", async () => {
    const id = await newToken();
    const run = await start([id]);
    gateway.pass(1);
    await revoke(run, id);
    gateway.pass(KEEP - 2);
    await gateway.app.purge();
    expect(statesOf(await read(run.id))).toEqual(["revoked"]);
    gateway.pass(1);
    expect((await gateway.bearer("GET", `${path}/${run.id}`)).status).toBe(404);
    expect(await list()).toEqual([]);
    await gateway.app.purge();
    expect(await gateway.database.db.selectFrom("revoke_runs").select("id").execute()).toEqual([]);
  });

  test("a plan that cannot be kept is refused, and says where", async () => {
    const tried = async (tokens: unknown) => {
      const answer = await gateway.bearer("POST", path, { kind: "database", tokens });
      const problem = problemSchema.parse(await answer.json());
      return [answer.status, problem.field];
    };
    expect(await tried([])).toEqual([400, "tokens"]);
    expect(await tried(planOf([ABSENT, "b", ABSENT]))).toEqual([400, "tokens[2].tokenId"]);
    // Longer than a key can tell apart.
    expect(await tried(planOf([`${"i".repeat(199)}1`, `${"i".repeat(199)}2`]))).toEqual([
      400,
      "tokens[1].tokenId",
    ]);
    expect(await tried([{ tokenId: "a", description: "d".repeat(201) }])).toEqual([
      400,
      "tokens[0].description",
    ]);
    expect(await tried(planOf(Array.from({ length: MOST_IN_A_RUN + 1 }, (_, at) => `${at}`)))).toEqual([
      400,
      "tokens",
    ]);
    expect(await list()).toEqual([]);
  });

  test(
    "as many as a run may have, with long descriptions in any script, fit",
    { timeout: 60_000 },
    async () => {
      const ids = Array.from({ length: MOST_IN_A_RUN }, () => crypto.randomUUID());
      const tokens = ids.map((tokenId) => ({ tokenId, description: "語".repeat(200) }));
      const cookie = await gateway.signIn();
      const body = { kind: "database", tokens };
      const started = await gateway.page("POST", path, { cookie, body });
      expect(started.status).toBe(200);
      const { id } = revokeRunSummarySchema.parse(await started.json());
      const last = ids.at(-1) ?? "";
      const headers = { "Idempotency-Key": revokeRunKey(id, last) };
      await gateway.page("DELETE", `${LONG}/tokens/${last}`, { cookie, headers });
      const { items, total } = await runOf(await gateway.page("GET", `${path}/${id}`, { cookie }));
      expect([items.length, total]).toEqual([MOST_IN_A_RUN, MOST_IN_A_RUN]);
      expect(items.at(-1)).toMatchObject({ tokenId: last, state: "refused", status: 404 });
      expect(items.at(-2)).toEqual({ ...tokens.at(-2), state: "not_attempted" });
      const ended = await gateway.page("POST", `${path}/${id}/end`, { cookie });
      expect((await runOf(ended)).items).toHaveLength(MOST_IN_A_RUN);
      const kept = await gateway.database.db.selectFrom("operations").select("answer").execute();
      expect(kept.map(({ answer }) => answer?.length ?? 0).filter((size) => size > 2000)).toEqual([]);

      const tooMuch = JSON.stringify(body).padEnd(8_000_001, " ");
      const refused = await gateway.page("POST", path, { cookie, body: tooMuch });
      expect([refused.status, problemSchema.parse(await refused.json()).message]).toEqual([
        413,
        "The body is larger than 8 MB.",
      ]);
    },
  );

  test("a stranger hears what is wrong with them, however much they send", async () => {
    const big = JSON.stringify({ kind: "database", tokens: [] }).padEnd(1_000_001, " ");
    const send = async (headers: Record<string, string>, to: TestGateway["page"] = gateway.page) => {
      const answer = await to("POST", path, { body: big, headers });
      const { reason } = problemSchema.parse(await answer.json());
      return [answer.status, reason];
    };
    expect(await send({})).toEqual([401, "not_signed_in"]);
    expect(await send({ Cookie: `${cookieNameOf(await gateway.signIn())}=nobody` })).toEqual([
      401,
      "session_ended",
    ]);
    const refused = { Authorization: "Bearer x" };
    for (let failure = 0; failure < 100; failure++) {
      expect(await send(refused)).toEqual([401, "credential_refused"]);
    }
    expect(await send(refused)).toEqual([429, "rate_limited"]);
    const { hono } = createApp({
      ...gateway.options,
      clusters: failingClusters(gateway),
    });
    const answer = await hono.request(`http://localhost:4600${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, "Content-Type": "application/json" },
      body: big,
    });
    expect(answer.status).toBe(503);
  });

  test("a slow line is not taken for a slow database", async () => {
    let lag = 0;
    const real = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => real() + lag);
    const text = new TextEncoder().encode(JSON.stringify({ kind: "database", tokens: planOf([ABSENT]) }));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        lag += CHANGE_LIMIT;
        controller.enqueue(text);
        controller.close();
      },
    });
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, "Content-Type": "application/json" },
      body,
      duplex: "half",
    };
    expect((await gateway.send(path, init)).status).toBe(200);
  });
});

function cookieNameOf(cookie: string): string {
  return cookie.split("=")[0] ?? "";
}

/** Clusters whose database is away for who wants to know a caller. */
function failingClusters({ options }: TestGateway) {
  const unavailable = () => Promise.reject(new ApiError(503, "unavailable", "Away."));
  return createClusterRegistry(
    options.clusters.entries.map((entry) => ({
      ...entry,
      service: { ...entry.service, authenticate: unavailable },
    })),
  );
}
