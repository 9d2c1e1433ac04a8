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
  /** Where a product knows a token by a name, which no other has. The description is the name if there is no other. */
  name: z.optional(textSchema),
  permissions: z.array(permissionSchema),
  createdAt: instantSchema,
  expiresAt: z.optional(instantSchema),
  revokedAt: z.optional(instantSchema),
  /**
   * Set by this gateway as long as it keeps the permissions of a suspended token; see suspension.ts. With isDeactivated
   * the product's own word for it, `suspendedAt` being when it last changed the token and nobody known to have done it.
   */
  suspendedAt: z.optional(instantSchema),
  suspendedBy: z.optional(textSchema),
  /** Suspended by the product itself, which refuses the token as long as it is so: `permissions` are kept in place. */
  isDeactivated: z.optional(z.literal(true)),
  /** The caller asks with this one. Only where those tokens are listed that a cluster is asked with. */
  isCredential: z.optional(z.literal(true)),
  /** The user and the organization that a token belongs to, where a product has such: names, and ids beside them. */
  owner: z.optional(textSchema),
  ownerId: z.optional(textSchema),
  organization: z.optional(textSchema),
  organizationId: z.optional(textSchema),
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
  /** Where tokens belong to organizations: which one, when the permissions do not say. */
  organizationId: z.optional(textSchema),
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
