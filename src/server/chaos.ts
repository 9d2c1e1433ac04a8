import type { MiddlewareHandler } from "hono";
import { CHAOS_HEADER } from "#contract/headers.ts";
import { ApiError } from "./api-error.ts";
import type { ClusterRegistry } from "./clusters.ts";
import type { GatewayEnv } from "./gateway.ts";

/** What happens to a request, how often in comparison, and to which: the answer to a change can be lost after it. */
const kinds = {
  delay: { weight: 4 },
  "not-acted": { weight: 4 },
  "answer-lost": { weight: 3 },
  "rate-limited": { weight: 2 },
  "broken-json": { weight: 1 },
  "cut-off": { weight: 2 },
} as const;
export type ChaosKind = keyof typeof kinds;

export interface ChaosOptions {
  /** Of a hundred requests so many fail: 0 to 100. */
  percent: number;
  /** From 0 up to but without 1. */
  fraction: () => number;
  wait: (milliseconds: number) => Promise<void>;
}

const LONGEST_DELAY = 3_000;
const LONGEST_PAUSE_SECONDS = 5;
const STATUSES = [500, 502, 503] as const;

/**
 * Lets a share of the requests to the own cluster's API fail, for a person who wants to see what the screens make of it.
 * What was done stays done and what was not done stays undone: only answers are spoilt. Those that are answered say so in
 * a header. Sign-in, other clusters and everything that is no API are left alone.
 */
export function createChaos(options: ChaosOptions, clusters: ClusterRegistry): MiddlewareHandler<GatewayEnv> {
  const { percent, fraction, wait } = options;
  return async (c, next) => {
    const isOwn = isOwnApi(new URL(c.req.url).pathname, clusters);
    if (!isOwn || fraction() * 100 >= percent) {
      await next();
      return;
    }
    const kind = pick(fraction());
    const marked = { [CHAOS_HEADER]: kind };
    switch (kind) {
      case "delay":
        await wait(Math.round(fraction() * LONGEST_DELAY));
        await next();
        c.header(CHAOS_HEADER, kind);
        return;
      case "not-acted": {
        const status = STATUSES[Math.floor(fraction() * STATUSES.length)] ?? 503;
        throw new ApiError(status, reasonOf(status), "Chaos: this server failed on purpose.", {
          headers: marked,
        });
      }
      case "rate-limited":
        throw new ApiError(429, "rate_limited", "Chaos: this server asks for a pause.", {
          retryAfter: 1 + Math.floor(fraction() * LONGEST_PAUSE_SECONDS),
          headers: marked,
        });
      case "answer-lost":
        await next();
        c.env?.breakOff?.();
        // Where there is no connection to break, as good as nothing arrives.
        c.res = new Response(null, { status: 502, headers: marked });
        return;
      case "broken-json":
      case "cut-off":
        await next();
        await spoil(c, kind);
    }
  };
}

/** Half of the body: in good order, as if it were all of it, or with a connection that breaks. */
async function spoil(
  c: Parameters<MiddlewareHandler<GatewayEnv>>[0],
  kind: "broken-json" | "cut-off",
): Promise<void> {
  const whole = new Uint8Array(await c.res.arrayBuffer());
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const headers = new Headers(c.res.headers);
  headers.set(CHAOS_HEADER, kind);
  const { status } = c.res;
  if (whole.length === 0) {
    // Nothing to spoil, such as a 204: there is then only the connection.
    if (kind === "cut-off") c.env?.breakOff?.();
    c.res = new Response(null, { status, headers });
    return;
  }
  if (kind === "broken-json") {
    headers.delete("Content-Length");
    c.res = new Response(half, { status, headers });
    return;
  }
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(half),
    // Asked for more: what was passed on has been taken by then.
    pull: (controller) => {
      c.env?.breakOff?.();
      controller.error(new Error("Chaos: cut off on purpose."));
    },
  });
  c.res = new Response(body, { status, headers });
}

function pick(at: number): ChaosKind {
  const entries = Object.entries(kinds) as [ChaosKind, { weight: number }][];
  let left = at * entries.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const [kind, { weight }] of entries) {
    if (left < weight) return kind;
    left -= weight;
  }
  return "delay";
}

function reasonOf(status: (typeof STATUSES)[number]) {
  if (status === 500) return "internal";
  return status === 502 ? "upstream_unreachable" : "unavailable";
}

const SHORT = /^\/api\/v0\/(?:tokens|databases)(?:\/|$)/;
const LONG = /^\/api\/v0\/accounts\/([^/]+)\/(?:clusters\/([^/]+)\/|management-tokens(?:\/|$))/i;

function isOwnApi(path: string, clusters: ClusterRegistry): boolean {
  if (SHORT.test(path)) return clusters.main.cluster.product === "own";
  const long = LONG.exec(path);
  if (long === null) return false;
  const [, accountId, clusterId] = long;
  return clusters.entries.some(
    ({ cluster }) =>
      cluster.product === "own" &&
      cluster.accountId === accountId?.toLowerCase() &&
      (clusterId === undefined || cluster.clusterId === clusterId.toLowerCase()),
  );
}
