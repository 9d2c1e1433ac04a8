import * as z from "zod/mini";
import { activityActions, activitySchema, type Activity } from "#contract/activity.ts";
import { actorSchema } from "#contract/session.ts";
import { toInstant } from "#server/clock.ts";
import type { ActivityRow } from "./chain.ts";

/** A description, permissions or both. */
export type Content = NonNullable<Activity["after"]>;

/** Of a deed, whatever is known in either phase. Never a secret. */
export const activityDetailsSchema = z.object({
  before: activitySchema.shape.before,
  after: activitySchema.shape.after,
  /** Why it was refused, or what went wrong. */
  problem: z.optional(
    z.object({
      status: z.int(),
      reason: z.string(),
      message: z.string(),
      upstream: z.optional(z.object({ status: z.int(), message: z.string() })),
    }),
  ),
});
export type ActivityDetails = z.infer<typeof activityDetailsSchema>;

/** What a token is after a change that says only what is new. */
export function contentAfter(before: Content | undefined, wanted: Content): Content {
  const description = wanted.description ?? before?.description;
  const permissions = wanted.permissions ?? before?.permissions;
  return {
    ...(description === undefined ? {} : { description }),
    ...(permissions === undefined ? {} : { permissions }),
  };
}

/** From the rows of one deed, the first one first. */
export function toActivity(rows: ActivityRow[]): Activity {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) throw new Error("a deed has at least one row");
  const details = rows.map((row) => activityDetailsSchema.parse(JSON.parse(row.details)));
  const before = details.find((one) => one.before !== undefined)?.before;
  const wanted = details[0]?.after;
  const became = rows.length > 1 ? details.at(-1)?.after : undefined;
  // The outcome says what it became only where that is not what follows from the intent.
  const after =
    became ?? (last.outcome === "done" && wanted !== undefined ? contentAfter(before, wanted) : wanted);
  return {
    at: toInstant(first.at),
    action: z.enum(activityActions).parse(first.action),
    actor: actorSchema.parse(JSON.parse(first.actor)).label,
    outcome: last.outcome ?? "started",
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    requestId: first.request_id,
  };
}
