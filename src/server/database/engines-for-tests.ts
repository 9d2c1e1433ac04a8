import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Kysely, sql } from "kysely";
import pg from "pg";
import { afterAll, describe, inject } from "vitest";
import { openDatabase, type DatabaseOptions, type OpenDatabase } from "./connect.ts";
import type { Engine } from "./migrations.ts";
import { MIGRATED, onServer } from "./postgres-for-tests.ts";
import type { Tables } from "./schema.ts";

/** A database of its own for one test, gone after close(). */
export interface TestDatabase extends OpenDatabase {
  /** Where it is, for another process. */
  location: DatabaseOptions;
  /** The same database through another connection, as another gateway would open it. Close it yourself. */
  openAgain(): Promise<OpenDatabase>;
  /** Everything that is stored, as the bytes on disk (libsql) or as the text of all rows (PostgreSQL). */
  bytes(): Promise<Buffer>;
}

export interface TestEngine {
  name: Engine;
  /** False where PostgreSQL cannot be had; open() then throws. */
  available: boolean;
  open(): Promise<TestDatabase>;
}

/** What refers to another comes before it. */
const tables = [
  "sign_in_flows",
  "kept_permissions",
  "activity_cursors",
  "activity_head",
  "activity",
  "rotations",
  "revoke_runs",
  "token_list_versions",
  "operations",
  "sessions",
  "sign_in_codes",
  "management_tokens",
  "database_tokens",
  "databases",
  "clusters",
  "accounts",
] as const satisfies readonly (keyof Tables)[];

/** Leaves nothing but the record of what was migrated. */
export async function dropTables(db: Kysely<Tables>): Promise<void> {
  for (const table of tables) await sql`drop table ${sql.table(table)}`.execute(db);
}

/** What tests have not closed, because they failed before: nothing may stay behind. */
const leftOpen = new Set<() => Promise<void>>();
afterAll(async () => {
  for (const close of leftOpen) await close();
});

function closing(close: () => Promise<void>): () => Promise<void> {
  const closeOnce = async () => {
    if (leftOpen.delete(closeOnce)) await close();
  };
  leftOpen.add(closeOnce);
  return closeOnce;
}

const libsql: TestEngine = {
  name: "libsql",
  available: true,
  async open() {
    const directory = mkdtempSync(path.join(tmpdir(), "tokenward-libsql-"));
    const file = path.join(directory, "tokenward.db");
    const location = { file };
    copyFileSync(inject("migratedFile"), file);
    const opened = await openDatabase(location);
    return {
      ...opened,
      location,
      openAgain: () => openDatabase(location),
      bytes: async () =>
        Buffer.concat(
          ["", "-wal"]
            .map((end) => file + end)
            .filter(existsSync)
            .map((name) => readFileSync(name)),
        ),
      close: closing(async () => {
        await opened.close();
        rmSync(directory, { recursive: true, force: true });
      }),
    };
  },
};

const postgresUrl = inject("postgresUrl");

const postgres: TestEngine = {
  name: "postgres",
  available: postgresUrl !== undefined,
  async open() {
    if (postgresUrl === undefined) throw new Error("PostgreSQL is not available in this run");
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    await onServer(postgresUrl, `create database ${name} template ${MIGRATED}`);
    const url = new URL(postgresUrl);
    url.pathname = `/${name}`;
    const location = { url: url.href, file: "" };
    const opened = await openDatabase(location);
    return {
      ...opened,
      location,
      openAgain: () => openDatabase(location),
      bytes: () => allRows(url.href),
      close: closing(async () => {
        await opened.close();
        await onServer(postgresUrl, `drop database ${name} with (force)`);
      }),
    };
  },
};

export const engines: readonly TestEngine[] = [libsql, postgres];

/** The same tests on both engines; where PostgreSQL is missing its half shows as skipped. */
export function describeOnEachEngine(title: string, tests: (engine: TestEngine) => void): void {
  for (const engine of engines) describeOnEngine(engine, title, tests);
}

/** What only PostgreSQL can show. */
export function describeOnPostgres(title: string, tests: (engine: TestEngine) => void): void {
  describeOnEngine(postgres, title, tests);
}

function describeOnEngine(engine: TestEngine, title: string, tests: (engine: TestEngine) => void): void {
  const name = engine.available ? `${title} (${engine.name})` : `${title} (SKIPPED: no ${engine.name})`;
  describe.skipIf(!engine.available)(name, () => tests(engine));
}

async function allRows(url: string): Promise<Buffer> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
    );
    const parts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      parts.push(...rows.map(({ row }) => row));
    }
    return Buffer.from(parts.join("\n"));
  } finally {
    await client.end();
  }
}
