import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromJSONSchema } from "zod";
import * as z from "zod/mini";
import { ACCEPT_CHANGES_HEADER, TOKEN_CHANGES } from "#contract/list-changes.ts";
import { PREFER_HEADER, SHORT_ROWS } from "#contract/short-rows.ts";
import { adminPermission } from "#contract/permission.ts";
import { problemSchema } from "#contract/problem.ts";
import { TOKEN_COLUMNS } from "#contract/token-columns.ts";
import { startCoreFixture, type CoreFixture } from "#e2e/upstreams/core.ts";
import { startFakeV2, type FakeV2 } from "#e2e/upstreams/v2.ts";
import { ACCOUNT_ID } from "#server/database/own-cluster-setup.ts";
import {
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  ORIGIN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { createPrometheusMetrics } from "#server/metrics/prometheus.ts";
import { clusterBehind, type ClusterBehind } from "./cluster-behind.ts";
import { anyText, type JsonSchema, jsonSchema, nearly, valuesOf } from "./json-schema.ts";

/** Requests to each route. More by hand: `FUZZ_RUNS=2000 FUZZ_SEED=7 npx vitest run e2e/security/api-fuzz.test.ts`. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 24);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_260_601);

const METRICS_TOKEN = "canary-metrics-token-0123456789-abcdef";

/** By the type of what is sent. */
const content = z.optional(z.record(z.string(), z.object({ schema: jsonSchema })));
const operationSchema = z.object({
  parameters: z.optional(
    z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: jsonSchema })),
  ),
  requestBody: z.optional(z.object({ content })),
  responses: z.record(z.string(), z.object({ content })),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), jsonSchema) }),
});

interface Place {
  path: string;
  method: string;
  operation: z.infer<typeof operationSchema>;
}

interface Shot {
  segments: Record<string, string>;
  query: string;
  headers: Record<string, string>;
  caller:
    | "nobody"
    | "session"
    | "session of another site"
    | "bearer"
    | "wrong bearer"
    | "garbage bearer"
    | "reader of metrics";
  body: string | Uint8Array<ArrayBuffer> | undefined;
}

let v2: FakeV2;
let core: CoreFixture;
let behind: ClusterBehind[];
let gateway: TestGateway;
const metrics = createPrometheusMetrics(METRICS_TOKEN);
let document: z.infer<typeof documentSchema>;
let cookie: string;
let clusters: { slug: string; accountId: string; clusterId: string }[];
/** Whatever an answer called an id, by the parameter that it is one for, and the entity tags: they are tried later. */
const ids: Record<IdKind, string[]> = {
  tokenId: [],
  manager: [],
  rotationId: [],
  runId: [],
  deedId: [],
  suspended: [],
  database: [],
};
type IdKind = "tokenId" | "manager" | "rotationId" | "runId" | "deedId" | "suspended" | "database";
const tags: string[] = [];
/** What answers must be, by the place in the document. */
const validators = new Map<string, ReturnType<typeof fromJSONSchema>>();
/** Methods and paths that had a request which did what it asked for. */
const answered = new Set<string>();
/** Types of JSON that answers had. */
const answeredForms = new Set<string>();

