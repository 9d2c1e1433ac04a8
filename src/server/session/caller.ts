import { REQUEST_HEADER } from "#contract/headers.ts";
import type { Actor } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { Credential, TokenService } from "#server/services/token-service.ts";
import type { Site } from "#server/site.ts";
import { readSessionCookies } from "./cookie.ts";
import type { LiveSession, SessionStore } from "./session-store.ts";

/** Who sends a request, proven. */
export interface Caller {
  kind: "bearer" | "session";
  credential: Credential;
  actor: Actor;
  session?: LiveSession;
}

/**
 * `refused`: the session is in time, but its credential is no longer accepted. The session has been ended;
 * who it was is kept, so that a repeat of the very request that revoked the credential can be answered.
 */
export type CallerResult =
  | { state: "known"; caller: Caller }
  | { state: "nobody" }
  | { state: "ended" }
  | { state: "refused"; actor: Actor };

export interface CallerSources {
  site: Site;
  sessions: SessionStore;
  service: TokenService;
}

/** A request with an Authorization header is that caller's, whatever cookies come along. Throws 401 for a bad one, 503. */
export async function identifyCaller(request: Request, sources: CallerSources): Promise<CallerResult> {
  const authorization = request.headers.get("Authorization");
  if (authorization !== null) {
    return { state: "known", caller: await identifyBearer(authorization, sources.service) };
  }
  const result = await identifySession(request, sources);
  if (result.state !== "known" || result.caller.session === undefined) return result;
  // Only what a person did counts: polling must not keep an unattended screen signed in.
  if (request.headers.get(REQUEST_HEADER) === "interactive") {
    result.caller.session = await sources.sessions.keepAwake(result.caller.session);
  }
  return result;
}

async function identifyBearer(authorization: string, service: TokenService): Promise<Caller> {
  const secret = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  const headers = { "WWW-Authenticate": "Bearer" };
  if (secret === undefined) {
    const message = "The Authorization header must be: Bearer, a space, and a management token.";
    throw new ApiError(401, "credential_refused", message, { headers });
  }
  const credential: Credential = { kind: "management_token", secret };
  try {
    return { kind: "bearer", credential, actor: await service.authenticate(credential) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    throw new ApiError(401, "credential_refused", error.message, { headers });
  }
}

/** Does not keep the session awake. */
export async function identifySession(request: Request, sources: CallerSources): Promise<CallerResult> {
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

async function identifySessionId(id: string, { sessions, service }: CallerSources): Promise<CallerResult> {
  const session = await sessions.find(id);
  if (session === undefined) return { state: "ended" };
  try {
    const actor = await service.authenticate(session.credential);
    const current = { ...session, actor };
    return {
      state: "known",
      caller: { kind: "session", credential: session.credential, actor, session: current },
    };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    await sessions.end(session.idHash);
    return { state: "refused", actor: session.actor };
  }
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
  return actor.kind === "link" ? "operator" : `management_token:${actor.managementTokenId}`;
}
