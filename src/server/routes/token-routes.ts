import * as z from "zod/mini";
import { activitySchema } from "#contract/activity.ts";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { ACCEPT_CHANGES_HEADER, CHANGES_STATUS, TOKEN_CHANGES } from "#contract/list-changes.ts";
import { PREFER_HEADER, SHORT_ROWS } from "#contract/short-rows.ts";
import { suspensionSchema } from "#contract/suspension.ts";
import {
  createdTokenSchema,
  createTokenSchema,
  tokenSchema,
  updateTokenSchema,
} from "#contract/token-schema.ts";
import { listPartSchema } from "#contract/token-columns-schema.ts";
import { TOKEN_COLUMNS } from "#contract/token-columns.ts";
import type { Token } from "#contract/token.ts";
import { recorded } from "#server/activity/recorded.ts";
import { ApiError } from "#server/api-error.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Gateway } from "#server/gateway.ts";
import { tokenEntityTag } from "#server/services/entity-tag.ts";
import { clusterScopes } from "./cluster-scope.ts";
import { tokenIdParam } from "./ids.ts";
import { listAnswer, listRequest } from "./list-answer.ts";
import { type Call, callContext, clusterOf, type Route, route, routeWithBody } from "./route.ts";

const tag = "Database tokens";

export function tokenRoutes(gateway: Gateway): Route[] {
  const { activity, clusters, log } = gateway;

  const subject = ({ cluster }: ClusterEntry) => ({
    accountId: cluster.accountId,
    clusterId: cluster.clusterId,
    kind: "database" as const,
  });
  /** Of a deed to a token that is there: which one, and how it is before. */
  const known = (call: Call, on: ClusterEntry, id: string) => ({
    ...subject(on),
    tokenId: id,
    before: () => on.service.getToken(callContext(call), id),
  });
  const ifMatchOf = (call: Call) => call.request.headers.get("If-Match") ?? undefined;
  const changed = (token: Token, shown: Token) => ({
    status: 200,
    body: shown,
    headers: { ETag: tokenEntityTag(token) },
    objectId: token.id,
  });

  return clusterScopes(clusters).flatMap(({ prefix, name, cluster, rowForm, show }) => [
    route({
      method: "GET",
      path: `${prefix}/tokens`,
      summary: `List the database tokens ${name}, inactive ones included`,
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      answer: {
        status: 200,
        schema: z.array(tokenSchema),
        description: "All database tokens",
        otherForms: { [TOKEN_COLUMNS]: z.array(listPartSchema) },
      },
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
        [PREFER_HEADER]: `\`${SHORT_ROWS}\`: rows without \`accountId\` and \`clusterId\`. Tokenward's own addition.`,
      },
      problems: [],
      handle: async (call) => {
        const request = listRequest(call, rowForm);
        return listAnswer(call, log, await clusterOf(call).service.readTokenList(callContext(call), request));
      },
    }),
    routeWithBody({
      method: "POST",
      path: `${prefix}/tokens`,
      summary: `Create a database token ${name}`,
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      request: createTokenSchema,
      answer: {
        status: 200,
        schema: createdTokenSchema,
        description: "The token with its secret, this once",
      },
      problems: [409],
      handle: async (call, wanted) => {
        const on = clusterOf(call);
        if (wanted.organizationId !== undefined && !on.cluster.hasOwners) {
          const message = "organizationId: tokens of this cluster belong to no organization.";
          throw new ApiError(400, "invalid_request", message, { field: "organizationId" });
        }
        const token = await recorded(gateway, call, {
          ...subject(on),
          action: "create",
          wanted,
          act: () => on.service.createToken(callContext(call), wanted, call.proposedId),
          after: (made) => made,
        });
        return { status: 200, body: show(token), objectId: token.id, holdsSecret: true };
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Get a database token; the ETag is what an update may ask for with If-Match",
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      answer: { status: 200, schema: tokenSchema, description: "The token" },
      problems: [],
      handle: async (call) => {
        const { service } = clusterOf(call);
        const token = await service.getToken(callContext(call), tokenIdParam(call));
        return { status: 200, body: show(token), headers: { ETag: tokenEntityTag(token) } };
      },
    }),
    routeWithBody({
      method: "PATCH",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Update a database token; permissions replace the whole set",
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      wantsIfMatch: true,
      request: updateTokenSchema,
      answer: { status: 200, schema: tokenSchema, description: "The token after the update" },
      problems: [409, 412],
      handle: async (call, update) => {
        const on = clusterOf(call);
        const id = tokenIdParam(call);
        const token = await recorded(gateway, call, {
          ...known(call, on, id),
          action: "update",
          wanted: update,
          act: () => on.service.updateToken(callContext(call), id, update, ifMatchOf(call)),
          after: (updated) => updated,
        });
        return changed(token, show(token));
      },
    }),
    route({
      method: "DELETE",
      path: `${prefix}/tokens/:tokenId`,
      summary: "Revoke a database token, at once and for good",
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      answer: { status: 204, description: "Revoked" },
      problems: [],
      handle: async (call) => {
        const on = clusterOf(call);
        const id = tokenIdParam(call);
        await recorded(gateway, call, {
          ...known(call, on, id),
          action: "revoke",
          act: () => on.service.revokeToken(callContext(call), id),
        });
        return { status: 204, objectId: id };
      },
    }),
    route({
      method: "POST",
      path: `${prefix}/tokens/:tokenId/suspension`,
      summary: "Suspend a database token: it keeps no permissions, until it is restored",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      wantsIfMatch: true,
      answer: { status: 200, schema: tokenSchema, description: "The token, now without permissions" },
      problems: [409, 412],
      handle: async (call) => {
        const on = clusterOf(call);
        const id = tokenIdParam(call);
        const token = await recorded(gateway, call, {
          ...known(call, on, id),
          action: "suspend",
          act: () => on.service.suspendToken(callContext(call), id, ifMatchOf(call)),
          after: (suspended) => suspended,
        });
        return changed(token, show(token));
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/tokens/:tokenId/suspension`,
      summary:
        "What is kept of a suspended database token; the ETag is what restoring it asks for with If-Match",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      answer: {
        status: 200,
        schema: suspensionSchema,
        description: "Since when, by whom, and the permissions",
      },
      problems: [409],
      handle: async (call) => {
        const { service } = clusterOf(call);
        const kept = await service.getSuspension(callContext(call), tokenIdParam(call));
        return { status: 200, body: kept.suspension, headers: { ETag: kept.tag } };
      },
    }),
    route({
      method: "DELETE",
      path: `${prefix}/tokens/:tokenId/suspension`,
      summary: "Restore a suspended database token: its kept permissions replace those that it has",
      tag,
      access: "caller",
      cluster,
      isAddition: true,
      wantsIfMatch: true,
      answer: { status: 200, schema: tokenSchema, description: "The token with its permissions back" },
      problems: [409, 412],
      handle: async (call) => {
        const on = clusterOf(call);
        const id = tokenIdParam(call);
        const token = await recorded(gateway, call, {
          ...known(call, on, id),
          action: "restore",
          act: () => on.service.restoreToken(callContext(call), id, ifMatchOf(call)),
          after: (restored) => restored,
        });
        return changed(token, show(token));
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/tokens/:tokenId/history`,
      summary: "What was done to a database token through this gateway, newest first, 500 at most",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isDeeds: true,
      isAddition: true,
      answer: { status: 200, schema: z.array(activitySchema), description: "The recorded history" },
      problems: [],
      handle: async (call) => {
        const token_id = tokenIdParam(call);
        const { accountId: account_id, clusterId: cluster_id } = clusterOf(call).cluster;
        return {
          status: 200,
          body: await activity.history({ account_id, cluster_id, kind: "database", token_id }),
        };
      },
    }),
  ]);
}
