import * as z from "zod/mini";
import { textSchema } from "./text-schema.ts";

/**
 * One grant. `action` is "read" or "write" today; other words are kept as they are, and so are fields
 * that this version does not know, because an update replaces the whole set.
 */
export const permissionSchema = z.looseObject({
  action: textSchema.check(z.minLength(1)),
  resource: textSchema.check(z.minLength(1), z.maxLength(64)),
  resourceType: z.optional(textSchema),
  resourceId: z.optional(textSchema),
});
export type Permission = z.infer<typeof permissionSchema>;
