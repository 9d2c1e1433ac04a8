import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { MOST_IN_A_RUN } from "./revoke-run-key.ts";
import { tokenKindSchema } from "./rotation.ts";
import { textSchema } from "./text-schema.ts";

export { MOST_IN_A_RUN, revokeRunKey } from "./revoke-run-key.ts";

/** Whoever has so many runs that are not ended starts no other one (409). */
export const MOST_OPEN_RUNS = 50;

const plannedSchema = z.object({
  tokenId: textSchema.check(z.minLength(1), z.maxLength(200)),
  /** As it was when the run was planned: reports name it after it is gone. Cut to 200 characters by who sends it. */
  description: textSchema.check(z.maxLength(200)),
});

export const startRevokeRunSchema = z.object({
  kind: tokenKindSchema,
  tokens: z.array(plannedSchema).check(z.minLength(1), z.maxLength(MOST_IN_A_RUN)),
});
export type StartRevokeRun = z.infer<typeof startRevokeRunSchema>;

/**
 * What the gateway knows of one token of a run: `not_attempted`, no DELETE with the run's key came; `revoked`; `refused`,
 * with nothing done; `in_progress`; `unknown`, cut off or failed, so that only reading tells.
 */
export const revokeRunItemSchema = z.extend(plannedSchema, {
  state: z.enum(["not_attempted", "in_progress", "revoked", "refused", "unknown"]),
  status: z.optional(z.int()),
  reason: z.optional(z.string()),
});
export type RevokeRunItem = z.infer<typeof revokeRunItemSchema>;

/** A run without its tokens: what starting one answers, and what lists of them hold. */
export const revokeRunSummarySchema = z.object({
  id: z.string(),
  kind: tokenKindSchema,
  startedAt: instantSchema,
  startedBy: textSchema,
  /** When somebody said that it is over. */
  endedAt: z.optional(instantSchema),
  total: z.int(),
});
export type RevokeRunSummary = z.infer<typeof revokeRunSummarySchema>;

export const revokeRunSchema = z.extend(revokeRunSummarySchema, { items: z.array(revokeRunItemSchema) });
export type RevokeRun = z.infer<typeof revokeRunSchema>;
