import * as z from "zod/mini";
import { textSchema } from "./text-schema.ts";

/**
 * Why a database of this name could never be addressed, or undefined. The name is the last segment of a path: what a
 * URL parser or a proxy rewrites there does not arrive as it was sent.
 */
export function databaseNameFault(name: string): string | undefined {
  if (/[\\\p{Cc}]/u.test(name)) return "must not contain a backslash or a control character";
  if (name.split("/").some((part) => part === "." || part === "..")) {
    return 'must not be, nor have between slashes, "." or ".."';
  }
  return undefined;
}

const databaseName = textSchema.check(z.minLength(1), z.maxLength(64), (context) => {
  const fault = databaseNameFault(context.value);
  if (fault !== undefined) context.issues.push({ code: "custom", message: fault, input: context.value });
});

export const databaseSchema = z.looseObject({
  accountId: z.optional(z.string()),
  clusterId: z.optional(z.string()),
  name: textSchema,
  /** What a product does not tell is left out. */
  maxTables: z.optional(z.number()),
  maxColumnsPerTable: z.optional(z.number()),
  /** Nanoseconds; 0 keeps data for ever. */
  retentionPeriod: z.optional(z.number()),
});
export type Database = z.infer<typeof databaseSchema>;

function isRetentionPeriod(nanoseconds: number): boolean {
  return Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 2 ** 63;
}

/** The vendor's defaults: 500 tables, 200 columns a table, data kept for ever. */
export const createDatabaseSchema = z.object({
  name: databaseName,
  maxTables: z._default(z.int().check(z.positive()), 500),
  maxColumnsPerTable: z._default(z.int().check(z.positive()), 200),
  // Not z.int(): a year in nanoseconds is past the safe integers, and still a whole number of milliseconds.
  retentionPeriod: z._default(
    z.number().check(z.refine(isRetentionPeriod, "must be 0 or a whole number of nanoseconds")),
    0,
  ),
});
export type CreateDatabase = z.infer<typeof createDatabaseSchema>;
