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
  /** The description; the permissions only with `updatePermissions` as well. */
  updateDatabaseToken: capabilitySchema,
  updatePermissions: capabilitySchema,
  /** A database token with an end, said when it is created. */
  setExpiry: capabilitySchema,
  /** Creating a database token that may do some things only: otherwise each may do everything, as adminPermission says. */
  choosePermissions: capabilitySchema,
  /** Creating one with adminPermission. */
  createAdminToken: capabilitySchema,
  /** Making a token of no use for a while, and giving it back what it could do. */
  suspendDatabaseToken: capabilitySchema,
  listManagementTokens: capabilitySchema,
  revokeManagementToken: capabilitySchema,
  createManagementToken: capabilitySchema,
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** What taking a token away for good is called: v2 and 3 Core have nothing left of it afterwards. */
export const removalSchema = z.enum(["revoke", "delete"]);
export type Removal = z.infer<typeof removalSchema>;

/**
 * What taking a token out of use for a while is called. "deactivate": the product does it itself, and the token keeps its
 * permissions; otherwise the gateway takes and keeps them.
 */
export const suspensionSchema = z.enum(["suspend", "deactivate"]);
export type SuspensionKind = z.infer<typeof suspensionSchema>;

/** Whether the caller holds a credential for a cluster; where not, a sentence that the screen shows. */
export const clusterAccessSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("ready") }),
  z.object({ state: z.literal("credential_needed"), reason: z.string() }),
]);
export type ClusterAccess = z.infer<typeof clusterAccessSchema>;

export const clusterSchema = z.object({
  slug: z.string(),
  name: z.string(),
  product: productSchema,
  /** In words. */
  productName: z.string(),
  /** What the product calls the tokens that read and write: "Database Token", "API Token". */
  tokenName: z.string(),
  removal: removalSchema,
  /** Its lists may leave out what the caller may not see, without saying so; whether they do, the cluster's state tells. */
  listsMayBePartial: z.boolean(),
  suspension: suspensionSchema,
  /** Whether the product knows management tokens, whatever its API offers of them. */
  hasManagementTokens: z.boolean(),
  /** Whether its tokens belong to users and organizations, which their rows then name. */
  hasOwners: z.boolean(),
  accountId: z.string(),
  accountName: z.string(),
  clusterId: z.string(),
  isDefault: z.boolean(),
  access: clusterAccessSchema,
  /** The session shows it a token of its own, which can be replaced by another one. */
  takesToken: z.boolean(),
  capabilities: capabilitiesSchema,
});
export type Cluster = z.infer<typeof clusterSchema>;

/** `GET /api/clusters/{slug}/state`: what asking the cluster just now has shown. */
export const clusterStateSchema = z.object({
  state: z.enum(["reachable", "credential_needed", "credential_refused", "unreachable"]),
  /** Why, where it is not reachable. */
  reason: z.optional(z.string()),
  /** Why its lists may lack something, where they may, or where that cannot be found out. */
  partialReason: z.optional(z.string()),
});
export type ClusterState = z.infer<typeof clusterStateSchema>;

/** A token of a cluster, for the session to hold. */
export const clusterCredentialSchema = z.object({
  managementToken: z.string().check(z.minLength(1), z.maxLength(4096)),
});
