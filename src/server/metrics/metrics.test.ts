import { afterEach, expect, test } from "vitest";
import { ApiError } from "#server/api-error.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import type { Upstream } from "#server/services/upstream.ts";
import { countedUpstream } from "./counted-upstream.ts";
import { metricsPage } from "./metrics.ts";
import { createPrometheusMetrics, type PrometheusMetrics } from "./prometheus.ts";

const TOKEN = "canary-metrics-token-0123456789-abcdef";

const started: { gateway?: TestGateway; metrics: PrometheusMetrics }[] = [];
afterEach(async () => {
  for (const { gateway, metrics } of started.splice(0)) {
    metrics.stop();
    await gateway?.close();
  }
});

async function start(token: string | undefined = TOKEN) {
  const metrics = createPrometheusMetrics(token);
  const gateway = await startTestGateway({ metrics });
  metrics.read(gateway.app.sources);
  started.push({ gateway, metrics });
  const scrape = async (authorization = `Bearer ${TOKEN}`) =>
    gateway.send("/metrics", { headers: { Authorization: authorization } });
  return { gateway, metrics, scrape };
}

const lines = (text: string, start: string) => text.split("\n").filter((line) => line.startsWith(start));

test("without a token there is no such address, and a wrong one is refused", async () => {
  const none = await start("");
  const plain = await startTestGateway();
  started.push({ gateway: plain, metrics: none.metrics });
  expect((await plain.send("/metrics")).status).toBe(404);
  const { scrape, gateway } = await start();
  for (const wrong of ["", "Bearer x", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, `Bearer ${MANAGEMENT_TOKEN}`]) {
    const answer = await scrape(wrong);
    expect(answer.status, wrong).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  }
  // Whoever guesses is slowed down like whoever guesses tokens.
  for (let guess = 0; guess < 100; guess++) await scrape("Bearer x");
  expect((await scrape("Bearer x")).status).toBe(429);
  gateway.pass(60_000);
  expect((await scrape()).status).toBe(200);
});

test("counts requests by template, method and class, sessions and operations, and no label holds what anybody sent", async () => {
  const { gateway, scrape } = await start();
  const description = "canary description";
  const created = await createdBy(
    await gateway.bearer(
      "POST",
      `${LONG}/tokens`,
      { description, permissions: [{ action: "write", resource: "canary-database" }] },
      { "Idempotency-Key": "canary-key-of-sixteen" },
    ),
  );
  await gateway.bearer("GET", `${LONG}/tokens/${created.id}?canary-query`);
  await gateway.bearer("GET", "/api/v0/databases/canary%2Fname");
  await gateway.bearer("GET", "/api/canary-path");
  await gateway.send("/canary-page", { method: "GET" });
  await gateway.send("/api/v0/tokens", { method: "CANARY" });
  await gateway.bearer("POST", `${LONG}/tokens`, {}, { "Idempotency-Key": "canary-key-of-the-refused" });
  const cookie = await gateway.signIn();
  const answer = await scrape();
  expect(answer.headers.get("Content-Type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();

  const count = (labels: string) =>
    lines(text, `tokenward_http_request_duration_seconds_count{${labels}}`).map((line) =>
      line.split(" ").at(-1),
    );
  const path = "/api/v0/accounts/:accountId/clusters/:clusterId/tokens";
  expect(count(`route="${path}",method="POST",status="2xx"`)).toEqual(["1"]);
  expect(count(`route="${path}",method="POST",status="4xx"`)).toEqual(["1"]);
  expect(count(`route="${path}/:tokenId",method="GET",status="2xx"`)).toEqual(["1"]);
  expect(count('route="none",method="GET",status="4xx"')).toEqual(["2"]);
  expect(count('route="none",method="other",status="4xx"')).toEqual(["1"]);
  expect(lines(text, "tokenward_sessions ")).toEqual(["tokenward_sessions 1"]);
  expect(lines(text, "tokenward_operations_total{")).toEqual([
    'tokenward_operations_total{state="started"} 2',
    'tokenward_operations_total{state="done"} 1',
    'tokenward_operations_total{state="failed"} 1',
    'tokenward_operations_total{state="unknown"} 0',
  ]);
  expect(lines(text, "tokenward_operations_open ")).toEqual(["tokenward_operations_open 0"]);
  expect(lines(text, "process_resident_memory_bytes ")).toHaveLength(1);
  expect(lines(text, "nodejs_eventloop_lag_p99_seconds ")).toHaveLength(1);

  expect(text).not.toMatch(/canary/i);
  for (const secret of [created.id, created.accessToken, cookie.split("=")[1] ?? "no cookie"]) {
    expect(text).not.toContain(secret);
  }
});

test("a store in trouble leaves its own numbers out, and no others", async () => {
  const { gateway, scrape } = await start();
  await gateway.database.db.schema.dropTable("sessions").execute();
  const text = await (await scrape()).text();
  expect(lines(text, "tokenward_sessions ")).toEqual([]);
  expect(lines(text, "tokenward_operations_open ")).toEqual(["tokenward_operations_open 0"]);
});

test("what becomes of calls to an InfluxDB is told apart", async () => {
  const metrics = createPrometheusMetrics(undefined);
  started.push({ metrics });
  const outcomes: (ApiError | undefined)[] = [
    undefined,
    new ApiError(403, "forbidden", "no"),
    new ApiError(504, "upstream_timeout", "late"),
    new ApiError(502, "upstream_failed", "broken"),
  ];
  const upstream: Upstream = {
    async request() {
      const error = outcomes.shift();
      if (error !== undefined) throw error;
      return { status: 200, json: {} };
    },
    close: async () => {},
  };
  const counted = countedUpstream(upstream, "prod", metrics);
  const call = { path: "/canary", authorization: "Bearer canary", signal: new AbortController().signal };
  await counted.request({ ...call, method: "GET" });
  for (let left = outcomes.length; left > 0; left--) {
    await expect(counted.request({ ...call, method: "DELETE" })).rejects.toThrow(ApiError);
  }
  const { text } = await metrics.render();
  expect(lines(text, "tokenward_upstream_request_duration_seconds_count")).toEqual([
    'tokenward_upstream_request_duration_seconds_count{cluster="prod",kind="read",outcome="done"} 1',
    'tokenward_upstream_request_duration_seconds_count{cluster="prod",kind="change",outcome="refused"} 1',
    'tokenward_upstream_request_duration_seconds_count{cluster="prod",kind="change",outcome="timeout"} 1',
    'tokenward_upstream_request_duration_seconds_count{cluster="prod",kind="change",outcome="unknown"} 1',
  ]);
  expect(text).not.toContain("canary");
});

test("the port of its own serves them and nothing else, and under a name of this machine only", async () => {
  const metrics = createPrometheusMetrics(undefined);
  started.push({ metrics });
  const open = metricsPage(metrics, undefined);
  const ask = async (url: string, init?: RequestInit, page = open) =>
    (await page(new Request(url, init), {})).status;
  expect(await ask("http://127.0.0.1:9464/metrics")).toBe(200);
  expect(await ask("http://127.0.0.1:9464/api/session")).toBe(404);
  expect(await ask("http://127.0.0.1:9464/metrics", { method: "POST" })).toBe(405);
  expect(await ask("http://rebound.example.com:9464/metrics")).toBe(421);
  const kept = metricsPage(metrics, TOKEN);
  expect(await ask("http://metrics.internal:9464/metrics", {}, kept)).toBe(401);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  expect(await ask("http://metrics.internal:9464/metrics", { headers }, kept)).toBe(200);
});
