import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";

/** Who acts: a person with the one-time link, or the holder of a management token. */
export const actorSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("link"), label: z.string() }),
  z.object({ kind: z.literal("management_token"), label: z.string(), managementTokenId: z.string() }),
]);
export type Actor = z.infer<typeof actorSchema>;

/** `GET /api/session`: always 200, so that asking is never an error in the browser's console. */
export const sessionSchema = z.discriminatedUnion("signedIn", [
  z.object({ signedIn: z.literal(false) }),
  z.object({
    signedIn: z.literal(true),
    actor: actorSchema,
    /** The server's clock at the answer. */
    now: instantSchema,
    idleEndsAt: instantSchema,
    absoluteEndsAt: instantSchema,
  }),
]);
export type Session = z.infer<typeof sessionSchema>;

export const signInSchema = z.discriminatedUnion("method", [
  z.object({ method: z.literal("link"), code: z.string().check(z.minLength(1), z.maxLength(200)) }),
  z.object({
    method: z.literal("management_token"),
    managementToken: z.string().check(z.minLength(1), z.maxLength(4096)),
  }),
]);
export type SignIn = z.infer<typeof signInSchema>;
