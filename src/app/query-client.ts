import { notifyManager, QueryClient } from "@tanstack/react-query";
import { ApiError } from "#app/api/api-error.ts";

const TRIES = 3;

/** Whether reading again may help. Refusals are final; a proxy's odd page or a broken line is not. */
function mayRetry(error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  const { failure } = error;
  switch (failure.kind) {
    case "network":
    case "cut":
    case "unreadable":
      return true;
    case "problem":
      return failure.status === 429 || (failure.status >= 500 && failure.problem.reason !== "internal");
    case "timeout":
    case "partial":
    case "too_large":
    case "offline":
    case "cancelled":
      return false;
  }
}

function retryDelayMillis(attempt: number, error: Error): number {
  const asked =
    error instanceof ApiError && error.failure.kind === "problem" ? error.failure.retryAfter : undefined;
  return asked === undefined ? 500 * 2 ** attempt : asked * 1000;
}

/** Reads are repeated with back-off; what changes something never is. */
export function createQueryClient(): QueryClient {
  // By default news of the cache waits for a timer, which is a frame late as often as not.
  notifyManager.setScheduler(queueMicrotask);
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < TRIES - 1 && mayRetry(error),
        retryDelay: retryDelayMillis,
        staleTime: 5_000,
        // Lists of another cluster are kept for a while, not for ever: they are large.
        gcTime: 5 * 60_000,
        // The browser's own idea of being online is checked where a request is sent, which then says so.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
