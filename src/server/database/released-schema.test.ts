import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { LONG, MANAGEMENT, MANAGEMENT_TOKEN, startTestGateway } from "#server/gateway-for-tests.ts";
import { operationKeyHash } from "#server/operations/idempotency.ts";
import { deriveKey, seal, sha256Hex } from "#server/sealing.ts";
import { hashSecret } from "#server/secrets.ts";
import { describeOnEachEngine, dropTables } from "./engines-for-tests.ts";
import type { OpenDatabase } from "./connect.ts";
import { firstReleaseSchema } from "./first-release-for-tests.ts";
import { migrations } from "./migrations.ts";
import { ACCOUNT_ID, CLUSTER_ID, setUpOwnCluster } from "./own-cluster-setup.ts";

/** As the catalogue of the engine says it: tables with their columns, and keys and indexes with theirs. */
async function catalogue({ db, engine }: Pick<OpenDatabase, "db" | "engine">): Promise<unknown[]> {
  const query =
    engine === "libsql"
      ? sql`select type, name, sql from sqlite_schema
          where tbl_name not like 'kysely%' and name not like 'sqlite%' order by type, name`
      : sql`select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
            || coalesce(collation_name, '') as line
          from information_schema.columns where table_schema = current_schema() and table_name not like 'kysely%'
          union all
          select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
          where connamespace = current_schema()::regnamespace and conrelid::regclass::text not like 'kysely%'
          union all
          select indexdef from pg_indexes where schemaname = current_schema() and tablename not like 'kysely%'
          order by 1`;
  return (await query.execute(db)).rows;
}

const NOW = Date.parse("2030-01-01T00:00:00Z");
const KEY = "key-of-sixteen-chars";
const permissions = [{ action: "write", resource: "ci", note: "kept" }];

