import * as z from "zod/mini";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import { isMetricsToken } from "#server/metrics/metrics.ts";
import { type Route, route } from "./route.ts";

const hindranceWords = {
  stopping: "It is stopping.",
  database: "Its database does not answer.",
  schema: "Its database is that of another version.",
  configuration: "It has nothing to show.",
} as const;

const readySchema = z.object({ status: z.enum(["ready", "not ready"]), reasons: z.array(z.string()) });

export function healthRoutes({ instance, readiness, metrics, limits }: Gateway): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      summary: "Whether the process is alive",
      tag: "Operation",
      access: "anyone",
      isAddition: true,
      isProbe: true,
      answer: {
        status: 200,
        schema: z.object({ status: z.literal("ok"), instance: z.string() }),
        description: "It is; `instance` differs from start to start",
      },
      problems: [],
      handle: async () => ({ status: 200, body: { status: "ok", instance } }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      summary: "Whether it can do its work: for a balancer, which sends nobody where the answer is 503",
      tag: "Operation",
      access: "anyone",
      isAddition: true,
      isProbe: true,
      answer: { status: 200, schema: readySchema, description: "It can" },
      otherAnswers: [
        { status: 503, schema: readySchema, description: "It cannot, and why, in general words" },
      ],
      problems: [],
      handle: async () => {
        const reasons = (await readiness.hindrances()).map((one) => hindranceWords[one]);
        return reasons.length === 0
          ? { status: 200, body: { status: "ready", reasons } }
          : { status: 503, body: { status: "not ready", reasons } };
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      summary:
        "What was counted, in Prometheus's text format; there is such an address only with TOKENWARD_METRICS_TOKEN",
      tag: "Operation",
      access: "anyone",
      isAddition: true,
      isProbe: true,
      answer: {
        status: 200,
        description: "Prometheus's text format",
        contentTypes: ["text/plain; version=0.0.4; charset=utf-8"],
      },
      requestHeaders: { Authorization: "Bearer, a space, and the token of the metrics" },
      problems: [401, 404, 429],
      handle: async ({ request, clientAddress }) => {
        if (metrics?.token === undefined) throw new ApiError(404, "not_found", "There is no such address.");
        const wait = limits.bearerFailures.wait(clientAddress);
        if (wait > 0) {
          throw new ApiError(429, "rate_limited", "Too many requests with a wrong token. Wait a moment.", {
            retryAfter: wait,
          });
        }
        if (!isMetricsToken(metrics.token, request.headers.get("Authorization"))) {
          limits.bearerFailures.take(clientAddress);
          throw new ApiError(401, "credential_refused", "This is not the token of the metrics.", {
            headers: { "WWW-Authenticate": "Bearer" },
          });
        }
        const { type, text } = await metrics.render();
        return {
          status: 200,
          headers: { "Content-Type": type },
          stream: new Blob([text]).stream(),
        };
      },
    }),
  ];
}
