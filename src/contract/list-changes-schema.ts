import * as z from "zod/mini";
import { tokenSchema } from "./token-schema.ts";

/** Body of a 226: tokens that are new or different, whole, and the ids of those that are no longer listed. */
export const tokenChangesSchema = z.object({
  changed: z.array(tokenSchema),
  removed: z.array(z.string()),
});
export type TokenChanges = z.infer<typeof tokenChangesSchema>;