describeOnEachEngine("A database of the released schema", (engine) => {
  it("is brought up to date with all that it holds: list, tokens, and operations", async () => {
    const database = await engine.open();
    const { db } = database;
    await dropTables(db);
    const released = ["0001-first-tables", "0002-list-versions"];
    for (const name of released) await migrations(engine.name)[name]?.up(db);
    await sql`delete from kysely_migration where name > ${released.at(-1)}`.execute(db);

    const ids = [randomUUID(), randomUUID()];
    const old = ids.map((id) => ({
      id,
      accountId: ACCOUNT_ID,
      clusterId: CLUSTER_ID,
      description: "old",
      permissions,
      createdAt: "2026-01-01T00:00:00Z",
    }));
    await setUpOwnCluster({
      db,
      clock: () => NOW,
      sample: false,
      importTokens: old,
      firstManagementToken: MANAGEMENT_TOKEN,
    });
    const cluster = await db.selectFrom("clusters").selectAll().executeTakeFirstOrThrow();
    const manager = await db.selectFrom("management_tokens").select("id").executeTakeFirstOrThrow();
    const actor = `management_token:${manager.id}`;
    const keyHash = operationKeyHash(actor, KEY);
    // As the release sealed it: with a key from the raw key alone.
    const sealed = (status: number, body?: object) =>
      seal(deriveKey(KEY, keyHash, "operation answer"), JSON.stringify({ status, body }), keyHash);
    const made = {
      key_hash: keyHash,
      actor,
      method: "POST",
      target: MANAGEMENT,
      body_hash: sha256Hex('{"description":"x"}'),
      state: "done" as const,
      status: 200,
      answer: sealed(200, { id: ids[0] }),
      answer_until: NOW + 60_000,
      object_id: ids[0] ?? null,
      owner: "released",
      lease_until: NOW,
      started_at: NOW - 1000,
    };
    await db.insertInto("operations").values(made).execute();
    await (await database.openAgain()).close();

    const gateway = await startTestGateway({ engine: { ...engine, open: async () => database } });
    try {
      // Whoever held the list before still holds it.
      const tag = `W/"${cluster.list_epoch}-${cluster.list_version.toString(36)}"`;
      const list = await gateway.bearer("GET", `${LONG}/tokens`);
      expect(list.headers.get("ETag")).toBe(tag);
      expect(await list.json()).toEqual(old.toSorted((one, two) => (one.id < two.id ? -1 : 1)));
      const held = await gateway.bearer("GET", `${LONG}/tokens`, undefined, { "If-None-Match": tag });
      expect(held.status).toBe(304);

      const path = `${LONG}/tokens/${ids[1]}/suspension`;
      const suspended = tokenSchema.parse(await (await gateway.bearer("POST", path)).json());
      expect(suspended).toMatchObject({ permissions: [], suspendedAt: expect.any(String) });
      expect(await (await gateway.bearer("DELETE", path)).json()).toEqual(old[1]);

      // It is known to be done and not done again. Its answer is gone: what is kept is sealed with the gateway's key now.
      const headers = { "Idempotency-Key": KEY };
      const repeat = () => gateway.bearer("POST", MANAGEMENT, { description: "x" }, headers);
      const problem = problemSchema.parse(await (await repeat()).json());
      expect([problem.code, problem.reason, problem.objectId]).toEqual([410, "answer_gone", ids[0]]);
      expect(await db.selectFrom("management_tokens").select("id").execute()).toHaveLength(1);

      // A refusal of that time is not taken for a success.
      await db.updateTable("operations").set({ state: "failed", status: 400, object_id: null }).execute();
      const refused = problemSchema.parse(await (await repeat()).json());
      expect([refused.code, refused.reason]).toEqual([409, "conflict"]);
      expect(refused.message).toContain("nothing was done");
      expect(await db.selectFrom("management_tokens").select("id").execute()).toHaveLength(1);
    } finally {
      await gateway.close();
    }
  });

  it("that a later version has gone on from is refused, and left as it is", async () => {
    const database = await engine.open();
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')`.execute(
      database.db,
    );
    await expect(database.openAgain()).rejects.toThrow(/cannot be made or brought up to date: .*9999-later/);
    expect(await database.check()).toBe("other_schema");
    await database.close();
  });

  it("has the tables of the first step as it is today: nobody changed it since", async () => {
    const [then, now] = [await engine.open(), await engine.open()];
    await dropTables(then.db);
    for (const statement of firstReleaseSchema[engine.name]) await sql.raw(statement).execute(then.db);
    await dropTables(now.db);
    await migrations(engine.name)["0001-first-tables"]?.up(now.db);
    const wanted = await catalogue(then);
    expect(wanted.length).toBeGreaterThan(10);
    expect(await catalogue(now)).toEqual(wanted);
    await Promise.all([then.close(), now.close()]);
  });

  it("of the very first tables keeps all that it holds, and the API answers over it", async () => {
    const database = await engine.open();
    const { db } = database;
    await dropTables(db);
    for (const statement of firstReleaseSchema[engine.name]) await sql.raw(statement).execute(db);
    await sql`delete from kysely_migration where name > '0001-first-tables'`.execute(db);
    await sql`insert into accounts (id, name) values (${ACCOUNT_ID}, 'First')`.execute(db);
    await sql`insert into clusters (id, account_id, slug, name, is_default)
      values (${CLUSTER_ID}, ${ACCOUNT_ID}, 'own', 'First', 1)`.execute(db);
    await sql`insert into databases values
      (${CLUSTER_ID}, 'edge/raw', 500, 250, 86400000000000, '2025-01-01T00:00:00Z')`.execute(db);
    const token = (
      id: string,
      description: string,
      more: { expiresAt?: string; revokedAt?: string } = {},
    ) => ({
      id,
      accountId: ACCOUNT_ID,
      clusterId: CLUSTER_ID,
      description,
      permissions: [{ action: "write", resource: "edge/raw" }],
      createdAt: "2025-01-01T00:00:00Z",
      ...more,
    });
    const tokens = [
      token("00000000-0000-4000-8000-000000000001", "active, with a secret"),
      token("00000000-0000-4000-8000-000000000002", "expired", { expiresAt: "2025-02-01T00:00:00Z" }),
      token("00000000-0000-4000-8000-000000000003", "\u202Erevoked <b>", {
        revokedAt: "2025-03-01T00:00:00Z",
      }),
    ];
    for (const { id, description, permissions, createdAt, expiresAt, revokedAt } of tokens) {
      await sql`insert into database_tokens values (${CLUSTER_ID}, ${id}, ${description},
        ${JSON.stringify(permissions)}, ${createdAt}, ${expiresAt ?? null}, ${revokedAt ?? null},
        ${sha256Hex(id)})`.execute(db);
    }
    const managers = [
      ["10000000-0000-4000-8000-000000000001", "in use", MANAGEMENT_TOKEN, null],
      ["10000000-0000-4000-8000-000000000002", "revoked", "a revoked one", "2025-03-01T00:00:00Z"],
    ] as const;
    for (const [id, description, secret, revokedAt] of managers) {
      await sql`insert into management_tokens values (${ACCOUNT_ID}, ${id}, ${description}, 'apiv1_', ${hashSecret(secret)},
        '2025-01-01T00:00:00Z', null, ${revokedAt}, null)`.execute(db);
    }
    await sql`insert into sign_in_codes values (${sha256Hex("an unused code")}, ${NOW + 60_000}, null)`.execute(
      db,
    );
    await sql`insert into sessions values (${sha256Hex("an old session")}, '{"kind":"link","label":"x"}', 'sealed',
      ${NOW - 1000}, ${NOW - 1000})`.execute(db);
    const states = ["started", "done", "failed", "unknown"] as const;
    const actor = `management_token:${managers[0][0]}`;
    for (const state of states) {
      await sql`insert into operations values (${operationKeyHash(actor, `key-of-the-first-${state}`)}, ${actor}, 'DELETE',
        ${`${LONG}/tokens/${tokens[0]?.id}`}, ${sha256Hex("")}, ${state}, null, null, null, null, 'first', ${NOW - 1000},
        ${NOW - 2000})`.execute(db);
    }
    await (await database.openAgain()).close();

    const gateway = await startTestGateway({ engine: { ...engine, open: async () => database } });
    try {
      const get = async (path: string) => (await gateway.bearer("GET", path)).json();
      expect(await get(`${LONG}/tokens`)).toEqual(tokens);
      expect(await get(`${LONG}/tokens/${tokens[2]?.id}`)).toEqual(tokens[2]);
      expect(await get(`${LONG}/databases`)).toMatchObject([
        { name: "edge/raw", retentionPeriod: 86400000000000 },
      ]);
      expect(await get(MANAGEMENT)).toMatchObject([
        { description: "in use" },
        { revokedAt: "2025-03-01T00:00:00Z" },
      ]);
      const revoked = { Authorization: "Bearer a revoked one" };
      expect((await gateway.bearer("GET", `${LONG}/tokens`, undefined, revoked)).status).toBe(401);
      const hashes = await db.selectFrom("database_tokens").select(["id", "secret_hash"]).execute();
      expect(hashes.every(({ id, secret_hash }) => secret_hash === sha256Hex(id))).toBe(true);

      // A session of that time names no cluster: it has ended. What was begun then is not begun again.
      const session = await gateway.page("GET", "/api/session", { cookie: "tokenward-4600=an old session" });
      expect(await session.json()).toMatchObject({ signedIn: false });
      const settled = await Promise.all(
        states.map(async (state) => {
          const body = { operationKey: `key-of-the-first-${state}` };
          return (await gateway.bearer("POST", "/api/operations/settlement", body)).json();
        }),
      );
      expect(settled).toMatchObject([
        // The token is active: what was cut off then was not done.
        { state: "failed" },
        { state: "done" },
        { state: "failed" },
        { state: "failed" },
      ]);
      expect(await get(`${LONG}/tokens/${tokens[0]?.id}/history`)).toEqual([]);

      // And it is a database of today.
      expect((await gateway.bearer("DELETE", `${LONG}/tokens/${tokens[0]?.id}`)).status).toBe(204);
      expect(await get(`${LONG}/tokens/${tokens[0]?.id}/history`)).toMatchObject([
        { action: "revoke", outcome: "done" },
      ]);
    } finally {
      await gateway.close();
    }
  });
});
