import { ApiError, describeFailure, failureRequestId } from "./api-error.ts";

export interface ReadProblem {
  reason: string;
  requestId: string | undefined;
}

/** Something that is read for a screen, and how far that came. */
export type Reading<T> =
  | { state: "waiting" }
  | { state: "there"; value: T }
  /** The server says that there is no such thing. */
  | { state: "absent" }
  | { state: "failed"; problem: ReadProblem; retry: () => void; retrying: boolean };

interface QueryState<T> {
  data: T | undefined;
  error: Error | null;
  isFetching: boolean;
  refetch: () => unknown;
}

export function readingOf<T>({ data, error, isFetching, refetch }: QueryState<T>): Reading<T> {
  if (error !== null && isAbsent(error)) return { state: "absent" };
  if (data !== undefined) return { state: "there", value: data };
  if (error === null) return { state: "waiting" };
  return { state: "failed", problem: problemOf(error), retry: () => void refetch(), retrying: isFetching };
}

/** For `retry` of a query: once, but for what does not exist. */
export function retryUnlessAbsent(failures: number, error: Error): boolean {
  return !isAbsent(error) && failures < 1;
}

/** 404, or 400 for an id that cannot be one. */
function isAbsent(error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  const { failure } = error;
  return failure.kind === "problem" && (failure.status === 404 || failure.status === 400);
}

/** Whatever was thrown, in words. */
export function problemOf(error: unknown): ReadProblem {
  if (!(error instanceof ApiError)) return { reason: "Something in this page failed.", requestId: undefined };
  return { reason: describeFailure(error.failure), requestId: failureRequestId(error.failure) };
}
