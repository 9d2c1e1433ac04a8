import * as z from "zod/mini";

export const productSchema = z.enum(["own", "dedicated", "clustered", "v2", "core", "enterprise"]);
export type Product = z.infer<typeof productSchema>;

/** Whether a cluster offers an action; where not, a sentence that the screen shows. */
export const capabilitySchema = z.discriminatedUnion("allowed", [
  z.object({ allowed: z.literal(true) }),
  z.object({ allowed: z.literal(false), reason: z.string() }),
]);
export type Capability = z.infer<typeof capabilitySchema>;

export const capabilitiesSchema = z.object({
  revokeDatabaseToken: capabilitySchema,
  createDatabaseToken: capabilitySchema,
  updateDatabaseToken: capabilitySchema,
  listManagementTokens: capabilitySchema,
  revokeManagementToken: capabilitySchema,
  createManagementToken: capabilitySchema,
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

export const clusterSchema = z.object({
  slug: z.string(),
  name: z.string(),
  product: productSchema,
  accountId: z.string(),
  accountName: z.string(),
  clusterId: z.string(),
  isDefault: z.boolean(),
  capabilities: capabilitiesSchema,
});
export type Cluster = z.infer<typeof clusterSchema>;
