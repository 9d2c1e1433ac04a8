import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  activityDeedSchema,
  activityPageSchema,
  type ActivityDeed,
  type ActivityPage,
} from "#contract/activity.ts";
import { problemSchema } from "#contract/problem.ts";
import { CHAIN_START } from "#server/activity/chain.ts";
import { activityRow, addToRecord } from "#server/activity/record-for-tests.ts";
import { createApp } from "#server/app.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { ApiError } from "#server/api-error.ts";

const permissions = [{ action: "write", resource: "ci" }];
const here = { account_id: ACCOUNT_ID, cluster_id: CLUSTER_ID };

describeOnEachEngine("The record of a cluster", (engine) => {
  let gateway: TestGateway;
  let path: string;
  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    path = `/api/clusters/${gateway.options.clusters.main.cluster.slug}/activity`;
  });
  afterEach(() => gateway.close());

  const page = async (query = ""): Promise<ActivityPage> => {
    const answer = await gateway.bearer("GET", `${path}${query}`);
    expect(answer.status).toBe(200);
    return activityPageSchema.parse(await answer.json());
  };
  const deed = async (id: string): Promise<ActivityDeed> => {
    const answer = await gateway.bearer("GET", `${path}/${id}`);
    expect(answer.status).toBe(200);
    return activityDeedSchema.parse(await answer.json());
  };
  const create = async (description = "made", address = `${LONG}/tokens`) =>
    createdBy(
      await gateway.bearer("POST", address, {
        description,
        ...(address === MANAGEMENT ? {} : { permissions }),
      }),
    );
  const deeds = (count: number, changes: (index: number) => Parameters<typeof activityRow>[0] = () => ({})) =>
    addToRecord(
      gateway.database.db,
      Array.from({ length: count }, (_, index) => {
        const common = { ...here, operation_id: randomUUID(), ...changes(index) };
        return [activityRow(common), activityRow({ ...common, phase: "outcome", outcome: "done" })];
      }).flat(),
    );

  test("has its tokens' deeds and those of its account's management tokens, newest first, and no others", async () => {
    expect(await page()).toEqual({ entries: [] });
    const { id } = await create();
    gateway.pass(1000);
    const manager = await create("deploy", MANAGEMENT);
    const cookie = await gateway.signIn();
    gateway.pass(1000);
    const refused = await gateway.page("PATCH", `${LONG}/tokens/${id}`, {
      cookie,
      body: { description: "renamed" },
      headers: { "If-Match": '"old"' },
    });
    const { message } = problemSchema.parse(await refused.json());
    await deeds(1, () => ({ cluster_id: randomUUID() }));
    await deeds(1, () => ({ account_id: randomUUID(), cluster_id: null }));
    const { entries, head, older } = await page();
    expect(older).toBeUndefined();
    expect(head).toEqual({ seq: 10, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(entries).toEqual([
      {
        id: expect.any(String),
        seq: 5,
        at: "2030-01-01T00:00:02.000Z",
        endedAt: "2030-01-01T00:00:02.000Z",
        action: "update",
        actor: "Operator (sign-in link)",
        session: expect.stringMatching(/^[0-9a-f]{16}$/),
        kind: "database",
        tokenId: id,
        description: "made",
        outcome: "not_done",
        problem: { status: 412, reason: "precondition_failed", message },
        requestId: refused.headers.get("X-Request-Id"),
      },
      expect.objectContaining({
        action: "create",
        kind: "management",
        tokenId: manager.id,
        description: "deploy",
      }),
      expect.objectContaining({
        action: "create",
        kind: "database",
        tokenId: id,
        description: "made",
        seq: 1,
      }),
    ]);
    // Programs have no session.
    expect(entries[2]).not.toHaveProperty("session");
    const sessions = await gateway.database.db.selectFrom("sessions").select("id_hash").execute();
    expect(sessions.some(({ id_hash }) => id_hash.includes(entries[0]?.session ?? ""))).toBe(false);
    const ids = entries.map((entry) => entry.id);
    expect(new Set(ids).size).toBe(3);
  });

  test("a deed whole says before and after, and where its rows stand in the chain", async () => {
    const { id } = await create();
    await gateway.bearer("PATCH", `${LONG}/tokens/${id}`, { description: "renamed" });
    const [update, made] = (await page()).entries;
    const first = await deed(made?.id ?? "");
    const second = await deed(update?.id ?? "");
    expect(second).toMatchObject({
      ...update,
      before: { description: "made", permissions },
      after: { description: "renamed", permissions },
    });
    expect(first.rows.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(first.rows[0]?.previousHash).toBe(CHAIN_START.hash);
    expect(second.rows[0]?.previousHash).toBe(first.rows[1]?.hash);
    expect(second.rows[1]?.previousHash).toBe(second.rows[0]?.hash);
    expect((await page()).head).toEqual({ seq: 4, hash: second.rows[1]?.hash });
    for (const [other, status] of [
      [randomUUID(), 404],
      ["x", 400],
    ] as const) {
      expect((await gateway.bearer("GET", `${path}/${other}`)).status).toBe(status);
    }
    const foreign = randomUUID();
    await deeds(1, () => ({ cluster_id: randomUUID(), operation_id: foreign }));
    expect((await gateway.bearer("GET", `${path}/${foreign}`)).status).toBe(404);
  });

  test("pages follow each other without a gap, whoever's deeds lie in between", async () => {
    await deeds(5);
    await deeds(5, (index) => ({ cluster_id: index % 2 === 0 ? null : "another" }));
    await deeds(5);
    const seen: number[] = [];
    let query = "?limit=4";
    for (;;) {
      const { entries, older } = await page(query);
      seen.push(...entries.map(({ seq }) => seq));
      if (older === undefined) break;
      expect(entries).toHaveLength(4);
      query = `?limit=4&before=${older}`;
    }
    expect(seen).toEqual([29, 27, 25, 23, 21, 19, 15, 11, 9, 7, 5, 3, 1]);
    expect((await page("?limit=13")).older).toBeUndefined();
  });

  test("since a row: what began later, and what ended later", async () => {
    const { id } = await create();
    const { main } = gateway.options.clusters;
    let goOn: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    let began: (() => void) | undefined;
    const isBegun = new Promise<void>((resolve) => (began = resolve));
    const service = {
      ...main.service,
      revokeToken: async (...args: Parameters<typeof main.service.revokeToken>) => {
        began?.();
        await waiting;
        await main.service.revokeToken(...args);
      },
    };
    const clusters = { ...gateway.options.clusters, main: { ...main, service } };
    const { hono } = createApp({ ...gateway.options, clusters });
    const revoking = hono.request(`http://localhost:4600/api/v0/tokens/${id}`, {
      method: "DELETE",
      headers: { Authorization: "Bearer canary-management-token-0123456789-abcdef" },
    });
    await isBegun;
    const { entries, head } = await page();
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["revoke", "started"],
      ["create", "done"],
    ]);
    expect(entries[0]).not.toHaveProperty("endedAt");
    expect((await page(`?since=${head?.seq}`)).entries).toEqual([]);
    await create("later");
    goOn?.();
    expect((await revoking).status).toBe(204);
    const news = await page(`?since=${head?.seq}`);
    expect(news.entries.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["create", "done"],
      ["revoke", "done"],
    ]);
    expect((await page(`?since=${news.head?.seq}`)).entries).toEqual([]);
    expect((await page("?since=0")).entries).toHaveLength(3);
  });

  test("asks for a credential of the cluster, and says what is wrong with a question", async () => {
    for (const end of ["", `/${randomUUID()}`, "/export?format=csv"]) {
      expect((await gateway.send(`${path}${end}`)).status).toBe(401);
      const elsewhere = await gateway.bearer("GET", `/api/clusters/nowhere/activity${end}`);
      expect(elsewhere.status).toBe(404);
    }
    for (const [query, field] of [
      ["?limit=0", "limit"],
      ["?limit=5001", "limit"],
      ["?limit=x", "limit"],
      ["?before=-1", "before"],
      ["?before=1&before=2", "before"],
      ["?since=1&before=2", "since"],
      ["?since=1&limit=2", "since"],
      ["?sinec=1", "sinec"],
      ["?__proto__=1", "__proto__"],
      ["/export", "format"],
      ["/export?format=xml", "format"],
      ["/export?format=csv&action=steal", "action[0]"],
      ["/export?format=csv&from=yesterday", "from"],
      ["/export?format=csv&format=csv", "format"],
    ] as const) {
      const answer = await gateway.bearer("GET", `${path}${query}`);
      const problem = problemSchema.parse(await answer.json());
      expect([query, answer.status, problem.field]).toEqual([query, 400, field]);
    }
  });

  test("a session without the credential of a cluster is not shown its record", async () => {
    const { main } = gateway.options.clusters;
    const service = {
      ...main.service,
      authenticate: () => Promise.reject(new ApiError(401, "credential_refused", "no")),
    };
    const { hono } = createApp({
      ...gateway.options,
      clusters: {
        ...gateway.options.clusters,
        findSlug: () => ({ ...main, key: "another", service }),
      },
    });
    const cookie = await gateway.signIn();
    const answer = await hono.request(`http://localhost:4600${path}`, {
      headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" },
    });
    expect([answer.status, problemSchema.parse(await answer.json()).reason]).toEqual([
      401,
      "credential_needed",
    ]);
  });

  test("a page is found along an index, and contents are not read for it", async () => {
    const { db } = gateway.database;
    const query = sql`select seq from activity where account_id = ${ACCOUNT_ID} and cluster_id = ${CLUSTER_ID}
      and phase = 'intent' and seq < ${100} order by seq desc limit 10`;
    const plan =
      engine.name === "postgres"
        ? await db.transaction().execute(async (transaction) => {
            await sql`set local enable_seqscan = off`.execute(transaction);
            await sql`set local enable_sort = off`.execute(transaction);
            return sql`explain ${query}`.execute(transaction);
          })
        : await sql`explain query plan ${query}`.execute(db);
    expect(JSON.stringify(plan.rows)).toContain("activity_scope");
    expect(JSON.stringify(plan.rows)).not.toMatch(/temp b-tree|"Sort/i);
  });
});
