import * as z from "zod/mini";
import {
  MOST_OPEN_RUNS,
  revokeRunSchema,
  revokeRunSummarySchema,
  startRevokeRunSchema,
  type RevokeRun,
} from "#contract/revoke-run.ts";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import { createRevokeRunStore, keyClash, type RunOwner } from "#server/revoke-runs/revoke-run-store.ts";
import { actorIdentity } from "#server/session/caller.ts";
import { clusterOfSlug } from "./cluster-scope.ts";
import { uuidParam } from "./ids.ts";
import { type Call, callActor, clusterOf, type Route, route, routeWithBody } from "./route.ts";

const tag = "Revoke runs";

/** As many tokens as a run may have, with ids of 36 and descriptions of 200 characters in any script, take 6.7 MB. */
const RUN_BODY_LIMIT = 8_000_000;

/** A run is a record: the browser sends each DELETE itself, with the key that revokeRunKey makes. */
export function revokeRunRoutes(gateway: Gateway): Route[] {
  const { clusters } = gateway;
  const cluster = clusterOfSlug(clusters);
  const prefix = "/api/clusters/:slug/revoke-runs";
  const store = createRevokeRunStore(gateway);
  const ownerOf = (call: Call): RunOwner => ({
    clusterId: clusterOf(call).cluster.clusterId,
    actor: actorIdentity(callActor(call)),
  });
  const found = (run: RevokeRun | undefined): RevokeRun => {
    if (run === undefined) throw new ApiError(404, "not_found", "You have no such run of the last 24 hours.");
    return run;
  };
  return [
    route({
      method: "GET",
      path: prefix,
      summary: "The caller's own revoke runs of the last 24 hours that were not ended, newest first",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      answer: {
        status: 200,
        schema: z.array(revokeRunSummarySchema),
        description: "Runs without their tokens",
      },
      problems: [],
      handle: async (call) => ({ status: 200, body: await store.list(ownerOf(call)) }),
    }),
    routeWithBody({
      method: "POST",
      path: prefix,
      summary: "Record which tokens are about to be revoked; revokes nothing",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      bodyLimit: RUN_BODY_LIMIT,
      request: startRevokeRunSchema,
      answer: { status: 200, schema: revokeRunSummarySchema, description: "The run, without its tokens" },
      problems: [409],
      handle: async (call, wanted) => {
        const clash = keyClash(wanted.tokens);
        if (clash !== undefined) {
          const field = `tokens[${clash[1]}].tokenId`;
          const message = `${field} cannot be told apart from that of tokens[${clash[0]}].`;
          throw new ApiError(400, "invalid_request", message, { field });
        }
        const run = await store.start(ownerOf(call), callActor(call).label, wanted);
        if (run === undefined) {
          const message = `You have ${MOST_OPEN_RUNS} runs that are not ended. End one of them before you start another.`;
          throw new ApiError(409, "conflict", message);
        }
        return { status: 200, body: run, objectId: run.id };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/:runId`,
      summary: "A revoke run with what is known of each of its tokens",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      answer: { status: 200, schema: revokeRunSchema, description: "The run" },
      problems: [],
      handle: async (call) => ({
        status: 200,
        body: found(await store.find(ownerOf(call), uuidParam(call, "runId"))),
      }),
    }),
    route({
      method: "POST",
      path: `${prefix}/:runId/end`,
      summary: "Say that a revoke run is over; the first time holds",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      isRepeatable: true,
      answer: { status: 200, schema: revokeRunSchema, description: "The run" },
      problems: [],
      handle: async (call) => ({
        status: 200,
        body: found(await store.end(ownerOf(call), uuidParam(call, "runId"))),
      }),
    }),
  ];
}
