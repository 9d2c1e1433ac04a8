import * as z from "zod/mini";
import type { Clock } from "./clock.ts";
import { createApp, type GatewayApp } from "./app.ts";
import { type ClusterEntry, createClusterRegistry, loadOwnClusters } from "./clusters.ts";
import { engines, type TestDatabase, type TestEngine } from "./database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID, setUpOwnCluster } from "./database/own-cluster-setup.ts";
import type { GatewayEnv, GatewayOptions, Pages } from "./gateway.ts";
import { createListCache } from "./lists/list-cache.ts";
import { createLog } from "./log.ts";
import { createReadiness } from "./readiness.ts";
import { systemRandom } from "./sealing.ts";
import { createOwnCluster } from "./services/own-cluster.ts";
import { createSignInCode } from "./session/sign-in-codes.ts";
import { createSite } from "./site.ts";

export const MANAGEMENT_TOKEN = "canary-management-token-0123456789-abcdef";
export const ORIGIN = "http://localhost:4600";
export const LONG = `/api/v0/accounts/${ACCOUNT_ID}/clusters/${CLUSTER_ID}`;
export const MANAGEMENT = `/api/v0/accounts/${ACCOUNT_ID}/management-tokens`;

export interface TestGateway {
  app: GatewayApp;
  database: TestDatabase;
  options: GatewayOptions;
  clock: Clock;
  logLines: string[];
  /** Moves the clock that everything runs on. */
  pass(millis: number): void;
  send(path: string, init?: RequestInit, env?: GatewayEnv["Bindings"]): Promise<Response>;
  /** As a plain API client does. */
  bearer(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** As our own pages do, with this cookie. */
  page(
    method: string,
    path: string,
    options?: { cookie?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>;
  /** Signs in with a fresh one-time code; the session's cookie pair. */
  signIn(): Promise<string>;
  close(): Promise<void>;
}

const noPages: Pages = {
  answer: async () =>
    new Response("<!doctype html>", { headers: { "Content-Type": "text/html; charset=utf-8" } }),
};

export interface TestGatewayOptions extends Partial<GatewayOptions> {
  engine?: TestEngine;
  publicUrl?: string;
  /** The clusters that there are, in place of the own one alone. */
  clustersOf?: (own: ClusterEntry[], database: TestDatabase, clock: Clock) => Promise<ClusterEntry[]>;
}

/** A whole gateway on a fresh own cluster with one management token, at a clock that stands still. */
export async function startTestGateway(changes: TestGatewayOptions = {}): Promise<TestGateway> {
  const { engine = engines[0], publicUrl, clustersOf = async (own) => own, ...overrides } = changes;
  if (engine === undefined) throw new Error("no engine");
  const database = await engine.open();
  let now = Date.parse("2030-01-01T00:00:00Z");
  const clock = () => now;
  const { db } = database;
  await setUpOwnCluster({ db, clock, sample: false, firstManagementToken: MANAGEMENT_TOKEN });
  const logLines: string[] = [];
  const options: GatewayOptions = {
    db,
    instance: "test",
    key: Buffer.alloc(32, 7),
    clock,
    random: systemRandom,
    site: createSite({ publicUrl, host: "127.0.0.1", port: 4600, tls: false }),
    clusters: createClusterRegistry(
      await clustersOf(
        await loadOwnClusters(db, (cluster) =>
          createOwnCluster({ database, clock, cluster, listCache: createListCache() }),
        ),
        database,
        clock,
      ),
    ),
    pages: noPages,
    log: createLog((line) => logLines.push(line), clock),
    trustedProxies: new Set(),
    mutationRate: 500,
    maxRequests: 500,
    loopLag: () => 0,
    readiness: createReadiness({ database, clock, isStopping: () => false, isConfigured: () => true }),
    ...overrides,
  };
  const app = createApp(options);
  const origin = publicUrl ?? ORIGIN;
  const send: TestGateway["send"] = async (path, init, env = {}) =>
    app.hono.request(path.startsWith("http") ? path : origin + path, init, env);
  const withBody = (body: unknown): { body?: string } =>
    body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };

  const page: TestGateway["page"] = (method, path, { cookie, body, headers } = {}) =>
    send(path, {
      method,
      headers: {
        "Sec-Fetch-Site": "same-origin",
        "X-Tokenward-Request": "interactive",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(cookie === undefined ? {} : { Cookie: cookie }),
        ...(method === "GET" ? {} : { "Idempotency-Key": crypto.randomUUID() }),
        ...headers,
      },
      ...withBody(body),
    });

  return {
    app,
    database,
    options,
    clock,
    logLines,
    pass: (millis) => (now += millis),
    send,
    page,
    bearer: (method, path, body, headers) =>
      send(path, {
        method,
        headers: {
          Authorization: `Bearer ${MANAGEMENT_TOKEN}`,
          "Content-Type": "application/json",
          ...headers,
        },
        ...withBody(body),
      }),
    async signIn() {
      const code = await createSignInCode(db, clock, systemRandom);
      const answer = await page("POST", "/api/session", { body: { method: "link", code } });
      if (answer.status !== 200)
        throw new Error(`signing in answered ${answer.status}: ${await answer.text()}`);
      return cookieOf(answer);
    },
    close: () => database.close(),
  };
}

const createdSchema = z.looseObject({ id: z.string(), accessToken: z.string() });

/** Of a created token: what the next step of a test needs. */
export async function createdBy(answer: Response): Promise<z.infer<typeof createdSchema>> {
  return createdSchema.parse(await answer.json());
}

export function cookieOf(answer: Response): string {
  return answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
}
