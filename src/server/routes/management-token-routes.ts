import * as z from "zod/mini";
import { activitySchema } from "#contract/activity.ts";
import {
  createdManagementTokenSchema,
  createManagementTokenSchema,
  managementTokenSchema,
} from "#contract/management-token.ts";
import { recorded } from "#server/activity/recorded.ts";
import type { Gateway } from "#server/gateway.ts";
import { tokenIdParam } from "./ids.ts";
import { smallListAnswer } from "./list-answer.ts";
import { callContext, clusterOf, type Call, type Route, route, routeWithBody } from "./route.ts";

const tag = "Management tokens";

/** No vendor documents these calls; the paths and shapes are our own. */
export function managementTokenRoutes(gateway: Gateway): Route[] {
  const { activity, clusters } = gateway;
  const prefix = "/api/v0/accounts/:accountId/management-tokens";
  const cluster: Route["cluster"] = ({ accountId = "" }, isPreferred) =>
    clusters.findAccount(accountId, isPreferred);
  const service = (call: Call) => clusterOf(call).service;
  const subject = (call: Call) => ({
    accountId: clusterOf(call).cluster.accountId,
    kind: "management" as const,
  });
  return [
    route({
      method: "GET",
      path: prefix,
      summary: "List the management tokens of an account, inactive ones included",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      answer: { status: 200, schema: z.array(managementTokenSchema), description: "All management tokens" },
      otherAnswers: [{ status: 304, description: "The list is still the one that the caller holds" }],
      requestHeaders: { "If-None-Match": "The ETag of the list that the caller holds." },
      problems: [409],
      handle: async (call) =>
        smallListAnswer(call, await service(call).listManagementTokens(callContext(call))),
    }),
    routeWithBody({
      method: "POST",
      path: prefix,
      summary: "Create a management token",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      request: createManagementTokenSchema,
      answer: {
        status: 200,
        schema: createdManagementTokenSchema,
        description: "The management token with its secret, this once",
      },
      problems: [],
      handle: async (call, wanted) => {
        const token = await recorded(gateway, call, {
          ...subject(call),
          action: "create",
          wanted: { description: wanted.description },
          act: () => service(call).createManagementToken(callContext(call), wanted, call.proposedId),
          after: ({ id, description }) => ({ id, description }),
        });
        return { status: 200, body: token, objectId: token.id, holdsSecret: true };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/:tokenId`,
      summary: "Get a management token",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      answer: { status: 200, schema: managementTokenSchema, description: "The management token" },
      problems: [409],
      handle: async (call) => ({
        status: 200,
        body: await service(call).getManagementToken(callContext(call), tokenIdParam(call)),
      }),
    }),
    route({
      method: "DELETE",
      path: `${prefix}/:tokenId`,
      summary: "Revoke a management token, at once and for good",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      answer: { status: 204, description: "Revoked" },
      problems: [409],
      handle: async (call) => {
        const id = tokenIdParam(call);
        await recorded(gateway, call, {
          ...subject(call),
          action: "revoke",
          tokenId: id,
          before: async () => {
            const { description } = await service(call).getManagementToken(callContext(call), id);
            return { description };
          },
          act: () => service(call).revokeManagementToken(callContext(call), id),
        });
        return { status: 204, objectId: id };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/:tokenId/history`,
      summary: "What was done to a management token through this gateway, newest first, 500 at most",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isDeeds: true,
      isAddition: true,
      answer: { status: 200, schema: z.array(activitySchema), description: "The recorded history" },
      problems: [],
      handle: async (call) => ({
        status: 200,
        body: await activity.history({
          account_id: clusterOf(call).cluster.accountId,
          cluster_id: null,
          kind: "management",
          token_id: tokenIdParam(call),
        }),
      }),
    }),
  ];
}
