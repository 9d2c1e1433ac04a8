import * as z from "zod/mini";
import { activityDeedSchema, activityPageSchema, activitySchema } from "#contract/activity.ts";
import { clusterCredentialSchema, clusterSchema, clusterStateSchema } from "#contract/cluster.ts";
import { createDatabaseSchema, databaseSchema } from "#contract/database.ts";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { IDEMPOTENCY_KEY_HEADER, REQUEST_HEADER, REQUEST_ID_HEADER } from "#contract/headers.ts";
import {
  createdManagementTokenSchema,
  createManagementTokenSchema,
  managementTokenSchema,
} from "#contract/management-token.ts";
import { operationReferenceSchema, settledOperationSchema } from "#contract/operation-schema.ts";
import { problemSchema } from "#contract/problem.ts";
import { revokeRunSchema, revokeRunSummarySchema, startRevokeRunSchema } from "#contract/revoke-run.ts";
import {
  rotationSchema,
  rotationStepSchema,
  startedRotationSchema,
  startRotationSchema,
} from "#contract/rotation.ts";
import {
  oidcAnswerSchema,
  oidcSignedInSchema,
  oidcStartedSchema,
  oidcStartSchema,
  sessionSchema,
  signInSchema,
} from "#contract/session.ts";
import { suspensionSchema } from "#contract/suspension.ts";
import {
  createdTokenSchema,
  createTokenSchema,
  tokenSchema,
  updateTokenSchema,
} from "#contract/token-schema.ts";
import { listPartSchema } from "#contract/token-columns-schema.ts";
import type { Site } from "#server/site.ts";
import { isMutation, type Route, route } from "./route.ts";

type Json = Record<string, unknown>;

const named: Record<string, z.ZodMiniType> = {
  Token: tokenSchema,
  CreatedToken: createdTokenSchema,
  CreateToken: createTokenSchema,
  UpdateToken: updateTokenSchema,
  TokenChanges: tokenChangesSchema,
  TokenListPart: listPartSchema,
  Suspension: suspensionSchema,
  Activity: activitySchema,
  ActivityPage: activityPageSchema,
  ActivityDeed: activityDeedSchema,
  Database: databaseSchema,
  CreateDatabase: createDatabaseSchema,
  ManagementToken: managementTokenSchema,
  CreatedManagementToken: createdManagementTokenSchema,
  CreateManagementToken: createManagementTokenSchema,
  Rotation: rotationSchema,
  StartRotation: startRotationSchema,
  StartedRotation: startedRotationSchema,
  RotationStep: rotationStepSchema,
  RevokeRunSummary: revokeRunSummarySchema,
  RevokeRun: revokeRunSchema,
  StartRevokeRun: startRevokeRunSchema,
  Cluster: clusterSchema,
  ClusterState: clusterStateSchema,
  ClusterCredential: clusterCredentialSchema,
  OperationReference: operationReferenceSchema,
  SettledOperation: settledOperationSchema,
  Session: sessionSchema,
  SignIn: signInSchema,
  OidcStart: oidcStartSchema,
  OidcStarted: oidcStartedSchema,
  OidcAnswer: oidcAnswerSchema,
  OidcSignedIn: oidcSignedInSchema,
  Problem: problemSchema,
};

const problemText: Record<number, string> = {
  400: "The request is not valid; `field` names the culprit where there is one",
  401: "Not signed in, the session has ended, or the credential for the cluster is refused or missing",
  403: "Not allowed, or not sent by our own pages",
  404: "There is no such thing",
  409: "The object's state does not allow it, or the same operation is running or was cut off",
  410: "The operation is done; its answer is no longer kept",
  412: "Changed since it was read",
  413: "The body is larger than 1 MB, or than what this call takes beyond that",
  422: "The idempotency key was used for another request",
  428: "A session's update came without If-Match",
  429: "Too many requests; Retry-After says when to come again",
  500: "A fault of the gateway; the request id finds it in the log",
  502: "The cluster or the identity provider cannot be reached, or does not answer as it should",
  503: "The gateway's database cannot be reached, or the gateway has too much to do; Retry-After says when to come again",
  504: "The cluster or the identity provider takes too long",
};

const additionMark = "Tokenward's own addition; no part of the vendor's Management API.";

export function openApiRoute(others: readonly Route[], site: Site): Route {
  let document: Json | undefined;
  const self: Route = route({
    method: "GET",
    path: "/api/v0/openapi.json",
    summary: "This description",
    tag: "Operation",
    access: "anyone",
    isAddition: true,
    answer: { status: 200, schema: z.looseObject({ openapi: z.string() }), description: "OpenAPI 3.1" },
    problems: [],
    handle: async () => {
      document ??= openApiDocument([...others, self], site);
      return { status: 200, body: document };
    },
  });
  return self;
}

