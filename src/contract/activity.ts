import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { permissionSchema } from "./permission-schema.ts";
import { textSchema } from "./text-schema.ts";

export const activityActions = ["create", "update", "suspend", "restore", "revoke"] as const;
export type ActivityAction = (typeof activityActions)[number];

/** "started": the outcome is not recorded (yet). */
export const activityOutcomes = ["started", "done", "not_done", "unknown"] as const;
export type ActivityOutcome = (typeof activityOutcomes)[number];

const contentSchema = z.object({
  description: z.optional(textSchema),
  permissions: z.optional(z.array(permissionSchema)),
});

/** One thing that somebody did to a token through this gateway. */
export const activitySchema = z.object({
  at: instantSchema,
  action: z.enum(activityActions),
  /** Who, as they were called then. */
  actor: textSchema,
  outcome: z.enum(activityOutcomes),
  before: z.optional(contentSchema),
  /** What it became; while that is not known, what it was to become. Of what is not done there is neither this nor `before`. */
  after: z.optional(contentSchema),
  requestId: z.string(),
});
export type Activity = z.infer<typeof activitySchema>;

/** A deed as the list of a cluster's deeds has it: without permissions, which can be a megabyte before and another after. */
export const activityEntrySchema = z.object({
  id: z.string(),
  /** The number of the row that began it: deeds that began later have greater ones. */
  seq: z.int(),
  at: instantSchema,
  /** When its outcome was recorded; missing while that is "started". */
  endedAt: z.optional(instantSchema),
  action: z.enum(activityActions),
  /** Who, as they were called then. */
  actor: textSchema,
  /** Tells the sessions of one person apart, and is good for nothing else. Missing for programs, which have none. */
  session: z.optional(z.string()),
  kind: z.enum(["database", "management"]),
  /** Missing where a creation did not come to an id. */
  tokenId: z.optional(textSchema),
  /** What the token was called before, or was to be called where it is new. */
  description: z.optional(textSchema),
  outcome: z.enum(activityOutcomes),
  /** Why it was not done, or is not known: our words, and the upstream's where it said any. */
  problem: z.optional(
    z.object({
      status: z.int(),
      reason: z.string(),
      message: z.string(),
      upstream: z.optional(z.object({ status: z.int(), message: z.string() })),
    }),
  ),
  requestId: z.string(),
});
export type ActivityEntry = z.infer<typeof activityEntrySchema>;

/** The newest row of the whole record, of all clusters: what a later verification can hold the record against. */
export const activityHeadSchema = z.object({ seq: z.int(), hash: z.string() });
export type ActivityHead = z.infer<typeof activityHeadSchema>;

/** A part of a cluster's record, the newest deed first. */
export const activityPageSchema = z.object({
  entries: z.array(activityEntrySchema),
  /** Older deeds are asked for with `before` set to this. Missing: there are none. */
  older: z.optional(z.int()),
  /** Later deeds and outcomes are asked for with `since` set to its `seq`. Missing: nothing was recorded yet. */
  head: z.optional(activityHeadSchema),
});
export type ActivityPage = z.infer<typeof activityPageSchema>;

/** One deed whole. */
export const activityDeedSchema = z.extend(activityEntrySchema, {
  before: activitySchema.shape.before,
  after: activitySchema.shape.after,
  /** The rows that record it, in the chain of all rows: the intent, and the outcome once there is one. */
  rows: z.array(z.object({ seq: z.int(), at: instantSchema, previousHash: z.string(), hash: z.string() })),
});
export type ActivityDeed = z.infer<typeof activityDeedSchema>;
