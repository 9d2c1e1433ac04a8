import * as z from "zod/mini";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { ACCEPT_CHANGES_HEADER, CHANGES_STATUS, TOKEN_CHANGES } from "#contract/list-changes.ts";
import {
  createdTokenSchema,
  createTokenSchema,
  tokenSchema,
  updateTokenSchema,
} from "#contract/token-schema.ts";
import type { Gateway } from "#server/gateway.ts";
import { tokenEntityTag } from "#server/services/entity-tag.ts";
import { clusterScopes } from "./cluster-scope.ts";
import { uuidParam } from "./ids.ts";
import { heldList, listAnswer } from "./list-answer.ts";
import { callContext, type Route, route, routeWithBody } from "./route.ts";

const tag = "Database tokens";

export function tokenRoutes({ clusters, log }: Gateway): Route[] {
  return clusterScopes(clusters).flatMap(({ prefix, name, entry, rowForm, show }) => [
    route({
      method: "GET",
      path: `${prefix}/tokens`,
      summary: `List the database tokens ${name}, inactive ones included`,
      tag,
      access: "caller",
      isAddition: false,
      answer: { status: 200, schema: z.array(tokenSchema), description: "All database tokens" },
      otherAnswers: [
        { status: 304, description: "The list is still the one that the caller holds" },
        {
          status: CHANGES_STATUS,
          schema: tokenChangesSchema,
          description: "What changed since the list that the caller holds, which Delta-Base names",
        },
      ],
      requestHeaders: {
        "If-None-Match": "The ETag of the list that the caller holds.",
        [ACCEPT_CHANGES_HEADER]: `\`${TOKEN_CHANGES}\`: what changed since that list will do. Tokenward's own addition.`,
      },
      problems: [],
      handle: async (call) => {
        const request = { form: rowForm, ...heldList(call) };
        return listAnswer(call, log, await entry(call).service.readTokenList(callContext(call), request));
      },
    }),
    routeWithBody({
      method: "POST",
      path: `${prefix}/tokens`,
      summary: `Create a database token ${name}`,
      tag,
      access: "caller",
      isAddition: false,
      request: createTokenSchema,
      answer: {
        status: 200,
        schema: createdTokenSchema,
        description: "The token with its secret, this once",
      },
      problems: [409],
      handle: async (call, wanted) => {
        const token = await entry(call).service.createToken(callContext(call), wanted);
        return { status: 200, body: show(token), objectId: token.id, holdsSecret: true };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Get a database token; the ETag is what an update may ask for with If-Match",
      tag,
      access: "caller",
      isAddition: false,
      answer: { status: 200, schema: tokenSchema, description: "The token" },
      problems: [],
      handle: async (call) => {
        const { service } = entry(call);
        const token = await service.getToken(callContext(call), uuidParam(call, "tokenId"));
        return { status: 200, body: show(token), headers: { ETag: tokenEntityTag(token) } };
      },
    }),
    routeWithBody({
      method: "PATCH",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Update a database token; permissions replace the whole set",
      tag,
      access: "caller",
      isAddition: false,
      wantsIfMatch: true,
      request: updateTokenSchema,
      answer: { status: 200, schema: tokenSchema, description: "The token after the update" },
      problems: [409, 412],
      handle: async (call, update) => {
        const { service } = entry(call);
        const ifMatch = call.request.headers.get("If-Match") ?? undefined;
        const id = uuidParam(call, "tokenId");
        const token = await service.updateToken(callContext(call), id, update, ifMatch);
        return {
          status: 200,
          body: show(token),
          headers: { ETag: tokenEntityTag(token) },
          objectId: token.id,
        };
      },
    }),
    route({
      method: "DELETE",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Revoke a database token, at once and for good",
      tag,
      access: "caller",
      isAddition: false,
      answer: { status: 204, description: "Revoked" },
      problems: [],
      handle: async (call) => {
        const id = uuidParam(call, "tokenId");
        await entry(call).service.revokeToken(callContext(call), id);
        return { status: 204, objectId: id };
      },
    }),
  ]);
}
