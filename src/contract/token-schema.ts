import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { permissionSchema } from "./permission-schema.ts";
import { textSchema } from "./text-schema.ts";

/** A database token as the Management API lists it. It never holds a secret. */
export const tokenSchema = z.looseObject({
  /** Opaque: a UUID, 16 hex digits or a name, depending on the product. */
  id: textSchema.check(z.minLength(1)),
  accountId: z.optional(z.string()),
  clusterId: z.optional(z.string()),
  description: textSchema,
  permissions: z.array(permissionSchema),
  createdAt: instantSchema,
  expiresAt: z.optional(instantSchema),
  revokedAt: z.optional(instantSchema),
  suspendedAt: z.optional(instantSchema),
});
export type Token = z.infer<typeof tokenSchema>;

/** The only answer with a secret in it: what creating returns, once. */
export const createdTokenSchema = z.extend(tokenSchema, { accessToken: z.string() });
export type CreatedToken = z.infer<typeof createdTokenSchema>;

/** `expirationType` appears in the vendor's guide, not in its schema: accepted, and `expiresAt` decides. */
export const createTokenSchema = z.object({
  description: textSchema,
  permissions: z._default(z.array(permissionSchema), []),
  expiresAt: z.optional(instantSchema),
  expirationType: z.optional(z.enum(["datetime", "noExpiration"])),
});
export type CreateToken = z.infer<typeof createTokenSchema>;

/** An update replaces the whole permission set when it names one. */
export const updateTokenSchema = z
  .object({
    description: z.optional(textSchema),
    permissions: z.optional(z.array(permissionSchema)),
  })
  .check(
    z.refine(
      (update) => update.description !== undefined || update.permissions !== undefined,
      "must have a description, permissions, or both",
    ),
  );
export type UpdateToken = z.infer<typeof updateTokenSchema>;
