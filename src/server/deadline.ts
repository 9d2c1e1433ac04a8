import { ApiError } from "./api-error.ts";

/**
 * How long after a request arrived a change may still be committed, in milliseconds. The browser gives up on a
 * revoke after 15 seconds and then reads what is true: nothing may happen behind the back of that reading.
 */
export const CHANGE_LIMIT = 12_000;

/**
 * Starts at the call. What it returns throws `unavailable`, with nothing done, from `limit` milliseconds on.
 * Compares instead of waiting for a timer: a process that was stopped for a while must notice before it acts.
 */
export function changeDeadline(limit = CHANGE_LIMIT, elapsed = () => performance.now()): () => void {
  const startedAt = elapsed();
  return () => {
    if (elapsed() - startedAt < limit) return;
    throw new ApiError(503, "unavailable", "The database was too slow: nothing was changed.", {
      retryAfter: 5,
      nothingDone: true,
    });
  };
}
