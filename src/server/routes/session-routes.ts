import { type Actor, sessionSchema, type SignIn, signInSchema } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { LentCredential } from "#server/clusters.ts";
import type { Gateway } from "#server/gateway.ts";
import { OPERATOR } from "#server/services/operator.ts";
import { identifySession, requireCaller } from "#server/session/caller.ts";
import { expiredSessionCookie, sessionCookie } from "#server/session/cookie.ts";
import { currentSession } from "#server/session/current-session.ts";
import { describeSession, type HeldCredentials } from "#server/session/session-store.ts";
import { endSessions, limitSignIns, provenToken } from "#server/session/sign-in.ts";
import { spendSignInCode } from "#server/session/sign-in-codes.ts";
import { type Route, route, routeWithBody } from "./route.ts";

const tag = "Session";

export function sessionRoutes(gateway: Gateway): Route[] {
  const { site, sessions, clock } = gateway;

  return [
    route({
      method: "GET",
      path: "/api/session",
      summary: "Who is signed in; answers 200 also when nobody is, and does not keep a session awake",
      tag,
      access: "anyone",
      isAddition: true,
      answer: { status: 200, schema: sessionSchema, description: "The session, or that there is none" },
      problems: [],
      handle: async (call) => ({ status: 200, body: await currentSession(call.request, gateway) }),
    }),
    routeWithBody({
      method: "POST",
      path: "/api/session",
      summary: "Sign in with a one-time code or a management token",
      tag,
      access: "own_page",
      isAddition: true,
      request: signInSchema,
      answer: { status: 200, schema: sessionSchema, description: "The new session; its cookie comes along" },
      problems: [404, 502, 504],
      handle: async (call, signIn) => {
        const { held, actor } = await limitSignIns(gateway, call, () =>
          startOf(signIn, gateway, call.signal),
        );
        await endSessions(call.request, gateway);
        const { id, session } = await sessions.start(held, actor);
        return {
          status: 200,
          body: describeSession(session, clock()),
          headers: { "Set-Cookie": sessionCookie(id, site) },
        };
      },
    }),
    route({
      method: "DELETE",
      path: "/api/session",
      summary: "Sign out: ends the session on the server",
      tag,
      access: "own_page",
      isAddition: true,
      isNeverShed: true,
      answer: { status: 204, description: "Signed out" },
      problems: [],
      handle: async (call) => {
        const ended = await endSessions(call.request, gateway);
        // Nobody waits for that: here nothing of them is left.
        for (const { primary, oidc } of ended) {
          // Another provider's tokens are none of this one's business.
          if (oidc !== undefined && primary === gateway.oidc?.key) void gateway.oidc.provider.forget(oidc);
        }
        return {
          status: 204,
          headers: {
            "Set-Cookie": expiredSessionCookie(site),
            // Never "cookies": that would sign people out of other applications on the same host.
            "Clear-Site-Data": '"cache", "storage"',
          },
        };
      },
    }),
    route({
      method: "POST",
      path: "/api/session/renewal",
      summary: "Stay signed in: the idle time starts anew",
      tag,
      access: "own_page",
      isAddition: true,
      answer: { status: 200, schema: sessionSchema, description: "The session" },
      problems: [401],
      handle: async (call) => {
        const { session } = requireCaller(await identifySession(call.request, gateway));
        if (session === undefined) throw new ApiError(401, "not_signed_in", "Nobody is signed in.");
        return { status: 200, body: describeSession(await sessions.keepAwake(session), clock()) };
      },
    }),
  ];
}

/** What a session begins with. */
interface SessionStart {
  held: HeldCredentials;
  actor: Actor;
}

async function startOf(signIn: SignIn, gateway: Gateway, signal: AbortSignal): Promise<SessionStart> {
  const { db, clock, clusters } = gateway;
  switch (signIn.method) {
    case "link": {
      if (!(await spendSignInCode(db, clock, signIn.code))) {
        const message = "This sign-in link has expired or was used before.";
        throw new ApiError(401, "credential_refused", message);
      }
      const credentials = new Map<string, LentCredential>();
      for (const { key, link } of clusters.entries) {
        if ("credential" in link) credentials.set(key, link.credential);
      }
      const own = clusters.entries.find(({ key }) => credentials.get(key)?.kind === "operator");
      return { held: { primary: (own ?? clusters.main).key, credentials }, actor: OPERATOR };
    }
    case "management_token": {
      const entry = signIn.cluster === undefined ? clusters.main : clusters.findSlug(signIn.cluster);
      const { credential, actor } = await provenToken(entry, signIn.managementToken, signal);
      return { held: { primary: entry.key, credentials: new Map([[entry.key, credential]]) }, actor };
    }
  }
}
