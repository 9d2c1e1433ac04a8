import * as z from "zod/mini";
import { instantSchema } from "./instant-schema.ts";

/**
 * Who acts: a person with the one-time link, the holder of a management token, or somebody whom the identity provider
 * knows, as `subject`: the same in each of their sessions.
 */
export const actorSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("link"), label: z.string() }),
  z.object({ kind: z.literal("management_token"), label: z.string(), managementTokenId: z.string() }),
  z.object({ kind: z.literal("oidc"), label: z.string(), subject: z.string() }),
]);
export type Actor = z.infer<typeof actorSchema>;

/** `GET /api/session`: always 200, so that asking is never an error in the browser's console. */
export const sessionSchema = z.discriminatedUnion("signedIn", [
  z.object({
    signedIn: z.literal(false),
    /** The identity provider that this gateway takes people from, and what it is called. */
    oidc: z.optional(z.object({ name: z.string() })),
  }),
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
    /** The slug of the cluster that it is a token of; without it the default cluster. */
    cluster: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  }),
]);
export type SignIn = z.infer<typeof signInSchema>;

/** `POST /api/session/oidc`: begins a sign-in at the identity provider. */
export const oidcStartSchema = z.object({
  /** A path of our own to come back to, with its query. */
  returnTo: z.optional(z.string().check(z.maxLength(4096))),
});
export type OidcStart = z.infer<typeof oidcStartSchema>;

/** Where the browser goes now. */
export const oidcStartedSchema = z.object({
  authorizationUrl: z.string().check(z.regex(/^https?:\/\//)),
});

/** `POST /api/session/oidc/answer`: the query with which the identity provider sent the browser back, as it came. */
export const oidcAnswerSchema = z.object({ query: z.string().check(z.minLength(1), z.maxLength(8192)) });

/** The new session, and where to go on; without a path the tab has done what it was opened for. */
export const oidcSignedInSchema = z.object({
  session: sessionSchema,
  returnTo: z.optional(z.string()),
});
export type OidcSignedIn = z.infer<typeof oidcSignedInSchema>;