beforeAll(async () => {
  [v2, core] = await Promise.all([startFakeV2(), startCoreFixture({ product: "core", clock: Date.now })]);
  v2.addBucket("known");
  gateway = await startTestGateway({
    mutationRate: 1_000_000,
    metrics,
    clustersOf: async (own, database, clock) => {
      behind = [
        clusterBehind({ url: v2.url, product: "v2", token: v2.operator.token }, database, clock),
        clusterBehind({ url: core.url, product: "core", token: core.operatorToken }, database, clock),
      ];
      return [...own, ...behind.map(({ entry }) => entry)];
    },
  });
  clusters = gateway.options.clusters.entries.map(({ cluster }) => cluster);
  document = documentSchema.parse(await (await gateway.send("/api/v0/openapi.json")).json());
  cookie = await gateway.signIn();
  // Enough for those that remove them.
  for (const name of ["known", ...Array.from({ length: 24 }, (_, index) => `seed-${index}`)]) {
    await gateway.bearer("POST", "/api/v0/databases", { name });
    if (name !== "known") ids.database.push(name);
  }
  const paths = clusters.map((one) => `/api/v0/accounts/${one.accountId}/clusters/${one.clusterId}/tokens`);
  for (const path of [...paths, MANAGEMENT]) {
    // What is not ours costs a request.
    for (let count = 0; count < (path.includes(ACCOUNT_ID) ? 12 : 3); count++) {
      const body = { description: `seed-${String(count)}`, permissions: permissionsAt(path) };
      const made = await gateway.page("POST", path, { cookie, body });
      if (made.status !== 200) throw new Error(`${path} ${await made.text()}`);
      noteIds(path, await made.json());
    }
  }
}, 60_000);
afterAll(async () => {
  metrics.stop();
  await gateway.close();
  await Promise.all(behind.map((one) => one.close()));
  await Promise.all([v2.close(), core.close()]);
});

/** Core's tokens may do everything or nothing. */
function permissionsAt(path: string): object[] {
  const isCore = clusters.some(({ slug, clusterId }) => slug === "core" && path.includes(clusterId));
  return isCore ? [adminPermission] : [{ action: "write", resource: "known" }];
}

function noteIds(path: string, body: unknown): void {
  const made = z.object({ name: z.string() }).safeParse(body);
  if (made.success && path.endsWith("/databases")) ids.database.push(made.data.name);
  const one = z.object({ id: z.string() });
  const shapes = z.union([z.object({ entries: z.array(one) }), z.object({ rotation: one }), one]);
  const { data } = shapes.safeParse(body);
  if (data === undefined) return;
  const kind = path.includes("/activity")
    ? "deedId"
    : path.endsWith("/suspension")
      ? "suspended"
      : path.includes("/rotations")
        ? "rotationId"
        : path.includes("/revoke-runs")
          ? "runId"
          : path.includes("/management-tokens")
            ? "manager"
            : "tokenId";
  // Of a page of the record a few will do.
  const found = "entries" in data ? data.entries.slice(0, 3) : ["rotation" in data ? data.rotation : data];
  for (const { id } of found) if (!ids[kind].includes(id)) ids[kind].push(id);
}

const often = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: other });
const oneOf = (all: () => readonly string[]) => fc.nat().map((at) => all()[at % all().length] ?? "");
const idOf = (kind: IdKind) =>
  often(
    oneOf(() => ids[kind]),
    fc.oneof(
      oneOf(() => Object.values(ids).flat()),
      fc.uuid(),
      anyText,
    ),
  );

/** Of the own cluster more often than of each other. */
function ours(part: (cluster: (typeof clusters)[number]) => string): fc.Arbitrary<string> {
  return often(
    oneOf(() => clusters.slice(0, 1).map(part)),
    oneOf(() => clusters.map(part)),
  );
}

/** What fields and parameters are called, and what to try there beside anything at all. */
const known: Record<string, fc.Arbitrary<string>> = {
  accountId: often(
    ours(({ accountId }) => accountId),
    fc.oneof(fc.uuid(), anyText),
  ),
  clusterId: often(
    ours(({ clusterId }) => clusterId),
    fc.oneof(fc.uuid(), anyText),
  ),
  tokenId: idOf("tokenId"),
  rotationId: idOf("rotationId"),
  runId: idOf("runId"),
  deedId: idOf("deedId"),
  slug: often(
    ours(({ slug }) => slug),
    anyText,
  ),
  cluster: ours(({ slug }) => slug),
  name: often(
    fc.oneof(
      oneOf(() => ids.database),
      fc.nat(999).map((number) => `known-${number}`),
    ),
    anyText,
  ),
  description: often(fc.string(), anyText),
  action: often(fc.constantFrom("read", "write"), anyText),
  resource: often(fc.constant("known"), anyText),
  managementToken: often(fc.constant(MANAGEMENT_TOKEN), fc.string({ minLength: 1 })),
};

