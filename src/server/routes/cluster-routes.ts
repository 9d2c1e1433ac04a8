import * as z from "zod/mini";
import { clusterCredentialSchema, clusterSchema, clusterStateSchema } from "#contract/cluster.ts";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import { identifySession, requireCaller, sessionCaller } from "#server/session/caller.ts";
import { clusterAccess, describeCluster, describeClusters } from "#server/session/cluster-access.ts";
import { clusterState } from "#server/session/cluster-state.ts";
import type { LiveSession } from "#server/session/session-store.ts";
import { limitSignIns, provenToken } from "#server/session/sign-in.ts";
import { clusterOfSlug } from "./cluster-scope.ts";
import { type Call, callContext, clusterOf, param, type Route, route, routeWithBody } from "./route.ts";

const tag = "Clusters";

export function clusterRoutes(gateway: Gateway): Route[] {
  const { clusters, sessions } = gateway;
  const callerOf = ({ caller }: Call) => {
    if (caller === undefined) throw new ApiError(500, "internal", "A route was reached without its caller.");
    return caller;
  };
  /** The session whose credentials are changed: by a person, hence it is kept awake. */
  async function ownSession(call: Call): Promise<LiveSession> {
    const { session } = requireCaller(await identifySession(call.request, gateway));
    if (session === undefined) throw new ApiError(401, "not_signed_in", "Nobody is signed in.");
    return sessions.keepAwake(session);
  }
  const ended = () => new ApiError(401, "session_ended", "The session has ended. Sign in again.");

  return [
    route({
      method: "GET",
      path: "/api/clusters",
      summary: "The clusters behind this gateway, what each can do, and whether the caller may ask it",
      tag,
      access: "caller",
      isAddition: true,
      answer: { status: 200, schema: z.array(clusterSchema), description: "All clusters" },
      problems: [],
      handle: async (call) => ({ status: 200, body: describeClusters(clusters, callerOf(call)) }),
    }),
    route({
      method: "GET",
      path: "/api/clusters/:slug/state",
      summary: "Whether a cluster can be reached and takes the caller's credential; asks it",
      tag,
      access: "caller",
      cluster: clusterOfSlug(clusters),
      needsNoCredential: true,
      isAddition: true,
      answer: { status: 200, schema: clusterStateSchema, description: "What the cluster said just now" },
      problems: [],
      handle: async (call) => {
        const access = clusterAccess(clusterOf(call), callerOf(call));
        if (access.state !== "ready") return { status: 200, body: access };
        return { status: 200, body: await clusterState(clusterOf(call).service, callContext(call)) };
      },
    }),
    routeWithBody({
      method: "POST",
      path: "/api/clusters/:slug/credential",
      summary:
        "Give the session a token of a cluster, in place of what it has for it; the cluster is asked first",
      tag,
      access: "own_page",
      isAddition: true,
      request: clusterCredentialSchema,
      answer: {
        status: 200,
        schema: clusterSchema,
        description: "The cluster, which the session may ask now",
      },
      problems: [401, 404, 502, 504],
      handle: async (call, { managementToken }) => {
        const session = await ownSession(call);
        const entry = clusters.findSlug(param(call, "slug"));
        const { credential } = await limitSignIns(gateway, call, () =>
          provenToken(entry, managementToken, call.signal),
        );
        const changed = await sessions.setCredential(session, entry.key, credential);
        if (changed === undefined) throw ended();
        return { status: 200, body: describeCluster(entry, sessionCaller(changed, undefined)) };
      },
    }),
    route({
      method: "DELETE",
      path: "/api/clusters/:slug/credential",
      summary: "Forget what the session has for a cluster; no error when that is nothing",
      tag,
      access: "own_page",
      isAddition: true,
      answer: { status: 204, description: "The session has no credential for the cluster" },
      problems: [401, 404, 409],
      handle: async (call) => {
        const session = await ownSession(call);
        const { key } = clusters.findSlug(param(call, "slug"));
        if (session.actor.kind === "management_token" && session.primary === key) {
          const message = "This session was signed in with that token: sign out to end both.";
          throw new ApiError(409, "conflict", message);
        }
        if ((await sessions.setCredential(session, key, undefined)) === undefined) throw ended();
        return { status: 204 };
      },
    }),
  ];
}
