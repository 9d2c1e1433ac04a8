import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Kysely, sql } from "kysely";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LibsqlDialect } from "./libsql-dialect.ts";

interface Tables {
  things: { id: number; words: string };
}

let directory: string;
let database: Database.Database;
/** Another connection: sees what is committed, and nothing else. */
let onlooker: Database.Database;
let db: Kysely<Tables>;
let commits: number;
let breaksNextCommit: boolean;

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "tokenward-group-"));
  const file = path.join(directory, "one.db");
  database = new Database(file);
  database.pragma("journal_mode = WAL");
  onlooker = new Database(file);
  commits = 0;
  breaksNextCommit = false;
  const exec = database.exec.bind(database);
  database.exec = (text) => {
    if (text === "commit") {
      commits++;
      if (breaksNextCommit) {
        breaksNextCommit = false;
        throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" });
      }
    }
    return exec(text);
  };
  db = new Kysely<Tables>({ dialect: new LibsqlDialect({ database, checkFile: () => undefined }) });
  await sql`create table things (id integer primary key, words text not null) strict`.execute(db);
  commits = 0;
});

afterEach(async () => {
  await db.destroy();
  onlooker.close();
  rmSync(directory, { recursive: true, force: true });
});

const committed = () => onlooker.prepare("select id from things order by id").pluck().all();
const add = (id: number, words = "x") => db.insertInto("things").values({ id, words }).execute();
const addTwo = (first: number, second: number) =>
  db.transaction().execute(async (transaction) => {
    await transaction.insertInto("things").values({ id: first, words: "x" }).execute();
    await transaction.insertInto("things").values({ id: second, words: "x" }).execute();
  });
const numbers = (count: number) => Array.from({ length: count }, (_, id) => id);

test("changes that come together wait for the disk together, and each is committed when it is answered", async () => {
  const seen = await Promise.all(
    numbers(80).map(async (id) => {
      await (id % 2 === 0 ? add(id) : addTwo(id, id + 1000));
      return committed().includes(id);
    }),
  );
  expect(seen.every(Boolean)).toBe(true);
  // A slow machine may need some: a group is open for some milliseconds at most.
  expect(commits).toBeLessThan(40);
});

test("no more than a hundred go together", async () => {
  await Promise.all(numbers(250).map((id) => add(id)));
  expect(commits).toBeGreaterThanOrEqual(3);
  expect(committed()).toHaveLength(250);
});

test("one that fails is undone alone", async () => {
  const outcomes = await Promise.allSettled([add(1), addTwo(2, 1), add(1), addTwo(3, 4), add(5)]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(committed()).toEqual([1, 3, 4, 5]);
});

test("when the commit fails nobody was told anything: neither who changed nor who read the changes", async () => {
  breaksNextCommit = true;
  const reading = () => db.selectFrom("things").selectAll().execute();
  const outcomes = await Promise.allSettled([add(1), reading(), addTwo(2, 3)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(committed()).toEqual([]);
  await Promise.all([add(4), addTwo(5, 6)]);
  expect(committed()).toEqual([4, 5, 6]);
  expect(await reading()).toHaveLength(3);
});

test("who tidies up after a commit that failed undoes nothing of who has the connection by then", async () => {
  const driver = new LibsqlDialect({ database, checkFile: () => undefined }).createDriver();
  const begun = async (id: number) => {
    const connection = await driver.acquireConnection();
    await driver.beginTransaction(connection, {});
    await connection.executeQuery(db.insertInto("things").values({ id, words: "x" }).compile());
    return connection;
  };
  const first = await begun(1);
  breaksNextCommit = true;
  await expect(driver.commitTransaction(first)).rejects.toThrow("disk I/O error");
  const second = await begun(2);
  await driver.rollbackTransaction(first);
  await driver.commitTransaction(second);
  expect(committed()).toEqual([2]);
});

test("what waits for the disk when the database is closed is committed first", async () => {
  const driver = new LibsqlDialect({ database, checkFile: () => undefined }).createDriver();
  const connection = await driver.acquireConnection();
  await driver.beginTransaction(connection, {});
  await connection.executeQuery(db.insertInto("things").values({ id: 1, words: "x" }).compile());
  const committing = driver.commitTransaction(connection);
  expect(committed()).toEqual([]);
  await driver.destroy();
  await committing;
  expect(committed()).toEqual([1]);
});

test("a statement that stands alone is run after what waits was committed", async () => {
  const adding = Promise.all([add(1), addTwo(2, 3)]);
  const checkpoint = sql<{ busy: number }>`pragma wal_checkpoint(TRUNCATE)`.execute(db);
  await adding;
  expect((await checkpoint).rows).toMatchObject([{ busy: 0 }]);
  expect(committed()).toEqual([1, 2, 3]);
});

test("statements are kept and still right after the table has changed", async () => {
  await add(1);
  const all = () => db.selectFrom("things").selectAll().execute();
  expect(await all()).toEqual([{ id: 1, words: "x" }]);
  await sql`alter table things add column more text default 'new'`.execute(db);
  expect(await all()).toEqual([{ id: 1, words: "x", more: "new" }]);
});
