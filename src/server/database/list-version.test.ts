import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  describeOnEachEngine,
  describeOnPostgres,
  dropTables,
  type TestDatabase,
} from "./engines-for-tests.ts";
import { purgeListVersions, takeListVersion } from "./list-version.ts";
import { migrations } from "./migrations.ts";
import { CLUSTER_ID, setUpOwnCluster } from "./own-cluster-setup.ts";
import type { Tables } from "./schema.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const HOUR = 3_600_000;

describeOnEachEngine("List versions", (engine) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await engine.open();
  });
  afterEach(() => database.close());

  const setUp = (sample = false) =>
    setUpOwnCluster({
      db: database.db,
      clock: () => NOW,
      sample,
      firstManagementToken: "first-management-token-for-these-tests",
    });
  const take = (now: number, db = database.db) =>
    db.transaction().execute((transaction) => takeListVersion(transaction, CLUSTER_ID, now));
  const known = async () =>
    (await database.db.selectFrom("token_list_versions").select("version").orderBy("version").execute()).map(
      ({ version }) => version,
    );

  it("are the time where that has moved on, and the next number where it has not", async () => {
    await setUp();
    const versions = [NOW, NOW - HOUR, NOW + 5, NOW + 5, NOW + HOUR].map((now) => () => take(now));
    const taken: number[] = [];
    for (const next of versions) taken.push(await next());
    expect(taken).toEqual([NOW + 1, NOW + 2, NOW + 5, NOW + 6, NOW + HOUR]);
    expect(await known()).toEqual([NOW, ...taken]);
  });

  it("are never the same for two who take one at once, and come with the commit in their order", async () => {
    await setUp();
    const again = await database.openAgain();
    const rounds = Array.from({ length: 20 }, (_, round) =>
      take(NOW, round % 2 === 0 ? database.db : again.db),
    );
    expect((await Promise.all(rounds)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, round) => NOW + 1 + round),
    );
    await again.close();
  });

  it("are not used up by a change that was undone", async () => {
    await setUp();
    const failing = database.db.transaction().execute(async (transaction) => {
      await takeListVersion(transaction, CLUSTER_ID, NOW);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await known()).toEqual([NOW]);
  });

  it("are forgotten after a day, but for the one that the list has", async () => {
    await setUp();
    await take(NOW + HOUR);
    await purgeListVersions(database.db, NOW + 24 * HOUR);
    expect(await known()).toEqual([NOW, NOW + HOUR]);
    await purgeListVersions(database.db, NOW + 24 * HOUR + 1);
    expect(await known()).toEqual([NOW + HOUR]);
    await purgeListVersions(database.db, NOW + 1000 * HOUR);
    expect(await known()).toEqual([NOW + HOUR]);
  });

  it("are on every row of the sample, and the list's own is that of the set-up", async () => {
    await setUp(true);
    const { db } = database;
    const rows = await db.selectFrom("database_tokens").select("version").distinct().execute();
    expect(rows).toEqual([{ version: NOW }]);
    expect(await db.selectFrom("clusters").select("list_version").execute()).toEqual([{ list_version: NOW }]);
    // Starting again changes nothing.
    expect(await setUp(true)).toEqual({ created: false });
    expect(await known()).toEqual([NOW]);
  });

  it("come to a database of the first release with all its rows", async () => {
    const { db } = database;
    await dropTables(db);
    await sql`delete from kysely_migration where name > '0001-first-tables'`.execute(db);
    await migrations(engine.name)["0001-first-tables"]?.up(db);
    await sql`insert into accounts (id, name) values ('a', 'A')`.execute(db);
    await sql`insert into clusters (id, account_id, slug, name, is_default)
      values (${CLUSTER_ID}, 'a', 'own', 'Own', 1)`.execute(db);
    for (const id of [randomUUID(), randomUUID()]) {
      await sql`insert into database_tokens (cluster_id, id, description, permissions, created_at)
        values (${CLUSTER_ID}, ${id}, 'old', '[]', '2026-01-01T00:00:00Z')`.execute(db);
    }

    const before = Date.now();
    const again = await database.openAgain();
    const cluster = await again.db.selectFrom("clusters").selectAll().executeTakeFirstOrThrow();
    expect(cluster.list_version).toBeGreaterThanOrEqual(before);
    expect(cluster.list_epoch).toMatch(/^[0-9a-f-]{36}$/);
    const versions = (table: "database_tokens" | "token_list_versions") =>
      again.db
        .selectFrom(table satisfies keyof Tables)
        .select("version")
        .execute();
    const version = { version: cluster.list_version };
    expect(await versions("database_tokens")).toEqual([version, version]);
    expect(await versions("token_list_versions")).toEqual([version]);
    await again.close();
  });
});

describeOnEachEngine("A snapshot", (engine) => {
  it("shows what was committed before and nothing of what comes meanwhile, and holds nobody up", async () => {
    const database = await engine.open();
    const { db, readSnapshot } = database;
    const insert = (code: string) =>
      db.insertInto("sign_in_codes").values({ code_hash: code, expires_at: 1, spent_at: null }).execute();
    await insert("before");
    await readSnapshot(async (snapshot) => {
      const codes = () => snapshot.selectFrom("sign_in_codes").select("code_hash").execute();
      expect(await codes()).toEqual([{ code_hash: "before" }]);
      await insert("meanwhile");
      expect(await codes()).toEqual([{ code_hash: "before" }]);
    });
    expect(
      await readSnapshot((snapshot) => snapshot.selectFrom("sign_in_codes").selectAll().execute()),
    ).toHaveLength(2);
    const writing = readSnapshot((snapshot) => snapshot.deleteFrom("sign_in_codes").execute());
    await expect(writing).rejects.toThrow(/read.?only/i);
    // A snapshot that failed leaves nothing behind.
    expect(
      await readSnapshot((snapshot) => snapshot.selectFrom("sign_in_codes").selectAll().execute()),
    ).toHaveLength(2);
    await database.close();
  });
});

describeOnPostgres("A snapshot of a server without statistics", (engine) => {
  it("is read along the key, not sorted anew for each page", async () => {
    const database = await engine.open();
    const { rows } = await database.readSnapshot((snapshot) =>
      sql<{ "QUERY PLAN": string }>`explain select id from database_tokens
        where cluster_id = ${CLUSTER_ID} and id > '' order by id limit 1000`.execute(snapshot),
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("database_tokens_pkey");
    expect(plan).not.toContain("Sort");
    await database.close();
  });
});
