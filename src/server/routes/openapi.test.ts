import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { problemReasons } from "#contract/problem.ts";

const operationSchema = z.looseObject({
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const documentSchema = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

let gateway: TestGateway;
let document: z.infer<typeof documentSchema>;

beforeAll(async () => {
  gateway = await startTestGateway();
  document = documentSchema.parse(await (await gateway.send("/api/v0/openapi.json")).json());
});
afterAll(() => gateway.close());

test("every route that is served is described, and every described one is served", async () => {
  const served = new Set<string>();
  for (const route of gateway.app.hono.routes) {
    if (route.method === "ALL" || route.path === "/*") continue;
    served.add(`${route.method} ${route.path.replace(/:(\w+)/g, "{$1}")}`);
  }
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual([...served].sort());
  expect(described.length).toBeGreaterThan(20);
});

test("references point to something, and each path parameter is declared", () => {
  const text = JSON.stringify(document);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const operation of Object.values(methods)) {
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(JSON.stringify(operation.parameters)).toContain(
          `"name":"${name}","in":"path","required":true`,
        );
      }
    }
  }
});

test("our additions are marked, the vendor's calls are not", () => {
  const isAddition = (path: string, method: string) =>
    document.paths[path]?.[method]?.["x-tokenward-addition"] === true;
  expect(isAddition("/api/session", "post")).toBe(true);
  expect(isAddition("/api/v0/accounts/{accountId}/management-tokens", "get")).toBe(true);
  expect(isAddition("/api/v0/tokens/{tokenId}/suspension", "post")).toBe(true);
  expect(isAddition("/api/operations/settlement", "post")).toBe(true);
  expect(isAddition("/api/v0/tokens/{tokenId}", "delete")).toBe(false);
});

test("real answers have the statuses and the shape that are described", async () => {
  const create = await gateway.bearer("POST", `${LONG}/tokens`, { description: "x" });
  const created = await createdBy(create);
  const calls: [string, string, string, unknown?][] = [
    ["GET", `${LONG}/tokens`, "/api/v0/accounts/{accountId}/clusters/{clusterId}/tokens"],
    ["GET", `/api/v0/tokens/${created.id}`, "/api/v0/tokens/{tokenId}"],
    ["PATCH", `/api/v0/tokens/${created.id}`, "/api/v0/tokens/{tokenId}", { description: "y" }],
    ["POST", `/api/v0/tokens/${created.id}/suspension`, "/api/v0/tokens/{tokenId}/suspension"],
    ["GET", `/api/v0/tokens/${created.id}/suspension`, "/api/v0/tokens/{tokenId}/suspension"],
    ["DELETE", `/api/v0/tokens/${created.id}/suspension`, "/api/v0/tokens/{tokenId}/suspension"],
    ["GET", `/api/v0/tokens/${created.id}/history`, "/api/v0/tokens/{tokenId}/history"],
    ["DELETE", `/api/v0/tokens/${created.id}`, "/api/v0/tokens/{tokenId}"],
    [
      "POST",
      "/api/operations/settlement",
      "/api/operations/settlement",
      { operationKey: "key-of-sixteen-chars" },
    ],
    [
      "POST",
      "/api/operations/acknowledgement",
      "/api/operations/acknowledgement",
      { operationKey: "key-of-sixteen-chars" },
    ],
    ["POST", "/api/v0/databases", "/api/v0/databases", { name: "db" }],
    ["POST", "/api/v0/databases", "/api/v0/databases", { name: "db" }],
    ["DELETE", "/api/v0/databases/db", "/api/v0/databases/{name}"],
    ["GET", MANAGEMENT, "/api/v0/accounts/{accountId}/management-tokens"],
    ["GET", "/api/clusters", "/api/clusters"],
    ["GET", "/healthz", "/healthz"],
  ];
  for (const [method, path, described, body] of calls) {
    const answer = await gateway.bearer(method, path, body);
    const responses = document.paths[described]?.[method.toLowerCase()]?.responses ?? {};
    expect(Object.keys(responses), `${method} ${path}`).toContain(String(answer.status));
  }
  const list: unknown = await (await gateway.bearer("GET", `${LONG}/tokens`)).json();
  expect(z.array(tokenSchema).safeParse(list).success).toBe(true);
  expect(Object.keys(document.components.schemas.Token?.properties ?? {})).toContain("revokedAt");
  expect(JSON.stringify(document.components.schemas.Problem)).toContain(problemReasons[0]);
});