/** Header values that a client can send at all. */
const latin1 = fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code));
const headerText = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: latin1, maxLength: 20 }),
  fc.constantFrom("", "*", '"x"', 'W/"x"', '"', ",", "x".repeat(4000), "application/json; charset=utf-16"),
);
const seenTag = oneOf(() => tags);

const oddHeaders = fc.record(
  {
    "Idempotency-Key": often(fc.uuid(), fc.oneof(fc.constant("one-key-for-many-requests"), headerText)),
    "If-Match": fc.oneof(seenTag, fc.constant("*"), headerText),
    "If-None-Match": fc.oneof(seenTag, headerText),
    [ACCEPT_CHANGES_HEADER]: often(fc.constant(TOKEN_CHANGES), headerText),
    [PREFER_HEADER]: often(fc.constant(SHORT_ROWS), headerText),
    Accept: often(fc.constant(TOKEN_COLUMNS), headerText),
    "Accept-Encoding": fc.oneof(fc.constant("gzip"), headerText),
    "Content-Type": often(fc.constant("application/json"), headerText),
    "X-Forwarded-For": headerText,
    "X-Tokenward-Request": headerText,
    Origin: headerText,
  },
  { requiredKeys: [] },
);
const headers = fc.oneof(fc.record({ "If-Match": fc.oneof(seenTag, fc.constant("*")) }), oddHeaders);

const garbage: fc.Arbitrary<Shot["body"]> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.constantFrom("", "null", "[]", "{}", "{", '"x"', "1e999", "\ufeff{}", '{"a":1,"a":2}', "[".repeat(9999)),
);

type Parameters = NonNullable<Place["operation"]["parameters"]>;
const ofQuery = ({ parameters = [] }: Place["operation"]) => parameters.filter((one) => one.in === "query");

function valuesOfQuery(
  wanted: Parameters,
  valueOf: (schema: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(wanted.map(({ name, schema }) => [name, valueOf(schema)])), {
    requiredKeys: wanted.filter((one) => one.required).map(({ name }) => name),
  });
}

