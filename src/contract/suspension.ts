import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { permissionSchema } from "./permission-schema.ts";
import { textSchema } from "./text-schema.ts";

/**
 * The record of a suspended token: what it was allowed, kept until it is restored. The token itself says `suspendedAt`
 * and `suspendedBy` as long as this record exists; only while its permissions are empty does it do nothing, since
 * somebody else may have changed them meanwhile. The answer with it has an ETag over it and the token: restoring asks for
 * that one with `If-Match`, and not for the token's own.
 */
export const suspensionSchema = z.object({
  suspendedAt: instantSchema,
  suspendedBy: textSchema,
  permissions: z.array(permissionSchema),
});
export type Suspension = z.infer<typeof suspensionSchema>;
