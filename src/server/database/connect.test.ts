import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { sql, type Kysely } from "kysely";
import Database from "libsql";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { StartError } from "#server/start-error.ts";
import { openDatabase } from "./connect.ts";
import { describeOnEachEngine, describeOnPostgres, dropTables } from "./engines-for-tests.ts";
import { isStoreFailure } from "./failure.ts";
import type { Tables } from "./schema.ts";

/** For conditions that come in a moment; on a machine that is busy, in a long one. */
const PATIENT = { timeout: 15_000 };
const ROOM = { timeout: 30_000 };

const session = (id: string) => ({
  id_hash: id,
  actor: "{}",
  credential: "",
  created_at: 1,
  last_seen_at: 1,
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "tokenward-connect-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function refusal(opening: Promise<unknown>): Promise<string> {
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StartError);
  return error instanceof StartError ? error.message : "";
}

describeOnEachEngine("openDatabase", (engine) => {
  it("makes the tables once, and safely when many open at the same moment", async () => {
    const database = await engine.open();
    await dropTables(database.db);
    await sql`delete from kysely_migration`.execute(database.db);
    const others = await Promise.all(Array.from({ length: 4 }, () => database.openAgain()));
    for (const { db } of others) expect(await db.selectFrom("operations").selectAll().execute()).toEqual([]);
    const { rows } = await sql`select name from kysely_migration order by name`.execute(database.db);
    expect(rows).toEqual([
      { name: "0001-first-tables" },
      { name: "0002-list-versions" },
      { name: "0003-suspension-and-activity" },
      { name: "0004-rotations-and-runs" },
      { name: "0005-keys-and-proposed-ids" },
      { name: "0006-kept-permissions" },
      { name: "0007-sign-in-flows" },
      { name: "0008-activity-chain" },
    ]);
    await Promise.all(others.map(({ close }) => close()));
    await database.close();
  });

  it("gives integers back as numbers, past 32 bits too", async () => {
    const { db, close } = await engine.open();
    const code = { code_hash: "x", expires_at: 1_900_000_000_123, spent_at: null };
    await db.insertInto("sign_in_codes").values(code).execute();
    expect(await db.selectFrom("sign_in_codes").selectAll().execute()).toEqual([code]);
    const { count } = await db
      .selectFrom("sign_in_codes")
      .select((select) => select.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    expect(count).toBe(1);
    await close();
  });

  it("sorts and compares text by its bytes", async () => {
    const { db, close } = await engine.open();
    await db.insertInto("sessions").values(["b", "B", "a", "ä", "Z", "_"].map(session)).execute();
    const ids = (rows: { id_hash: string }[]) => rows.map(({ id_hash }) => id_hash);
    const all = db.selectFrom("sessions").select("id_hash").orderBy("id_hash");
    expect(ids(await all.execute())).toEqual(["B", "Z", "_", "a", "b", "ä"]);
    expect(ids(await all.where("id_hash", ">", "_").execute())).toEqual(["a", "b", "ä"]);
    await close();
  });

  it(
    "lets a second writer wait for the first one's transaction without holding up the process",
    ROOM,
    async () => {
      const first = await engine.open();
      const [second, third] = [await first.openAgain(), await first.openAgain()];
      const order: string[] = [];
      const attempts = vi.spyOn(Database.prototype, "exec");
      /** How many connections have asked for what the first one holds, and not got it. */
      const waiting = async () => {
        if (engine.name === "libsql") {
          const refused = attempts.mock.results.map(({ type }) => type === "throw");
          return new Set(attempts.mock.contexts.filter((_, attempt) => refused[attempt])).size;
        }
        const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(first.db);
        return rows.length;
      };
      const write = (db: Kysely<Tables>, id: string) =>
        db
          .insertInto("sessions")
          .values(session(id))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      let others: Promise<unknown>[] = [];
      await first.db.transaction().execute(async (transaction) => {
        await write(transaction, "shared");
        others = [
          second.db.transaction().execute(async (inside) => {
            await write(inside, "shared");
            order.push("transaction");
          }),
          write(third.db, "shared").then(() => order.push("statement")),
        ];
        await expect.poll(waiting, PATIENT).toBe(2);
        order.push("first");
      });
      await Promise.all(others);
      expect(order[0]).toBe("first");
      expect(order).toHaveLength(3);
      // Having waited must not spoil what comes after.
      await second.db.transaction().execute((transaction) => write(transaction, "a"));
      await third.db.transaction().execute((transaction) => write(transaction, "b"));
      expect(await first.db.selectFrom("sessions").select("id_hash").execute()).toHaveLength(3);
      await third.close();
      await second.close();
      await first.close();
    },
  );

  it("undoes a transaction that fails", async () => {
    const { db, close } = await engine.open();
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto("sessions").values(session("a")).execute();
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await db.selectFrom("sessions").selectAll().execute()).toEqual([]);
    await close();
  });

  it("loses nothing that was acknowledged when the process is killed", { timeout: 60_000 }, async () => {
    const database = await engine.open();
    for (let round = 0; round < 2; round++) {
      const writer = path.join(import.meta.dirname, "writer-for-tests.ts");
      const child = spawn(process.execPath, ["--import", "tsx", writer, JSON.stringify(database.location)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(line);
        if (acknowledged.length === 30) child.kill("SIGKILL");
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(30);
      const again = await database.openAgain();
      const rows = await again.db.selectFrom("database_tokens").select(["id", "revoked_at"]).execute();
      for (const line of acknowledged) {
        const [what, id] = line.split(" ");
        const row = rows.find((candidate) => candidate.id === id);
        expect(row, line).toBeDefined();
        if (what === "revoked") expect(row?.revoked_at, line).not.toBeNull();
      }
      expect(await again.db.selectFrom("management_tokens").select("id").execute()).toHaveLength(1);
      await again.close();
    }
    await database.close();
  });

  it("may be closed twice", async () => {
    const database = await engine.open();
    const other = await database.openAgain();
    await other.close();
    await other.close();
    const late = other.db.selectFrom("sessions").selectAll().execute();
    expect(isStoreFailure(await late.catch((error: unknown) => error))).toBe(true);
    await database.close();
  });
});

describe("openDatabase on a file", () => {
  it("makes the directory, and files that only their owner can read", async () => {
    const file = path.join(temporaryDirectory(), "data", "tokenward.db");
    const { db, close } = await openDatabase({ file });
    await db.insertInto("sessions").values(session("a")).execute();
    for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    await close();
  });

  it("waits for the disk at each commit", async () => {
    const { db, close } = await openDatabase({ file: path.join(temporaryDirectory(), "a.db") });
    const pragma = async (name: string) =>
      Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0];
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    await close();
  });

  it("says in one sentence what is wrong with the file", async () => {
    const directory = temporaryDirectory();
    const plain = path.join(directory, "plain");
    writeFileSync(plain, "no database ".repeat(1000));
    expect(await refusal(openDatabase({ file: path.join(plain, "a.db") }))).toContain(
      "cannot be opened for writing: ",
    );
    expect(await refusal(openDatabase({ file: directory }))).toContain("EISDIR");
    expect(await refusal(openDatabase({ file: plain }))).toContain("file is not a database");
  });
});

describe("openDatabase on a server", () => {
  const file = "unused";

  it("says which server cannot be reached, without the password", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const address = closed.address();
    closed.close();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const message = await refusal(
      openDatabase({ url: `postgres://me:hunter2@localhost:${port}/tokenward`, file }),
    );
    expect(message).toContain(`localhost:${port}/tokenward`);
    expect(message).toContain("ECONNREFUSED");
    expect(message).not.toContain("hunter2");
  });

  it("refuses what is no PostgreSQL URL, and does not repeat it", async () => {
    for (const url of ["", "not a url hunter2", "mysql://me:hunter2@localhost/x"]) {
      const message = await refusal(openDatabase({ url, file }));
      expect(message).toContain("postgres://");
      expect(message).not.toContain("hunter2");
    }
  });
});