function queryText(given: unknown): string {
  const pairs = Object.entries(typeof given === "object" && given !== null ? given : {});
  const all = pairs.flatMap(([name, value]: [string, unknown]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  return all.length === 0 ? "" : `?${new URLSearchParams(all).toString()}`;
}

/** What must be there, as it should be. */
function goodQueriesAt(operation: Place["operation"]): fc.Arbitrary<string> {
  const needed = ofQuery(operation).filter((one) => one.required);
  return valuesOfQuery(needed, (schema) => valuesOf(schema, resolve, known)).map(queryText);
}

/** Parameters that fit, in any number where they may come again, and some that do not. */
function queriesAt(operation: Place["operation"]): fc.Arbitrary<string> {
  const wanted = ofQuery(operation);
  const anything = anyText.map((one) => `?${one}`);
  if (wanted.length === 0) return often(fc.constant(""), anything);
  const whole = valuesOfQuery(wanted, (schema) =>
    often(valuesOf(schema, resolve, known), fc.oneof(anyText, fc.nat().map(String))),
  );
  return fc.oneof(
    { weight: 5, arbitrary: whole.map(queryText) },
    { weight: 2, arbitrary: nearly(whole).map(queryText) },
    { weight: 1, arbitrary: anything },
  );
}

function shotsAt({ path, method, operation }: Place): fc.Arbitrary<Shot> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const valid = schema === undefined ? fc.constant({}) : valuesOf(schema, resolve, known);
  const text = (values: fc.Arbitrary<unknown>) => values.map((value) => JSON.stringify(value));
  const isKept = path.endsWith("/suspension") && method !== "POST";
  const tokens = isKept ? "suspended" : path.includes("/management-tokens") ? "manager" : "tokenId";
  const parts = fc
    .record(
      Object.fromEntries(
        names.map((name) => [name, name === "tokenId" ? idOf(tokens) : (known[name] ?? anyText)]),
      ),
    )
    .map(together);
  const knownCaller = path === "/metrics" ? ("reader of metrics" as const) : ("bearer" as const);
  const session = fc.constant("session" as const);
  // As a client sends it that knows what it wants.
  const plain = fc.record({
    segments: parts,
    query: goodQueriesAt(operation),
    headers: fc.constant({}),
    caller: /^\/api\/session|\/credential$/.test(path) ? session : fc.constant(knownCaller),
    body: schema === undefined ? fc.constant(undefined) : text(valid),
  });
  const odd = fc.record({
    segments: parts,
    query: queriesAt(operation),
    headers,
    caller: fc.oneof(
      { weight: 6, arbitrary: session },
      { weight: 4, arbitrary: fc.constant("bearer" as const) },
      fc.constantFrom(
        "nobody",
        "session of another site",
        "wrong bearer",
        "garbage bearer",
        "reader of metrics",
      ),
    ),
    body: fc.oneof(
      { weight: schema === undefined ? 9 : 1, arbitrary: fc.constant(undefined) },
      { weight: 5, arbitrary: text(valid) },
      { weight: 4, arbitrary: text(nearly(valid)) },
      { weight: 1, arbitrary: garbage },
    ),
  });
  return fc.oneof(plain, odd);
}

/** An account that is one of ours comes with its own cluster. */
function together(segments: Record<string, string>): Record<string, string> {
  const cluster = clusters.find(({ accountId }) => accountId === segments["accountId"]);
  const isOurs = clusters.some(({ clusterId }) => clusterId === segments["clusterId"]);
  return cluster === undefined || !isOurs ? segments : { ...segments, clusterId: cluster.clusterId };
}

function resolve(reference: string): JsonSchema {
  const schema = document.components.schemas[reference.replace("#/components/schemas/", "")];
  if (schema === undefined) throw new Error(`${reference} is not in the document`);
  return schema;
}

function headersOf({ caller, headers: odd }: Shot): Record<string, string> {
  const marks = { "Sec-Fetch-Site": "same-origin", "X-Tokenward-Request": "interactive", Origin: ORIGIN };
  const json = { "Content-Type": "application/json" };
  switch (caller) {
    case "nobody":
      return { ...json, ...marks, ...odd };
    case "session":
      return { "Idempotency-Key": crypto.randomUUID(), ...odd, ...json, ...marks, Cookie: cookie };
    case "session of another site":
      return { ...json, ...odd, Cookie: cookie };
    case "bearer":
      return { ...json, ...odd, Authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    case "wrong bearer":
      return { ...json, ...odd, Authorization: `Bearer ${"w".repeat(40)}` };
    case "reader of metrics":
      return { ...odd, Authorization: `Bearer ${METRICS_TOKEN}` };
    case "garbage bearer":
      return { ...json, ...odd, Authorization: odd["Accept"] ?? "Bearer" };
  }
}

async function fire({ path, method, operation }: Place, shot: Shot): Promise<void> {
  // All limits of requests a second and a minute begin anew.
  gateway.pass(60_000);
  const isChange = method !== "GET";
  const address = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const segment = shot.segments[name] ?? "";
    // A parser of URLs would make another address of these.
    return encodeURIComponent(/^\.{0,2}$/.test(segment) ? "x" : segment);
  });
  const answer = await gateway.send(address + shot.query, {
    method,
    headers: headersOf(shot),
    ...(isChange && shot.body !== undefined ? { body: shot.body } : {}),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isPacked = answer.headers.get("Content-Encoding") === "gzip";
  const text = (isPacked ? gunzipSync(bytes) : bytes).toString("utf8");
  const { status } = answer;
  const told = `${String(status)} ${text.slice(0, 400)}`;
  if (status < 300) answered.add(`${method} ${path}`);

  // A stand-in closes a connection that it did not hear from for a while, and nothing is sent twice.
  const isBroken = status === 502 && text.includes('"upstream_unreachable"');
  if (!isBroken) expect(status, told).toBeLessThan(500);
  expect(Object.keys(operation.responses), told).toContain(String(status));
  expect(answer.headers.get("Cache-Control"), told).toBe("no-store");
  if (status >= 400) {
    const problem = problemSchema.parse(JSON.parse(text));
    expect([problem.code, problem.requestId]).toEqual([status, answer.headers.get("X-Request-Id")]);
    expect(text).not.toMatch(/\.ts\b|node_modules|SQLITE/);
    const isLost = problem.reason === "session_ended" || problem.reason === "credential_needed";
    if (isLost && shot.caller.startsWith("session")) cookie = await gateway.signIn();
    return;
  }
  // Signing in over a session and out of it end it.
  if (path === "/api/session" && isChange) cookie = await gateway.signIn();
  if (status === 204 || status === 304) {
    expect(text).toBe("");
    return;
  }
  const type = answer.headers.get("Content-Type") ?? "";
  const types = Object.keys(operation.responses[String(status)]?.content ?? {});
  if (!types.includes("application/json")) {
    expect(types, told).toContain(type);
    return;
  }
  const form = type === TOKEN_COLUMNS ? type : "application/json";
  expect(type, told).toBe(form === type ? type : "application/json; charset=utf-8");
  expect(types, told).toContain(form);
  if (status === 200) answeredForms.add(form);
  const body: unknown = JSON.parse(text);
  noteIds(path, body);
  const tag = answer.headers.get("ETag");
  if (tag !== null && !tags.includes(tag)) tags.push(tag);
  const fits = validatorOf({ path, method, operation }, status, form).safeParse(body);
  expect(fits.success ? [] : fits.error.issues, told).toEqual([]);
}

function validatorOf({ path, method, operation }: Place, status: number, form: string) {
  const key = `${method} ${path} ${String(status)} ${form}`;
  const schema = operation.responses[String(status)]?.content?.[form]?.schema;
  const validator = validators.get(key) ?? fromJSONSchema(withDefinitions(schema));
  validators.set(key, validator);
  return validator;
}

/** zod looks for what a reference names in one place only. */
function withDefinitions(schema: JsonSchema | undefined) {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z
    .record(z.string(), z.any())
    .parse(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
}

/** What removes comes last, so that there is something for the others. */
const places = () =>
  Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
    .sort((one, other) => rankOf(one) - rankOf(other));

function rankOf({ path, method }: Place): number {
  if (method !== "DELETE") return path.endsWith("/suspension") ? 0 : 1;
  return path.endsWith("/suspension") ? 0 : 2;
}

test(
  "22. whatever comes to any route, the answer is as described, and no fault of the gateway's own",
  {
    timeout: 60_000 + RUNS * 2000,
  },
  async () => {
    tags.push("*");
    for (const [index, place] of places().entries()) {
      const property = fc.asyncProperty(shotsAt(place), (shot) => fire(place, shot));
      const result = await fc.check(property, { numRuns: RUNS, seed: SEED + index });
      if (!result.failed) continue;
      const story = fc.defaultReportMessage(result) ?? "";
      throw new Error(`${place.method} ${place.path}: ${story}`, { cause: result.errorInstance });
    }
    // Otherwise the requests did not get far enough to find anything.
    const unanswered = places().map(({ method, path }) => `${method} ${path}`);
    expect([...answeredForms].sort()).toEqual(["application/json", TOKEN_COLUMNS]);
    expect(unanswered.filter((one) => !answered.has(one))).toEqual([
      // There is no identity provider.
      "POST /api/session/oidc",
      "POST /api/session/oidc/answer",
    ]);
    const { text } = await metrics.render();
    expect(text).toContain('route="/api/clusters/:slug/activity"');
    expect(text).not.toMatch(/canary|seed-|polluted/);
    expect(text.split("\n").length).toBeLessThan(10_000);
    expect(Object.prototype).not.toHaveProperty("polluted");
    expect(gateway.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  },
);
