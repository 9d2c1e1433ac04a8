import * as z from "zod/mini";
import {
  createdManagementTokenSchema,
  createManagementTokenSchema,
  managementTokenSchema,
} from "#contract/management-token.ts";
import type { Gateway } from "#server/gateway.ts";
import { uuidParam } from "./ids.ts";
import { smallListAnswer } from "./list-answer.ts";
import { callContext, param, type Call, type Route, route, routeWithBody } from "./route.ts";

const tag = "Management tokens";

/** No vendor documents these calls; the paths and shapes are our own. */
export function managementTokenRoutes({ clusters }: Gateway): Route[] {
  const prefix = "/api/v0/accounts/:accountId/management-tokens";
  const service = (call: Call) => clusters.findAccount(param(call, "accountId")).service;
  return [
    route({
      method: "GET",
      path: prefix,
      summary: "List the management tokens of an account, inactive ones included",
      tag,
      access: "caller",
      isAddition: true,
      answer: { status: 200, schema: z.array(managementTokenSchema), description: "All management tokens" },
      otherAnswers: [{ status: 304, description: "The list is still the one that the caller holds" }],
      requestHeaders: { "If-None-Match": "The ETag of the list that the caller holds." },
      problems: [],
      handle: async (call) =>
        smallListAnswer(call, await service(call).listManagementTokens(callContext(call))),
    }),
    routeWithBody({
      method: "POST",
      path: prefix,
      summary: "Create a management token",
      tag,
      access: "caller",
      isAddition: true,
      request: createManagementTokenSchema,
      answer: {
        status: 200,
        schema: createdManagementTokenSchema,
        description: "The management token with its secret, this once",
      },
      problems: [],
      handle: async (call, wanted) => {
        const token = await service(call).createManagementToken(callContext(call), wanted);
        return { status: 200, body: token, objectId: token.id, holdsSecret: true };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/:tokenId`,
      summary: "Get a management token",
      tag,
      access: "caller",
      isAddition: true,
      answer: { status: 200, schema: managementTokenSchema, description: "The management token" },
      problems: [],
      handle: async (call) => ({
        status: 200,
        body: await service(call).getManagementToken(callContext(call), uuidParam(call, "tokenId")),
      }),
    }),
    route({
      method: "DELETE",
      path: `${prefix}/:tokenId`,
      summary: "Revoke a management token, at once and for good",
      tag,
      access: "caller",
      isAddition: true,
      answer: { status: 204, description: "Revoked" },
      problems: [409],
      handle: async (call) => {
        const id = uuidParam(call, "tokenId");
        await service(call).revokeManagementToken(callContext(call), id);
        return { status: 204, objectId: id };
      },
    }),
  ];
}
