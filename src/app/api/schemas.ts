import * as z from "zod/mini";
import {
  activityDeedSchema,
  activityEntrySchema,
  activityPageSchema,
  activitySchema,
} from "#contract/activity.ts";
import { clusterSchema, clusterStateSchema } from "#contract/cluster.ts";
import { databaseSchema } from "#contract/database.ts";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { createdManagementTokenSchema, managementTokenSchema } from "#contract/management-token.ts";
import { operationKeySchema, settledOperationSchema } from "#contract/operation-schema.ts";
import { permissionSchema } from "#contract/permission-schema.ts";
import { problemSchema } from "#contract/problem.ts";
import { revokeRunSchema, revokeRunSummarySchema } from "#contract/revoke-run.ts";
import { rotationSchema, startedRotationSchema, tokenKindSchema } from "#contract/rotation.ts";
import { oidcSignedInSchema, oidcStartedSchema, sessionSchema } from "#contract/session.ts";
import { suspensionSchema } from "#contract/suspension.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";

// Compiling parsers at run time needs eval, which the policy forbids; asking for it would be reported.
z.config({ jitless: true });

/** A creation whose secret nobody has acknowledged, as the tab keeps it for a reload: everything but the secret. */
const pendingCreationSchema = z.object({
  operationKey: operationKeySchema,
  kind: z.enum(["database", "management"]),
  accountId: z.string(),
  clusterId: z.string(),
  /** Of the cluster. */
  slug: z.string(),
  /** Who began it: the gateway tells nobody else what became of it. */
  actor: z.object({ identity: z.string(), label: z.string() }),
  wanted: z.object({
    description: z.string(),
    permissions: z.optional(z.array(permissionSchema)),
    expiresAt: z.optional(z.string()),
  }),
  /** Milliseconds of the server's clock. */
  sentAt: z.number(),
});
export type PendingCreation = z.infer<typeof pendingCreationSchema>;

/** A rotation whose secret nobody has acknowledged, as the tab keeps it for a reload: everything but the secret. */
const pendingRotationSchema = z.object({
  operationKey: operationKeySchema,
  /** Who asked for it: an operation belongs to its actor, and nobody else hears of it. */
  actor: z.string(),
  slug: z.string(),
  kind: tokenKindSchema,
  /** The token that is being replaced. */
  tokenId: z.string(),
  /** What was asked for; never expires without it. */
  expiresAt: z.optional(z.string()),
  /** The rotation that came of it, as soon as that is known. */
  rotationId: z.optional(z.string()),
});
export type PendingRotation = z.infer<typeof pendingRotationSchema>;

/** What answers are parsed with. A chunk of its own: most of what the first paint needs is known to be good without. */
export const schemas = {
  activities: z.array(activitySchema),
  activityDeed: activityDeedSchema,
  activityEntry: activityEntrySchema,
  /** Its deeds are read one by one, so that one that cannot be read takes no others along. */
  activityPage: z.extend(activityPageSchema, { entries: z.array(z.unknown()) }),
  createdManagementToken: createdManagementTokenSchema,
  createdToken: createdTokenSchema,
  clusters: z.array(clusterSchema),
  clusterState: clusterStateSchema,
  databases: z.array(databaseSchema),
  managementToken: managementTokenSchema,
  pendingCreations: z.array(pendingCreationSchema),
  pendingRotations: z.array(pendingRotationSchema),
  oidcSignedIn: oidcSignedInSchema,
  oidcStarted: oidcStartedSchema,
  problem: problemSchema,
  revokeRun: revokeRunSchema,
  revokeRuns: z.array(revokeRunSummarySchema),
  revokeRunSummary: revokeRunSummarySchema,
  rotation: rotationSchema,
  rotations: z.array(rotationSchema),
  session: sessionSchema,
  settledOperation: settledOperationSchema,
  startedRotation: startedRotationSchema,
  suspension: suspensionSchema,
  token: tokenSchema,
  tokenChanges: tokenChangesSchema,
};
