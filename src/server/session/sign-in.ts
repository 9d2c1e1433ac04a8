import type { Actor } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Gateway } from "#server/gateway.ts";
import { sha256Hex } from "#server/sealing.ts";
import type { Credential } from "#server/services/token-service.ts";
import { readSessionCookies } from "./cookie.ts";
import type { LiveSession } from "./session-store.ts";

type ManagementToken = Extract<Credential, { kind: "management_token" }>;

/** Ends whatever sessions the cookies of a request name; the ones that were still good, with what they held to the last. */
export async function endSessions(
  request: Request,
  { sessions, site }: Pick<Gateway, "sessions" | "site">,
): Promise<LiveSession[]> {
  const ended: LiveSession[] = [];
  for (const id of readSessionCookies(request.headers.get("Cookie"), site)) {
    const session = await sessions.find(id);
    const held = await sessions.end(sha256Hex(id));
    // Tokens may have been replaced since it was found.
    if (session !== undefined && held !== undefined) ended.push({ ...session, ...held });
  }
  return ended;
}

/** A token as a session may hold it, and whose it is. Throws what the cluster says to it. */
export async function provenToken(
  { service }: ClusterEntry,
  managementToken: string,
  signal: AbortSignal,
): Promise<{ credential: ManagementToken; actor: Actor }> {
  const credential: ManagementToken = { kind: "management_token", secret: managementToken.trim() };
  const actor = await service.authenticate(credential);
  await service.check({ credential, actor, signal });
  return { credential, actor };
}

/** Ten attempts a minute and address that are refused; others do not count. Throws 429. */
export async function limitSignIns<Result>(
  { limits }: Pick<Gateway, "limits">,
  { clientAddress }: { clientAddress: string },
  attempt: () => Promise<Result>,
): Promise<Result> {
  // Counted before the check, so that many attempts at once are many attempts.
  const wait = limits.signIn.take(clientAddress);
  if (wait > 0) {
    const message = "Too many failed sign-ins from this address. Wait a moment.";
    throw new ApiError(429, "rate_limited", message, { retryAfter: wait });
  }
  try {
    const result = await attempt();
    limits.signIn.giveBack(clientAddress);
    return result;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) limits.signIn.giveBack(clientAddress);
    throw error;
  }
}
