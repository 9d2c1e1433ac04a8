import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { describeOnEachEngine, dropTables, type TestDatabase } from "#server/database/engines-for-tests.ts";
import { migrations } from "#server/database/migrations.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import { ABANDONED_AFTER } from "./abandoned-deeds.ts";
import { createActivityStore } from "./activity-store.ts";
import { createAppend } from "./append.ts";
import { activityRow } from "./record-for-tests.ts";
import { verifyChain } from "./verify.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

describeOnEachEngine("The end of the record", (engine) => {
  let database: TestDatabase;
  let other: OpenDatabase;
  /** Goes on from test to test: they share a record. */
  let now = NOW;
  beforeAll(async () => {
    database = await engine.open();
    other = await database.openAgain();
  });
  afterAll(async () => {
    await other.close();
    await database.close();
  });

  const rows = () => database.db.selectFrom("activity").selectAll().orderBy("seq").execute();
  const ofDeed = async (id: string) =>
    (await rows())
      .filter(({ operation_id }) => operation_id === id)
      .map(({ phase, outcome }) => outcome ?? phase);
  const store = () => createActivityStore(database.db, () => now);
  const begin = async (changes: Parameters<typeof activityRow>[0] = {}) => {
    const { at: _, ...row } = activityRow({ operation_id: randomUUID(), ...changes });
    await store().append(row);
    return row;
  };

  test("two gateways that append side by side make one chain, in few transactions", async () => {
    let commits = 0;
    const appends = [database.db, other.db].map((db) => createAppend(db, () => commits++));
    const before = (await rows()).length;
    const written = await Promise.all(
      Array.from({ length: 100 }).flatMap((_, index) =>
        appends.map((append, which) => append({ row: activityRow({ request_id: `${index} of ${which}` }) })),
      ),
    );
    expect(written.every(Boolean)).toBe(true);
    const all = await rows();
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: before + 200 }, (_, index) => index + 1));
    expect(new Set(all.slice(before).map(({ request_id }) => request_id)).size).toBe(200);
    expect((await verifyChain(database.db)).fault).toBeUndefined();
    expect(commits).toBeLessThan(20);
  });

  test("what the database does not take fails alone, and what fails leaves nothing behind", async () => {
    const append = createAppend(database.db, () => undefined);
    const before = (await rows()).length;
    // A column that must have a value, as a fault of ours would be.
    const broken = { ...activityRow({}), request_id: JSON.parse("null") as string };
    const results = await Promise.allSettled([
      append({ row: activityRow({ request_id: "one" }) }),
      append({ row: broken }),
      append({ row: activityRow({ request_id: "two" }) }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await sql`alter table activity rename to activity_kept`.execute(database.db);
    await expect(append({ row: activityRow({}) })).rejects.toThrow("activity");
    await sql`alter table activity_kept rename to activity`.execute(database.db);
    expect((await rows()).slice(before).map(({ request_id }) => request_id)).toEqual(["one", "two"]);
    expect((await verifyChain(database.db)).fault).toBeUndefined();
  });

  test("a deed whose operation's owner is gone ends as unknown, once, and the owner may still be heard", async () => {
    const key = randomUUID();
    const row = await begin({ operation_key: key });
    const another = await begin({ operation_key: randomUUID() });
    await Promise.all([
      store().endOperation(key, { state: "unknown" }),
      store().endOperation(key, { state: "unknown" }),
    ]);
    expect(await ofDeed(row.operation_id)).toEqual(["intent", "unknown"]);
    expect(await ofDeed(another.operation_id)).toEqual(["intent"]);
    const outcome = (await rows()).find((one) => one.operation_id === row.operation_id && one.outcome);
    expect(JSON.parse(outcome?.details ?? "")).toMatchObject({ problem: { reason: "outcome_unknown" } });
    await store().append({ ...row, phase: "outcome", outcome: "done" });
    await store().endOperation(key, { state: "unknown" });
    expect(await ofDeed(row.operation_id)).toEqual(["intent", "unknown", "done"]);
    const scope = { accountId: row.account_id, clusterId: row.cluster_id ?? "" };
    const deed = await store().deed(scope, row.operation_id);
    expect([deed?.outcome, deed?.rows.length]).toEqual(["done", 3]);
    expect((await verifyChain(database.db)).fault).toBeUndefined();
  });

  test("what was found out of an operation ends its deed, after nobody could tell, too, and is not said again", async () => {
    const last = async (id: string) => (await rows()).filter((one) => one.operation_id === id).at(-1);
    const key = randomUUID();
    const made = await begin({ operation_key: key, action: "create", token_id: null });
    await store().endOperation(key, { state: "unknown" });
    await Promise.all([
      store().endOperation(key, { state: "done", objectId: "ID-Made" }),
      store().endOperation(key, { state: "done", objectId: "ID-Made" }),
    ]);
    expect(await ofDeed(made.operation_id)).toEqual(["intent", "unknown", "done"]);
    expect(await last(made.operation_id)).toMatchObject({ token_id: "id-made", details: "{}" });
    const refusedKey = randomUUID();
    const refused = await begin({
      operation_key: refusedKey,
      details: JSON.stringify({ after: { description: "what was never made" } }),
    });
    await store().endOperation(refusedKey, { state: "failed" });
    await store().endOperation(refusedKey, { state: "unknown" });
    expect(await ofDeed(refused.operation_id)).toEqual(["intent", "not_done"]);
    expect(JSON.parse((await last(refused.operation_id))?.details ?? "")).toMatchObject({
      problem: { reason: "not_done" },
    });
    expect(JSON.stringify(await rows())).not.toContain("what was never made");
    expect((await verifyChain(database.db)).fault).toBeUndefined();
  });

  test("an owner that could not tell does not hide what was found out before it said so", async () => {
    const key = randomUUID();
    const row = await begin({ operation_key: key });
    await store().endOperation(key, { state: "done" });
    await store().append({ ...row, phase: "outcome", outcome: "unknown" });
    expect(await ofDeed(row.operation_id)).toEqual(["intent", "done"]);
  });

  test("an old deed of nobody's ends as the record of operations has it, with what was made", async () => {
    const ended = async (state: "done" | "failed" | "unknown", objectId: string | null) => {
      const key = randomUUID();
      const deed = await begin({ operation_key: key, action: "create" });
      await database.db
        .insertInto("operations")
        .values({
          key_hash: key,
          raw_key_hash: key,
          actor: "somebody",
          method: "POST",
          target: "/",
          body_hash: "",
          state,
          status: null,
          answer: null,
          answer_until: null,
          object_id: objectId,
          owner: "gone",
          lease_until: now,
          started_at: now,
        })
        .execute();
      return deed.operation_id;
    };
    const rotation = randomUUID();
    await database.db
      .insertInto("rotations")
      .values({
        id: rotation,
        scope_id: "cluster",
        kind: "database",
        state: "created",
        old_token_id: "old",
        old_description: "",
        new_description: "",
        new_token_id: "new",
        proposed_token_id: "new",
        started_at: now,
        started_by: "somebody",
        acknowledged_at: null,
        ended_at: null,
      })
      .execute();
    const deeds = [
      await ended("done", "MADE"),
      await ended("done", rotation),
      await ended("failed", "proposed"),
      await ended("unknown", "proposed"),
    ];
    now += ABANDONED_AFTER + 1;
    await store().endAbandoned();
    const ends = (await rows()).filter(({ phase }) => phase === "outcome");
    expect(
      deeds.map((id) => {
        const end = ends.find(({ operation_id }) => operation_id === id);
        return [end?.outcome, end?.token_id];
      }),
    ).toEqual([
      ["done", "made"],
      ["done", "new"],
      ["not_done", null],
      ["unknown", null],
    ]);
  });

  test("one who throws when told that rows were written holds up nobody", async () => {
    const append = createAppend(database.db, () => {
      throw new Error("told");
    });
    expect(await append({ row: activityRow({ request_id: "first" }) })).toBe(true);
    expect(await append({ row: activityRow({ request_id: "second" }) })).toBe(true);
  });

  test("a deed of nobody's ends as unknown when it is old, and what is young or ended is left alone", async () => {
    const old = await begin();
    const ended = await begin();
    await store().append({ ...ended, phase: "outcome", outcome: "done" });
    now += ABANDONED_AFTER + 1;
    const young = await begin();
    await Promise.all([store().endAbandoned(), store().endAbandoned()]);
    expect(await ofDeed(old.operation_id)).toEqual(["intent", "unknown"]);
    expect(await ofDeed(ended.operation_id)).toEqual(["intent", "done"]);
    expect(await ofDeed(young.operation_id)).toEqual(["intent"]);
    now += ABANDONED_AFTER + 1;
    await store().endAbandoned();
    expect(await ofDeed(young.operation_id)).toEqual(["intent", "unknown"]);
    const count = (await rows()).length;
    now += ABANDONED_AFTER + 1;
    await store().endAbandoned();
    expect(await rows()).toHaveLength(count);
  });
});

describeOnEachEngine("A record from before it was chained", (engine) => {
  test("is chained as it is, with the numbers that it had", async () => {
    const database = await engine.open();
    const { db } = database;
    await dropTables(db);
    const steps = Object.entries(migrations(engine.name));
    for (const [, step] of steps.slice(0, 7)) await step.up(db);
    const details = (description: string) => JSON.stringify({ before: { description, permissions: [] } });
    const long = "ä".repeat(400);
    for (const [phase, text] of [
      ["intent", details("first")],
      ["outcome", "{}"],
      ["intent", details(long)],
      ["intent", JSON.stringify({ after: { description: "made" } })],
    ] as const) {
      await sql`insert into activity
        (at, phase, operation_id, actor, account_id, cluster_id, kind, token_id, action, outcome, details, request_id)
        values (${NOW}, ${phase}, 'o', '{}', 'a', null, 'database', 't', 'update', null, ${text}, 'r')`.execute(
        db,
      );
    }
    // As a transaction that was undone leaves a number out.
    await sql`delete from activity where seq = 2`.execute(db);
    await steps[7]?.[1].up(db);
    const rows = await db.selectFrom("activity").selectAll().orderBy("seq").execute();
    expect(rows.map(({ seq, description }) => [seq, description])).toEqual([
      [1, "first"],
      [3, `${"ä".repeat(300)}…`],
      [4, "made"],
    ]);
    expect(rows[1]).toMatchObject({ at: NOW, details: details(long), operation_key: null, session: null });
    expect(await verifyChain(db)).toMatchObject({ rows: 3, head: { seq: 4 }, fault: undefined });
    await createActivityStore(db, () => NOW).append(activityRow({}));
    expect(await verifyChain(db)).toMatchObject({ rows: 4, head: { seq: 5 }, fault: undefined });
    const indexes =
      engine.name === "postgres"
        ? await sql<{
            name: string;
          }>`select indexname as name from pg_indexes where tablename = 'activity'`.execute(db)
        : await sql<{
            name: string;
          }>`select name from sqlite_schema where type = 'index' and tbl_name = 'activity'`.execute(db);
    const names = z.array(z.object({ name: z.string() })).parse(indexes.rows);
    expect(names.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "activity_operation",
        "activity_operation_key",
        "activity_scope",
        "activity_token",
      ]),
    );
    await database.close();
  });
});