export function openApiDocument(routes: readonly Route[], site: Site): Json {
  const paths: Record<string, Json> = {};
  for (const item of routes) {
    const path = item.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [item.method.toLowerCase()]: operation(item, path) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tokenward",
      version: "0",
      description:
        "The InfluxDB Management API v0 (Cloud Dedicated's long paths, Clustered's short ones) and what Tokenward adds to it. " +
        "Additions carry `x-tokenward-addition: true`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: site.publicUrl }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(named).map(([name, schema]) => [name, jsonSchema(schema, inputNames.has(name))]),
      ),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A management token" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: site.cookieName,
          description: `The browser's session. Changes also need ${REQUEST_HEADER} and ${IDEMPOTENCY_KEY_HEADER}.`,
        },
      },
    },
  };
}

const inputNames = new Set([
  "CreateToken",
  "UpdateToken",
  "CreateDatabase",
  "CreateManagementToken",
  "OperationReference",
  "StartRotation",
  "RotationStep",
  "StartRevokeRun",
  "SignIn",
  "OidcStart",
  "OidcAnswer",
]);

/** Of path parameters that are no UUIDs. */
const parameterSchemas: Record<string, Json> = {
  name: { type: "string", minLength: 1, maxLength: 64 },
  slug: { type: "string", minLength: 1 },
};

/** What an answer may hold, by its type; nothing where it has no body. */
function contentOf({ schema, otherForms, contentTypes }: Route["answer"]): Json {
  const forms: readonly (readonly [string, Json])[] =
    schema === undefined
      ? (contentTypes ?? []).map((type) => [type, { type: "string" }])
      : Object.entries({ "application/json": schema, ...otherForms }).map(([type, form]) => [
          type,
          reference(form, false),
        ]);
  if (forms.length === 0) return {};
  return { content: Object.fromEntries(forms.map(([type, form]) => [type, { schema: form }])) };
}

function operation(item: Route, path: string): Json {
  const mutates = isMutation(item.method);
  const keyed = mutates && item.access === "caller";
  const statuses = new Set<number>([400, 500, 503, ...item.problems]);
  if (item.access === "caller") for (const status of [401, 403, 404, 429]) statuses.add(status);
  if (item.cluster !== undefined) for (const status of [502, 504]) statuses.add(status);
  if (mutates) for (const status of [403, 413, 429]) statuses.add(status);
  if (keyed && item.isRepeatable !== true) for (const status of [409, 410, 422]) statuses.add(status);
  if (item.wantsIfMatch === true) statuses.add(428);
  if (item.path === "/api/session" && item.method === "POST") statuses.add(401);

  const pathParameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: parameterSchemas[name ?? ""] ?? { type: "string", format: "uuid" },
  }));
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  const queryParameters = Object.entries(item.query?.def.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: !(schema instanceof z.ZodMiniOptional),
    schema: jsonSchema(schema, true),
  }));
  const parameters = [
    ...pathParameters,
    ...queryParameters,
    ...(keyed
      ? [
          header(
            IDEMPOTENCY_KEY_HEADER,
            item.isRepeatable === true
              ? "Required with a session; 16 to 200 characters. Repeats run again, which does no harm."
              : "Repeats get the first answer. Required with a session; 16 to 200 characters.",
          ),
        ]
      : []),
    ...(item.wantsIfMatch === true
      ? [header("If-Match", "The ETag of the token as it was read. Required with a session.")]
      : []),
    ...Object.entries(item.requestHeaders ?? {}).map(([name, description]) => header(name, description)),
  ];
  return {
    summary: item.summary,
    tags: [item.tag],
    ...(item.isAddition ? { description: additionMark, "x-tokenward-addition": true } : {}),
    security: item.access === "caller" ? [{ bearer: [] }, { session: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(item.request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: reference(item.request, true) } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        [item.answer, ...(item.otherAnswers ?? [])].map((answer) => [
          String(answer.status),
          {
            description: answer.description,
            headers: { [REQUEST_ID_HEADER]: { schema: { type: "string" } } },
            ...contentOf(answer),
          },
        ]),
      ),
      ...Object.fromEntries(
        [...statuses]
          .sort((left, right) => left - right)
          .map((status) => [
            String(status),
            {
              description: problemText[status] ?? "Refused",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          ]),
      ),
    },
  };
}

function reference(schema: z.ZodMiniType, isInput: boolean): Json {
  const name = Object.keys(named).find((key) => named[key] === schema);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (schema instanceof z.ZodMiniArray) {
    const item = Object.keys(named).find((key) => named[key] === schema.def.element);
    if (item !== undefined) return { type: "array", items: { $ref: `#/components/schemas/${item}` } };
  }
  return jsonSchema(schema, isInput);
}

function jsonSchema(schema: z.ZodMiniType, isInput: boolean): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: isInput ? "input" : "output",
    unrepresentable: "any",
  });
  return rest;
}
