import type { Session } from "#contract/session.ts";
import type { Gateway } from "#server/gateway.ts";
import { identifySession } from "./caller.ts";
import { describeSession } from "./session-store.ts";

/** The session of a request's cookie, or that there is none. Does not keep it awake. */
export async function currentSession(request: Request, gateway: Gateway): Promise<Session> {
  const result = await identifySession(request, gateway);
  const session = result.state === "known" ? result.caller.session : undefined;
  return session === undefined ? signedOut(gateway) : describeSession(session, gateway.clock());
}

/** Nobody is signed in, and how somebody may. */
export function signedOut({ oidc }: Pick<Gateway, "oidc">): Session {
  return { signedIn: false, ...(oidc === undefined ? {} : { oidc: { name: oidc.name } }) };
}
