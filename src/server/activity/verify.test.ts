import { randomUUID } from "node:crypto";
import { sql, type Kysely } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeOnEachEngine, type TestDatabase } from "#server/database/engines-for-tests.ts";
import type { Tables } from "#server/database/schema.ts";
import { sha256Hex } from "#server/sealing.ts";
import { createActivityStore } from "./activity-store.ts";
import { type ActivityRow, CHAIN_START, chained, rowHash } from "./chain.ts";
import { activityRow } from "./record-for-tests.ts";
import { readShippedLine, shippedLine } from "./shipped-row.ts";
import { compareShipped, verifyChain } from "./verify.ts";

describeOnEachEngine("The chain of the record", (engine) => {
  let database: TestDatabase;
  let db: Kysely<Tables>;
  let written: ActivityRow[];

  const rows = () => db.selectFrom("activity").selectAll().orderBy("seq").execute();
  const head = () => db.selectFrom("activity_head").select(["seq", "hash"]).executeTakeFirstOrThrow();
  const at = (seq: number): ActivityRow => {
    const row = written.find((candidate) => candidate.seq === seq);
    if (row === undefined) throw new Error(`no row ${seq}`);
    return row;
  };
  const change = (seq: number, changes: Partial<ActivityRow>) =>
    db.updateTable("activity").set(changes).where("seq", "=", seq).execute();
  const fault = async () => (await verifyChain(db)).fault;
  /** Deeds 1 to 4, of two rows each: 1, 2 · 3, 4 · 5, 6 · 7, 8. The third was refused. */
  const fill = async () => {
    const store = createActivityStore(db, () => Date.parse("2030-01-01T00:00:00Z"));
    for (const outcome of ["done", "unknown", "not_done", "done"] as const) {
      const { at: _, ...row } = activityRow({
        operation_id: randomUUID(),
        description: "Café “ci” 🎉",
        details: JSON.stringify({ before: { description: "Café “ci” 🎉", permissions: [] } }),
      });
      await store.append(row);
      const end = { ...row, phase: "outcome" as const, outcome, description: null, details: "{}" };
      await (outcome === "not_done" ? store.refuse(end) : store.append(end));
    }
  };
  /** Whoever may write the database may take the guards away. */
  const takeGuardsAway = async () => {
    if (engine.name === "postgres") {
      await sql`alter table activity disable trigger all`.execute(db);
      return;
    }
    for (const name of ["activity_not_removed", "activity_not_changed"]) {
      await sql`drop trigger ${sql.ref(name)}`.execute(db);
    }
  };

  beforeAll(async () => {
    database = await engine.open();
    ({ db } = database);
    await fill();
    written = await rows();
  });
  afterAll(() => database.close());

  test("is refused to be changed by the database itself, but for the contents of what was refused", async () => {
    expect(written.map(({ details }) => details === "{}")).toEqual([
      false,
      true,
      false,
      true,
      true,
      true,
      false,
      true,
    ]);
    const refused = "never changed or removed";
    await expect(change(3, { request_id: "another" })).rejects.toThrow(refused);
    await expect(change(3, { details: "{}" })).rejects.toThrow(refused);
    await expect(change(5, { details: '{"x":1}' })).rejects.toThrow(refused);
    await expect(change(5, { details: "{}", actor: "{}" })).rejects.toThrow(refused);
    await expect(db.deleteFrom("activity").where("seq", "=", 8).execute()).rejects.toThrow(refused);
    if (engine.name === "postgres") {
      await expect(sql`truncate activity`.execute(db)).rejects.toThrow(refused);
    }
    expect(await rows()).toEqual(written);
  });

  test("is whole as it was written, from the first row to the head", async () => {
    const last = written.at(-1);
    expect(await verifyChain(db)).toEqual({
      rows: 8,
      head: { seq: 8, hash: last?.hash },
      fault: undefined,
    });
    expect(written[0]?.previous_hash).toBe(CHAIN_START.hash);
    expect(await head()).toEqual({ seq: 8, hash: last?.hash });
    expect(new Set(written.map(({ hash }) => hash)).size).toBe(8);
  });

  test("a row as it is shipped has all that its hash is made of", () => {
    for (const row of written) {
      const line = shippedLine(row);
      expect(readShippedLine(line)).toEqual({ seq: row.seq, hash: row.hash, isWhole: true });
      expect(readShippedLine(line.replace('"action":"update"', '"action":"revoke"'))?.isWhole).toBe(false);
    }
    expect(readShippedLine(shippedLine(at(3)).replace("permissions", "Permissions"))?.isWhole).toBe(false);
    expect(readShippedLine("{}")).toBeUndefined();
    expect(readShippedLine('{"seq":1')).toBeUndefined();
  });

  describe("that somebody got at", () => {
    let isGuarded = true;
    beforeEach(async () => {
      if (isGuarded) await takeGuardsAway();
      isGuarded = false;
      await db.deleteFrom("activity").execute();
      await db.insertInto("activity").values(written).execute();
      await db
        .updateTable("activity_head")
        .set({ seq: 8, hash: at(8).hash })
        .execute();
    });

    test("is whole again before each of these", async () => {
      expect(await fault()).toBeUndefined();
    });

    test("finds each field that was changed, with the hash of the row and without", async () => {
      const changes: Partial<ActivityRow> = {
        at: 1,
        phase: "outcome",
        operation_id: "another",
        operation_key: "another",
        session: "another",
        actor: "{}",
        account_id: "another",
        cluster_id: null,
        kind: "management",
        token_id: "another",
        action: "create",
        outcome: "done",
        description: "another",
        request_id: "another",
        details_hash: "another",
        hash: "another",
      };
      for (const [column, value] of Object.entries(changes)) {
        await change(3, { [column]: value });
        const found = await fault();
        expect([column, found?.seq]).toEqual([column, 3]);
        await change(3, at(3));
      }
      const { hash: _, details: __, ...fields } = { ...at(3), action: "create" };
      await change(3, { action: "create", hash: rowHash(fields) });
      expect(await fault()).toEqual({ seq: 4, what: expect.stringContaining("does not follow row 3") });
    });

    test("finds details that were changed or erased, where nobody refused the deed", async () => {
      await change(3, { details: '{"before":{"description":"another"}}' });
      expect(await fault()).toEqual({ seq: 3, what: expect.stringContaining("details") });
      // The deed's outcome is unknown, so it may have been done.
      await change(3, { details: "{}" });
      expect(await fault()).toEqual({ seq: 3, what: expect.stringContaining("details") });
      await change(3, at(3));
      // Of this one nothing but nothing may be left.
      await change(5, { details: '{"before":{}}' });
      expect(await fault()).toMatchObject({ seq: 5 });
      await change(5, at(5));
      const details = '{"problem":{"status":500,"reason":"x","message":"y"}}';
      await change(6, { details });
      expect(await fault()).toMatchObject({ seq: 6 });
      await change(6, { details, details_hash: sha256Hex(details) });
      expect(await fault()).toMatchObject({ seq: 6, what: expect.stringContaining("fields") });
    });

    test("finds a row that was removed, at either end of it", async () => {
      for (const seq of [1, 4]) {
        await db.deleteFrom("activity").where("seq", "=", seq).execute();
        expect(await fault()).toEqual({ seq: seq + 1, what: expect.stringContaining("removed") });
        await db.insertInto("activity").values(at(seq)).execute();
      }
    });

    test("finds rows that were swapped", async () => {
      await db.deleteFrom("activity").where("seq", "in", [3, 4]).execute();
      await db
        .insertInto("activity")
        .values([
          { ...at(3), seq: 4 },
          { ...at(4), seq: 3 },
        ])
        .execute();
      expect(await fault()).toMatchObject({ seq: 3 });
    });

    test("finds a row that was put in between, and one that was put behind the head", async () => {
      // With a hash that is right, in the place of another one.
      const forged = chained(activityRow({ request_id: "forged" }), { seq: 2, hash: at(2).hash });
      await db.deleteFrom("activity").where("seq", "=", 3).execute();
      await db.insertInto("activity").values(forged).execute();
      expect(await fault()).toMatchObject({ seq: 4, what: expect.stringContaining("does not follow row 3") });
      await change(3, at(3));
      const added = chained(activityRow({ request_id: "forged" }), { seq: 8, hash: at(8).hash });
      await db.insertInto("activity").values(added).execute();
      expect(await fault()).toMatchObject({ seq: 9, what: expect.stringContaining("behind the head") });
    });

    test("finds that the end is gone; where the head was put back, only what was shipped tells", async () => {
      await db.deleteFrom("activity").where("seq", ">", 6).execute();
      expect(await fault()).toMatchObject({ seq: 7, what: expect.stringContaining("row 8") });
      await db
        .updateTable("activity_head")
        .set({ seq: 6, hash: at(6).hash })
        .execute();
      expect(await fault()).toBeUndefined();
      const shipped = written.map(({ seq, hash }) => ({ seq, hash }));
      expect(await compareShipped(db, shipped.slice(0, 6))).toEqual({ rows: 6, fault: undefined });
      expect(await compareShipped(db, shipped)).toEqual({
        rows: 8,
        fault: { seq: 7, what: expect.stringContaining("no longer in the record") },
      });
      // Written anew from a row on: as whole as before, and another one.
      let last = { seq: 6, hash: at(6).hash };
      for (const seq of [7, 8]) {
        const next = chained({ ...at(seq), request_id: "forged" }, last);
        await db.insertInto("activity").values(next).execute();
        last = { seq: next.seq, hash: next.hash };
      }
      await db.updateTable("activity_head").set(last).execute();
      expect(await fault()).toBeUndefined();
      expect((await compareShipped(db, shipped.slice(7))).fault).toEqual({
        seq: 8,
        what: expect.stringContaining("written anew"),
      });
    });
  });
});