describeOnPostgres("A connection to PostgreSQL", (engine) => {
  it("begins with nothing that a pooler in between would refuse, and has its limits all the same", async () => {
    const database = await engine.open();
    const url = new URL(database.location.url ?? "");
    const firstBytes: Buffer[] = [];
    const between = createServer((incoming) => {
      const outgoing = connect(Number(url.port), url.hostname);
      incoming.once("data", (chunk: Buffer) => firstBytes.push(chunk));
      incoming.pipe(outgoing).pipe(incoming);
      for (const socket of [incoming, outgoing]) socket.on("error", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    onTestFinished(() => void between.close());
    const through = new URL(url);
    const address = between.address();
    through.port = String(address !== null && typeof address === "object" ? address.port : 0);
    const gateway = await openDatabase({ ...database.location, url: through.href });
    const show = async (name: string) =>
      Object.values((await sql<object>`show ${sql.raw(name)}`.execute(gateway.db)).rows[0] ?? {})[0];
    const limits = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"];
    expect(await Promise.all(limits.map(show))).toEqual(["5s", "10s", "15s"]);
    // Length and version of the protocol, then names and values by turns. PgBouncer takes these without being told to.
    const known = ["user", "database", "client_encoding", "application_name", "timezone", "datestyle"];
    const names = firstBytes.flatMap((bytes) => {
      const texts = bytes.subarray(8).toString().split("\0");
      return texts.filter((text, at) => at % 2 === 0 && text !== "");
    });
    expect(names).toContain("user");
    expect(names.filter((name) => !known.includes(name.toLowerCase()))).toEqual([]);
    await gateway.close();
    await database.close();
  });

  it("waits for locks where the server's own default would refuse", async () => {
    const database = await engine.open();
    const name = new URL(database.location.url ?? "").pathname.slice(1);
    await sql`alter database ${sql.ref(name)} set default_transaction_isolation = serializable`.execute(
      database.db,
    );
    const { db, close } = await database.openAgain();
    const { rows } = await sql`show transaction_isolation`.execute(db);
    expect(rows).toEqual([{ transaction_isolation: "read committed" }]);
    await close();
    await database.close();
  });
});

describeOnPostgres("A lost connection", (engine) => {
  it("fails its query and not the process, and the next query works", ROOM, async () => {
    const database = await engine.open();
    const lost: Error[] = [];
    const gateway = await openDatabase({
      ...database.location,
      onConnectionLost: (error) => lost.push(error),
    });
    const kill = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(database.db);

    const transaction = gateway.db.transaction().execute(async (inside) => {
      await inside.insertInto("sessions").values(session("a")).execute();
      await kill();
      // The news arrives while no query is running.
      await expect.poll(() => lost.length, PATIENT).toBeGreaterThan(0);
      await inside.insertInto("sessions").values(session("b")).execute();
    });
    expect(isStoreFailure(await transaction.catch((error: unknown) => error))).toBe(true);
    expect(await gateway.db.selectFrom("sessions").selectAll().execute()).toEqual([]);

    const lostBefore = lost.length;
    await kill();
    await expect.poll(() => lost.length, PATIENT).toBeGreaterThan(lostBefore);
    expect(await gateway.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
    await gateway.close();
    await database.close();
  });
});
