import {
  oidcAnswerSchema,
  oidcSignedInSchema,
  oidcStartedSchema,
  oidcStartSchema,
} from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import { FLOW_LIFE } from "#server/oidc/sign-in-flows.ts";
import { checkReturnPath } from "#server/oidc/return-path.ts";
import type { Oidc } from "#server/oidc/oidc.ts";
import { refused } from "#server/oidc/provider-problems.ts";
import { readSignInCookie, sessionCookie, signInCookie } from "#server/session/cookie.ts";
import { describeSession } from "#server/session/session-store.ts";
import { endSessions, limitSignIns } from "#server/session/sign-in.ts";
import { type Route, routeWithBody } from "./route.ts";

const tag = "Session";

/**
 * Signing in at the identity provider. It sends the browser back to the sign-in page, whose query that page posts here: no
 * GET changes anything, and the cookies of the session are set for a request of our own page.
 */
export function oidcRoutes(gateway: Gateway): Route[] {
  const { site, sessions, clock, limits, random } = gateway;
  const needed = (): Oidc => {
    if (gateway.oidc !== undefined) return gateway.oidc;
    throw new ApiError(404, "not_found", "This gateway takes nobody from an identity provider.");
  };

  return [
    routeWithBody({
      method: "POST",
      path: "/api/session/oidc",
      summary: "Begin to sign in at the identity provider",
      tag,
      access: "own_page",
      isAddition: true,
      request: oidcStartSchema,
      answer: {
        status: 200,
        schema: oidcStartedSchema,
        description: "Where the browser goes now; a cookie for the way back comes along",
      },
      problems: [401, 404, 502, 504],
      handle: async ({ request, clientAddress }, { returnTo }) => {
        const { provider, flows, name } = needed();
        const wait = limits.signInStarts.take(clientAddress);
        if (wait > 0) {
          const message = "Too many sign-ins were begun from this address. Wait a moment.";
          throw new ApiError(429, "rate_limited", message, { retryAfter: wait });
        }
        const origin = request.headers.get("Origin");
        if (origin !== null && origin !== site.publicUrl) {
          // The way back leads there, where this browser's cookies are other ones.
          const message = `Open Tokenward at ${site.publicUrl} to sign in with ${name}.`;
          throw new ApiError(400, "invalid_request", message);
        }
        const path = returnTo === undefined ? undefined : checkReturnPath(returnTo, site);
        const browser =
          readSignInCookie(request.headers.get("Cookie"), site) ?? random(32).toString("base64url");
        const flow = await flows.begin(browser, path);
        return {
          status: 200,
          body: { authorizationUrl: await provider.authorizationUrl(flow) },
          headers: { "Set-Cookie": signInCookie(browser, FLOW_LIFE / 1000, site) },
        };
      },
    }),
    routeWithBody({
      method: "POST",
      path: "/api/session/oidc/answer",
      summary: "Sign in with what the identity provider sent the browser back with; works once",
      tag,
      access: "own_page",
      isAddition: true,
      request: oidcAnswerSchema,
      answer: {
        status: 200,
        schema: oidcSignedInSchema,
        description: "The new session, whose cookie comes along, and where to go on",
      },
      problems: [401, 404, 502, 504],
      handle: async (call, { query }) => {
        const { provider, flows, key, subjectOf } = needed();
        const { tokens, label, returnTo } = await limitSignIns(gateway, call, async () => {
          const browser = readSignInCookie(call.request.headers.get("Cookie"), site);
          const state = new URLSearchParams(query).get("state");
          const flow =
            browser === undefined || state === null ? undefined : await flows.finish(browser, state);
          if (flow === undefined) {
            throw refused(
              "This sign-in was not begun in this browser, took longer than 10 minutes, or was finished before. Begin again.",
            );
          }
          return { ...(await provider.redeem(query, flow)), returnTo: flow.returnTo };
        });
        await endSessions(call.request, gateway);
        const { id, session } = await sessions.start(
          { primary: key, credentials: new Map(), oidc: tokens },
          { kind: "oidc", label, subject: subjectOf(tokens.sub) },
        );
        return {
          status: 200,
          body: {
            session: describeSession(session, clock()),
            ...(returnTo === undefined ? {} : { returnTo }),
          },
          headers: { "Set-Cookie": sessionCookie(id, site) },
        };
      },
    }),
  ];
}
