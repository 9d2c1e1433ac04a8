import type { Selectable } from "kysely";
import type { Tables } from "#server/database/schema.ts";
import { sha256Hex } from "#server/sealing.ts";

export type ActivityRow = Selectable<Tables["activity"]>;

/** Where the record ends: its newest row. */
export interface ChainHead {
  seq: number;
  hash: string;
}

/** What the first row has for the hash of the one before. */
export const CHAIN_START: ChainHead = { seq: 0, hash: "0".repeat(64) };

/** What is left of details that were erased; see ActivityStore.refuse. */
export const ERASED = "{}";

/**
 * SHA-256 in hex of a row's fields, the hash of the row before, and the hash of its details, as JSON. This is a format:
 * rows that were written keep their hashes, so another form would need another first word.
 */
export function rowHash(row: Omit<ActivityRow, "hash" | "details">): string {
  return sha256Hex(
    JSON.stringify([
      "tokenward activity 1",
      row.seq,
      row.at,
      row.phase,
      row.operation_id,
      row.operation_key,
      row.session,
      row.actor,
      row.account_id,
      row.cluster_id,
      row.kind,
      row.token_id,
      row.action,
      row.outcome,
      row.description,
      row.request_id,
      row.details_hash,
      row.previous_hash,
    ]),
  );
}

export type UnchainedRow = Omit<ActivityRow, "seq" | "previous_hash" | "details_hash" | "hash">;

/** The row as the next one of the chain. `seq`: where it had a number before the record was chained. */
export function chained(row: UnchainedRow, head: ChainHead, seq = head.seq + 1): ActivityRow {
  const next = { ...row, seq, previous_hash: head.hash, details_hash: sha256Hex(row.details) };
  return { ...next, hash: rowHash(next) };
}
