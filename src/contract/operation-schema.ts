import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { problemSchema } from "./problem.ts";

/** The raw `Idempotency-Key` that a mutation was sent with. */
export const operationKeySchema = z
  .string()
  .check(z.regex(/^[\x21-\x7e]{16,200}$/, "must be 16 to 200 printable characters without spaces"));

/** Body of the calls about an operation: its key, which must not stand in a URL, where logs would keep it. */
export const operationReferenceSchema = z.object({ operationKey: operationKeySchema });

/**
 * What became of an operation. Asking settles one that has not begun: for this caller it never will, so the answer is
 * final even when their request is still on its way somewhere. Whoever sent it under another name, before signing in with
 * another credential perhaps, hears `unknown`: another caller used the key, and what of it was done only reading tells.
 */
export const settledOperationSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("never_begun") }),
  z.object({ state: z.literal("in_progress"), startedAt: instantSchema }),
  /** It was cut off before its outcome was recorded, or another caller used the key: only reading tells. */
  z.object({ state: z.literal("unknown"), startedAt: instantSchema }),
  /** Refused, with nothing done. */
  z.object({
    state: z.literal("failed"),
    startedAt: instantSchema,
    problem: z.optional(problemSchema),
  }),
  /** `answer` is what the first answer's body was, as long as it is kept: a secret for 5 minutes or until acknowledged. */
  z.object({
    state: z.literal("done"),
    startedAt: instantSchema,
    objectId: z.optional(z.string()),
    answer: z.optional(z.unknown()),
  }),
]);
export type SettledOperation = z.infer<typeof settledOperationSchema>;
