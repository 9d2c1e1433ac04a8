import * as z from "zod/mini";
import { createdManagementTokenSchema } from "./management-token.ts";
import { instantSchema } from "./instant-schema.ts";
import { textSchema } from "./text-schema.ts";
import { createdTokenSchema } from "./token-schema.ts";

export const tokenKindSchema = z.enum(["database", "management"]);

/**
 * How far a rotation is. `creating`: the replacement was asked for, and whether it exists is not recorded (yet).
 * `created`: it exists, and nobody said that its secret is stored. `overlap`: the secret is stored, both tokens work.
 * `finished`: the old one is revoked. `abandoned`: the old one stays, and nothing more is to be done.
 */
export const rotationStates = ["creating", "created", "overlap", "finished", "abandoned"] as const;

/** A token being replaced by another one. Kept without the secret, so that it can be left and taken up again. */
export const rotationSchema = z.object({
  id: z.string(),
  kind: tokenKindSchema,
  state: z.enum(rotationStates),
  oldTokenId: z.string(),
  oldDescription: textSchema,
  /** What the replacement was asked to be called. */
  newDescription: textSchema,
  newTokenId: z.optional(z.string()),
  startedAt: instantSchema,
  startedBy: textSchema,
  acknowledgedAt: z.optional(instantSchema),
  /**
   * In the list only: the old token is revoked or absent, so that a rotation in `overlap` can be finished. Whoever revoked
   * the credential of their own session could not say so any more. Left out where it is there or could not be read.
   */
  oldTokenGone: z.optional(z.literal(true)),
});
export type Rotation = z.infer<typeof rotationSchema>;

export const startRotationSchema = z.object({
  kind: tokenKindSchema,
  tokenId: textSchema.check(z.minLength(1)),
  description: textSchema,
  expiresAt: z.optional(instantSchema),
});
export type StartRotation = z.infer<typeof startRotationSchema>;

/** Answer to starting one: the rotation and its replacement with the secret, this once. */
export const startedRotationSchema = z.object({
  rotation: rotationSchema,
  token: z.union([createdTokenSchema, createdManagementTokenSchema]),
});
export type StartedRotation = z.infer<typeof startedRotationSchema>;

/**
 * `acknowledged`: the secret is stored. `finished` needs the old token to be revoked. `abandoned` is
 * possible until then: in `overlap` a rotation whose old token is revoked can only be finished.
 */
export const rotationStepSchema = z.object({ step: z.enum(["acknowledged", "finished", "abandoned"]) });
export type RotationStep = z.infer<typeof rotationStepSchema>["step"];
