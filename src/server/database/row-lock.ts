import { PostgresAdapter, type Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/**
 * Whether a transaction that reads rows in order to change them must lock them. PostgreSQL lets two such
 * transactions run side by side; libsql runs one writing transaction at a time and has no such clause.
 */
export function mustLockRows(db: Kysely<Tables>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
