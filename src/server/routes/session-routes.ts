import { sessionSchema, type SignIn, signInSchema } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import { sha256Hex } from "#server/sealing.ts";
import type { Credential } from "#server/services/token-service.ts";
import { identifySession, requireCaller } from "#server/session/caller.ts";
import { expiredSessionCookie, readSessionCookies, sessionCookie } from "#server/session/cookie.ts";
import { currentSession } from "#server/session/current-session.ts";
import { describeSession } from "#server/session/session-store.ts";
import { spendSignInCode } from "#server/session/sign-in-codes.ts";
import { type Call, type Route, route, routeWithBody } from "./route.ts";

const tag = "Session";

export function sessionRoutes(gateway: Gateway): Route[] {
  const { site, sessions, clusters, clock, limits } = gateway;
  const { service } = clusters.main;
  const sources = { site, sessions, service };

  /** Ends whatever sessions the cookies of this request name. */
  async function endSession(call: Call): Promise<void> {
    for (const id of readSessionCookies(call.request.headers.get("Cookie"), site)) {
      await sessions.end(sha256Hex(id));
    }
  }

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
      handle: async (call) => ({ status: 200, body: await currentSession(call.request, sources, clock) }),
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
      problems: [],
      handle: async (call, signIn) => {
        // Counted before the check, so that many attempts at once are many attempts.
        const wait = limits.signIn.take(call.clientAddress);
        if (wait > 0) {
          const message = "Too many failed sign-ins from this address. Wait a moment.";
          throw new ApiError(429, "rate_limited", message, { retryAfter: wait });
        }
        let credential: Credential;
        try {
          credential = await credentialFor(signIn, gateway);
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 401)
            limits.signIn.giveBack(call.clientAddress);
          throw error;
        }
        limits.signIn.giveBack(call.clientAddress);
        const actor = await service.authenticate(credential);
        await endSession(call);
        const { id, session } = await sessions.start(credential, actor);
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
      answer: { status: 204, description: "Signed out" },
      problems: [],
      handle: async (call) => {
        await endSession(call);
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
        const { session } = requireCaller(await identifySession(call.request, sources));
        if (session === undefined) throw new ApiError(401, "not_signed_in", "Nobody is signed in.");
        return { status: 200, body: describeSession(await sessions.keepAwake(session), clock()) };
      },
    }),
  ];
}

async function credentialFor(signIn: SignIn, { db, clock, clusters }: Gateway): Promise<Credential> {
  switch (signIn.method) {
    case "link": {
      if (await spendSignInCode(db, clock, signIn.code)) return { kind: "operator" };
      const message = "This sign-in link has expired or was used before.";
      throw new ApiError(401, "credential_refused", message);
    }
    case "management_token": {
      const credential: Credential = { kind: "management_token", secret: signIn.managementToken.trim() };
      await clusters.main.service.authenticate(credential);
      return credential;
    }
  }
}
