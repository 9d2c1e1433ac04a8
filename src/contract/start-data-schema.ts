import * as z from "zod/mini";
import { clusterSchema } from "./cluster.ts";
import { sessionSchema } from "./session.ts";

/**
 * What a page needs first and would otherwise ask for, in a data block of its HTML. `clusters` only when somebody is
 * signed in. A page may come without the block: then it asks.
 */
export const startDataSchema = z.object({
  session: sessionSchema,
  clusters: z.optional(z.array(clusterSchema)),
});
export type StartData = z.infer<typeof startDataSchema>;
