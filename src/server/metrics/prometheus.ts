import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { MetricsEndpoint, MetricsSources } from "./metrics.ts";

export interface PrometheusMetrics extends MetricsEndpoint {
  /** Sources may not be there yet when the first thing is counted. */
  read(sources: MetricsSources): void;
  stop(): void;
}

/** Milliseconds that the database has to say its part of an answer. */
const PATIENCE = 1000;
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const UPSTREAM_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30];
/** A method is whatever somebody sends. */
const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);

/** A registry of its own for each gateway; nothing is shared in the process. Loaded only where somebody wants metrics. */
export function createPrometheusMetrics(token: string | undefined): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  let sources: MetricsSources | undefined;

  const requests = new Histogram({
    name: "tokenward_http_request_duration_seconds",
    help: "Time until an answer began, by the template of the route",
    labelNames: ["route", "method", "status"] as const,
    buckets: REQUEST_SECONDS,
    registers,
  });
  const shed = new Counter({
    name: "tokenward_http_requests_shed_total",
    help: "Requests turned away with 503 because there was too much to do",
    registers,
  });
  const upstream = new Histogram({
    name: "tokenward_upstream_request_duration_seconds",
    help: "Calls to an InfluxDB: done, refused, timeout, or unknown",
    labelNames: ["cluster", "kind", "outcome"] as const,
    buckets: UPSTREAM_SECONDS,
    registers,
  });
  const operations = new Counter({
    name: "tokenward_operations_total",
    help: "Operations with an idempotency key that came into a state, at this gateway",
    labelNames: ["state"] as const,
    registers,
  });
  for (const state of ["started", "done", "failed", "unknown"]) operations.inc({ state }, 0);

  /** A value that is looked up when somebody reads. */
  const gauge = (name: string, help: string, value: () => number | Promise<number> | undefined) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        try {
          const now = await inTime(value());
          if (now === undefined) this.remove();
          else this.set(now);
        } catch {
          this.remove();
        }
      },
    });
  gauge("tokenward_http_requests_under_way", "Requests to the API that are being worked on", () =>
    sources?.requestsUnderWay(),
  );
  gauge("tokenward_sessions", "Sessions that have not ended, of all gateways of the database", () =>
    sources?.sessions(),
  );
  gauge(
    "tokenward_operations_open",
    "Operations that have begun and not ended, of all gateways of the database",
    () => sources?.openOperations(),
  );

  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  gauge("nodejs_eventloop_lag_p50_seconds", "Median delay of the event loop since the last reading", () =>
    seconds(loop.percentile(50)),
  );
  gauge("nodejs_eventloop_lag_p99_seconds", "99th percentile of that", () => seconds(loop.percentile(99)));
  gauge("nodejs_eventloop_lag_max_seconds", "The longest of them", () => seconds(loop.max));
  gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
  gauge("nodejs_heap_size_used_bytes", "Used heap", () => process.memoryUsage().heapUsed);
  gauge(
    "nodejs_external_memory_bytes",
    "Memory of buffers and of native objects",
    () => process.memoryUsage().external,
  );
  gauge("process_start_time_seconds", "When the process started, in seconds since 1970", () =>
    Math.round(Date.now() / 1000 - process.uptime()),
  );
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system time of the processor",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  void cpu;

  return {
    token,
    request({ route, method, status, seconds: took }) {
      requests.observe(
        {
          route,
          method: METHODS.has(method) ? method : "other",
          status: `${String(Math.floor(status / 100))}xx`,
        },
        took,
      );
    },
    shed: () => shed.inc(),
    operation: (state) => operations.inc({ state }),
    upstream: ({ cluster, kind, outcome, seconds: took }) =>
      upstream.observe({ cluster, kind, outcome }, took),
    async render() {
      const text = await registry.metrics();
      loop.reset();
      return { type: registry.contentType, text };
    },
    read: (from) => void (sources = from),
    stop: () => {
      loop.disable();
      registry.clear();
    },
  };
}

function seconds(nanos: number): number {
  // Nothing was measured yet.
  return Number.isFinite(nanos) ? nanos / 1e9 : 0;
}

async function inTime(value: number | Promise<number> | undefined): Promise<number | undefined> {
  if (typeof value !== "object") return value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
