import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { openDatabase } from "./connect.ts";
import { MIGRATED, onServer, startPostgres } from "./postgres-for-tests.ts";

/**
 * Vitest's global set-up: a PostgreSQL of its own in a temporary directory, removed at the end, and for each engine a
 * database that was migrated once. To copy it costs less than to migrate one for each test.
 */
export default async function setUpEngines(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(path.join(tmpdir(), "tokenward-migrated-"));
  const file = path.join(directory, "tokenward.db");
  await (await openDatabase({ file })).close();
  project.provide("migratedFile", file);

  const server = await startPostgres().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: PostgreSQL could not be started, its tests do not run: ${reason}\n\n`);
    return undefined;
  });
  // Where there is one, what then fails is a fault: nothing is skipped for it.
  if (server !== undefined) await migrateTemplate(server.url);
  project.provide("postgresUrl", server?.url);
  return async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

async function migrateTemplate(server: string): Promise<void> {
  await onServer(server, `create database ${MIGRATED}`);
  const url = new URL(server);
  url.pathname = `/${MIGRATED}`;
  await (await openDatabase({ url: url.href, file: "" })).close();
}
