import { timingSafeEqual } from "node:crypto";
import type { Fetch } from "#server/node-http.ts";
import { isLoopback } from "#server/site.ts";
import { createNonce, securityHeaders } from "#server/security-headers.ts";
import { sha256Hex, systemRandom } from "#server/sealing.ts";

/** What is counted while the gateway works. No part of it is a user's text, an id or a secret. */
export interface Metrics {
  /** `route` is the template of a route that there is; `seconds` until the answer began. */
  request(answered: { route: string; method: string; status: number; seconds: number }): void;
  /** A request was turned away because there was too much to do. */
  shed(): void;
  /** An operation with an idempotency key began, or ended in this state. */
  operation(state: "started" | "done" | "failed" | "unknown"): void;
  /** A call to an InfluxDB. `cluster` is its slug in the configuration. */
  upstream(call: {
    cluster: string;
    kind: "read" | "change";
    outcome: UpstreamOutcome;
    seconds: number;
  }): void;
}

/** `refused`: it said no, and nothing was done. `unknown`: nobody knows. `timeout`: nor here, after the whole deadline. */
export type UpstreamOutcome = "done" | "refused" | "timeout" | "unknown";

/** Where what was counted is read. */
export interface MetricsEndpoint extends Metrics {
  /** Prometheus's text format. */
  render(): Promise<{ type: string; text: string }>;
  /** Of whoever asks on the main port. Undefined: nobody may. */
  token: string | undefined;
}

/** What is asked for when somebody reads. One that fails or is late is left out of that answer. */
export interface MetricsSources {
  requestsUnderWay: () => number;
  /** Not signed out, and in time. Of all gateways of the database. */
  sessions: () => Promise<number>;
  /** Operations that have begun and not ended, of all gateways of the database. */
  openOperations: () => Promise<number>;
}

/** Takes the same time however much of it is right. */
export function isMetricsToken(expected: string, authorization: string | null): boolean {
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(Buffer.from(sha256Hex(given)), Buffer.from(sha256Hex(expected)));
}

/** What the port for metrics serves: them, and nothing else. `token`: who asks must have it. */
export function metricsPage(metrics: MetricsEndpoint, token: string | undefined): Fetch {
  return async (request) => {
    const headers = { ...securityHeaders(createNonce(systemRandom), false), "Cache-Control": "no-store" };
    const refused = (status: number, more: Record<string, string> = {}) =>
      new Response(null, { status, headers: { ...headers, ...more } });
    const { pathname, hostname } = new URL(request.url);
    // A page in a browser on this machine may have a name of its own that leads here.
    if (token === undefined && !isLoopback(hostname)) return refused(421);
    if (pathname !== "/metrics") return refused(404);
    if (request.method !== "GET" && request.method !== "HEAD") return refused(405, { Allow: "GET, HEAD" });
    if (token !== undefined && !isMetricsToken(token, request.headers.get("Authorization"))) {
      return refused(401, { "WWW-Authenticate": "Bearer" });
    }
    const { type, text } = await metrics.render();
    return new Response(text, { headers: { ...headers, "Content-Type": type } });
  };
}
