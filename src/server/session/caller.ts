import { REQUEST_HEADER } from "#contract/headers.ts";
import type { Actor } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { ClusterEntry, ClusterRegistry } from "#server/clusters.ts";
import type { Oidc } from "#server/oidc/oidc.ts";
import type { Credential } from "#server/services/token-service.ts";
import type { Site } from "#server/site.ts";
import { readSessionCookies } from "./cookie.ts";
import type { CredentialChecks } from "./credential-checks.ts";
import type { LiveSession, SessionStore } from "./session-store.ts";

/** Who sends a request, proven. */
export interface Caller {
  kind: "bearer" | "session";
  actor: Actor;
  session?: LiveSession;
  /** The cluster that vouched for the caller with this request, by its entry's key; undefined where none had to. */
  provenBy: string | undefined;
  /** What the caller acts with on a cluster. */
  credentialFor(entry: ClusterEntry): Credential | undefined;
}

/**
 * `refused`: the session is in time, but the credential that says who it is is no longer accepted. The session has been
 * ended; who it was is kept, so that a repeat of the very request that revoked the credential can be answered.
 */
export type CallerResult =
  | { state: "known"; caller: Caller }
  | { state: "nobody" }
  | { state: "ended" }
  | { state: "refused"; actor: Actor };

export interface SessionSources {
  site: Site;
  sessions: SessionStore;
  clusters: ClusterRegistry;
  /** Undefined: nobody comes from an identity provider. */
  oidc: Pick<Oidc, "key"> | undefined;
}

export interface CallerSources extends SessionSources {
  credentialChecks: CredentialChecks;
}

/** What a request asks of whom. */
export interface CallerRequest {
  request: Request;
  /** Whose token a bearer's is. */
  entry: ClusterEntry;
  signal: AbortSignal;
}

/** A request with an Authorization header is that caller's, whatever cookies come along. Throws 401 for a bad one, 503. */
export async function identifyCaller(asked: CallerRequest, sources: CallerSources): Promise<CallerResult> {
  const { request } = asked;
  const authorization = request.headers.get("Authorization");
  if (authorization !== null) {
    return { state: "known", caller: await identifyBearer(authorization, asked, sources) };
  }
  const result = await identifySession(request, sources);
  if (result.state !== "known" || result.caller.session === undefined) return result;
  // Only what a person did counts: polling must not keep an unattended screen signed in.
  if (request.headers.get(REQUEST_HEADER) === "interactive") {
    result.caller.session = await sources.sessions.keepAwake(result.caller.session);
  }
  return result;
}

async function identifyBearer(
  authorization: string,
  { entry, signal }: CallerRequest,
  { credentialChecks }: CallerSources,
): Promise<Caller> {
  const secret = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  const headers = { "WWW-Authenticate": "Bearer" };
  if (secret === undefined) {
    const message = "The Authorization header must be: Bearer, a space, and a management token.";
    throw new ApiError(401, "credential_refused", message, { headers });
  }
  const credential: Credential = { kind: "management_token", secret };
  try {
    const actor = await entry.service.authenticate(credential);
    await credentialChecks.prove(entry, { credential, actor, signal });
    return {
      kind: "bearer",
      actor,
      provenBy: entry.key,
      // Nobody's token is sent to another cluster than the one it was sent for.
      credentialFor: (other) => (other.key === entry.key ? credential : undefined),
    };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const { upstream } = error;
    throw new ApiError(401, "credential_refused", error.message, {
      headers,
      ...(upstream === undefined ? {} : { upstream }),
    });
  }
}

/** Does not keep the session awake. */
export async function identifySession(request: Request, sources: SessionSources): Promise<CallerResult> {
  const ids = readSessionCookies(request.headers.get("Cookie"), sources.site);
  let result: CallerResult = { state: "nobody" };
  for (const id of ids) {
    const tried = await identifySessionId(id, sources);
    if (tried.state === "known") return tried;
    // Whose credential was refused says more than a session that nobody knows any more.
    if (result.state !== "refused") result = tried;
  }
  return result;
}

async function identifySessionId(
  id: string,
  { sessions, clusters, oidc }: SessionSources,
): Promise<CallerResult> {
  const session = await sessions.find(id);
  if (session === undefined) return { state: "ended" };
  if (session.oidc !== undefined) {
    // No cluster says who this is. Another gateway may still have that provider in its configuration.
    return session.primary === oidc?.key
      ? { state: "known", caller: sessionCaller(session, undefined) }
      : { state: "ended" };
  }
  // Another gateway may still have that cluster in its configuration: the session is over here, and not removed.
  const primary = clusters.entries.find(({ key }) => key === session.primary);
  if (primary === undefined) return { state: "ended" };
  const credential = credentialOf(session, primary);
  // Who came by a link is known by that. Where an InfluxDB's token is lent to them, it does not say who they are.
  if (session.actor.kind === "link" && credential?.kind !== "operator") {
    return { state: "known", caller: sessionCaller(session, undefined) };
  }
  if (credential === undefined) return { state: "ended" };
  try {
    const actor = await primary.service.authenticate(credential);
    return { state: "known", caller: sessionCaller({ ...session, actor }, primary.key) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    await sessions.end(session.idHash);
    return { state: "refused", actor: session.actor };
  }
}

export function sessionCaller(session: LiveSession, provenBy: string | undefined): Caller {
  return {
    kind: "session",
    actor: session.actor,
    session,
    provenBy,
    credentialFor: (entry) => credentialOf(session, entry),
  };
}

function credentialOf(
  { credentials, oidc }: LiveSession,
  { key, link, takesOidc }: ClusterEntry,
): Credential | undefined {
  const credential = credentials.get(key);
  if (credential === undefined && oidc !== undefined && takesOidc === true) {
    return { kind: "oidc", accessToken: oidc.accessToken };
  }
  if (credential === undefined || credential.kind === "management_token") return credential;
  // What the gateway itself lends, it may lend no longer since it was started again.
  return "credential" in link && link.credential.kind === credential.kind ? credential : undefined;
}

export function requireCaller(result: CallerResult): Caller {
  if (result.state === "known") return result.caller;
  if (result.state === "nobody") {
    throw new ApiError(401, "not_signed_in", "Sign in, or send a management token as a bearer token.", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
  throw new ApiError(401, "session_ended", "The session has ended. Sign in again.");
}

/**
 * Stable across sessions of the same person, so that somebody who had to sign in again still finds
 * the operations started before.
 */
export function actorIdentity(actor: Actor): string {
  switch (actor.kind) {
    case "link":
      return "operator";
    case "management_token":
      return `management_token:${actor.managementTokenId}`;
    case "oidc":
      return `oidc:${actor.subject}`;
  }
}
