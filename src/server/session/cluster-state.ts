import type { ClusterState } from "#contract/cluster.ts";
import { toApiError } from "#server/problem-answer.ts";
import type { CallContext, TokenService } from "#server/services/token-service.ts";

/** Milliseconds: somebody looks at a list of clusters, and one that takes longer is not well. */
const PATIENCE = 5000;

const NOT_FOUND_OUT = "Whether its lists are whole could not be found out.";

/** Asks the cluster, once. Never throws: whatever goes wrong is an answer. */
export async function clusterState(
  service: Pick<TokenService, "check" | "partialReason">,
  context: CallContext,
  patience = PATIENCE,
): Promise<ClusterState> {
  const late = AbortSignal.timeout(patience);
  let isReachable = false;
  const isLate = new Promise<ClusterState>((resolve) => {
    late.addEventListener("abort", () =>
      resolve(
        isReachable
          ? { state: "reachable", partialReason: NOT_FOUND_OUT }
          : { state: "unreachable", reason: `It did not answer within ${patience / 1000} seconds.` },
      ),
    );
  });
  const patient = { ...context, signal: AbortSignal.any([context.signal, late]) };
  const ask = async (): Promise<ClusterState> => {
    await service.check(patient);
    if (service.partialReason === undefined) return { state: "reachable" };
    isReachable = true;
    // Not knowing what a list may lack is no trouble of the cluster, but then the list proves nothing.
    const partialReason = await service.partialReason(patient).catch(() => NOT_FOUND_OUT);
    return { state: "reachable", ...(partialReason === undefined ? {} : { partialReason }) };
  };
  const answer = ask().catch((error: unknown): ClusterState | Promise<ClusterState> => {
    // Being given up says less than why.
    if (late.aborted) return isLate;
    const { status, message } = toApiError(error);
    const isRefused = status === 401 || status === 403;
    return { state: isRefused ? "credential_refused" : "unreachable", reason: message };
  });
  return Promise.race([answer, isLate]);
}
