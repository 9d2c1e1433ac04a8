import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";
import { textSchema } from "./text-schema.ts";

/**
 * A management token on Tokenward's wire. No vendor documents an HTTP API for these; the shape is our own,
 * after the fields that `influxctl management list` prints.
 */
export const managementTokenSchema = z.looseObject({
  id: textSchema.check(z.minLength(1)),
  accountId: z.string(),
  description: textSchema,
  tokenPrefix: textSchema,
  createdAt: instantSchema,
  expiresAt: z.optional(instantSchema),
  revokedAt: z.optional(instantSchema),
  createdBy: z.optional(textSchema),
});
export type ManagementToken = z.infer<typeof managementTokenSchema>;

export const createdManagementTokenSchema = z.extend(managementTokenSchema, { accessToken: z.string() });
export type CreatedManagementToken = z.infer<typeof createdManagementTokenSchema>;

export const createManagementTokenSchema = z.object({
  description: textSchema,
  expiresAt: z.optional(instantSchema),
});
export type CreateManagementToken = z.infer<typeof createManagementTokenSchema>;
