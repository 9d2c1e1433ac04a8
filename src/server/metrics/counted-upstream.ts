import { ApiError } from "#server/api-error.ts";
import type { Upstream } from "#server/services/upstream.ts";
import type { Metrics, UpstreamOutcome } from "./metrics.ts";

/** The same upstream; what becomes of each call is counted under the slug of its cluster. */
export function countedUpstream(upstream: Upstream, cluster: string, metrics: Metrics): Upstream {
  return {
    async request(call) {
      const startedAt = performance.now();
      const count = (outcome: UpstreamOutcome) =>
        metrics.upstream({
          cluster,
          kind: call.method === "GET" ? "read" : "change",
          outcome,
          seconds: (performance.now() - startedAt) / 1000,
        });
      try {
        const answer = await upstream.request(call);
        count("done");
        return answer;
      } catch (error) {
        count(outcomeOf(error));
        throw error;
      }
    },
    close: () => upstream.close(),
  };
}

function outcomeOf(error: unknown): UpstreamOutcome {
  if (!(error instanceof ApiError)) return "unknown";
  if (error.reason === "upstream_timeout") return "timeout";
  return error.nothingDone ? "refused" : "unknown";
}
