import type { Session } from "#contract/session.ts";
import type { Clock } from "#server/clock.ts";
import { type CallerSources, identifySession } from "./caller.ts";
import { describeSession } from "./session-store.ts";

/** The session of a request's cookie, or that there is none. Does not keep it awake. */
export async function currentSession(
  request: Request,
  sources: CallerSources,
  clock: Clock,
): Promise<Session> {
  const result = await identifySession(request, sources);
  const session = result.state === "known" ? result.caller.session : undefined;
  return session === undefined ? { signedIn: false } : describeSession(session, clock());
}
