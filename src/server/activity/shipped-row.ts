import * as z from "zod/mini";
import { toMillis } from "#contract/instant.ts";
import { instantSchema } from "#contract/instant-schema.ts";
import { toInstant } from "#server/clock.ts";
import { sha256Hex } from "#server/sealing.ts";
import { type ActivityRow, ERASED, rowHash } from "./chain.ts";

/** A row as a line of JSON for others, with all that its hash is made of. Never a secret. */
export function shippedLine(row: ActivityRow): string {
  const fields = {
    seq: row.seq,
    at: toInstant(row.at),
    phase: row.phase,
    operationId: row.operation_id,
    operationKey: row.operation_key,
    session: row.session,
    accountId: row.account_id,
    clusterId: row.cluster_id,
    kind: row.kind,
    tokenId: row.token_id,
    action: row.action,
    outcome: row.outcome,
    description: row.description,
    requestId: row.request_id,
    previousHash: row.previous_hash,
    detailsHash: row.details_hash,
    hash: row.hash,
  };
  // As they are kept, letter by letter: that is what their hashes are of.
  return `${JSON.stringify(fields).slice(0, -1)},"actor":${row.actor},"details":${row.details}}\n`;
}

const nullable = z.nullable(z.string());

const shippedSchema = z.object({
  seq: z.int(),
  at: instantSchema,
  phase: z.enum(["intent", "outcome"]),
  operationId: z.string(),
  operationKey: nullable,
  session: nullable,
  accountId: z.string(),
  clusterId: nullable,
  kind: z.enum(["database", "management"]),
  tokenId: nullable,
  action: z.string(),
  outcome: z.nullable(z.enum(["done", "not_done", "unknown"])),
  description: nullable,
  requestId: z.string(),
  previousHash: z.string(),
  detailsHash: z.string(),
  hash: z.string(),
  actor: z.unknown(),
  details: z.unknown(),
});

/** What a line says of the chain. `isWhole`: its fields are those that its hash was made of. */
export interface ShippedRow {
  seq: number;
  hash: string;
  isWhole: boolean;
}

/** Undefined for what is no line of a shipped row. */
export function readShippedLine(line: string): ShippedRow | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = shippedSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const hash = rowHash({
    seq: data.seq,
    at: toMillis(data.at),
    phase: data.phase,
    operation_id: data.operationId,
    operation_key: data.operationKey,
    session: data.session,
    actor: JSON.stringify(data.actor),
    account_id: data.accountId,
    cluster_id: data.clusterId,
    kind: data.kind,
    token_id: data.tokenId,
    action: data.action,
    outcome: data.outcome,
    description: data.description,
    request_id: data.requestId,
    previous_hash: data.previousHash,
    details_hash: data.detailsHash,
  });
  const details = JSON.stringify(data.details);
  const hasDetails = details === ERASED || sha256Hex(details) === data.detailsHash;
  return { seq: data.seq, hash: data.hash, isWhole: hash === data.hash && hasDetails };
}
