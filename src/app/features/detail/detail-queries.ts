import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, describeFailure, failureRequestId } from "#app/api/api-error.ts";
import { getTokenHistory } from "#app/api/history-api.ts";
import { getToken, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import type { Activity } from "#contract/activity.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import type { Token } from "#contract/token.ts";

export interface TokenAddress {
  kind: TokenKind;
  ids: ClusterIds;
  id: string;
  /** Key of the list that the token is in: whatever makes that stale makes this stale. */
  listKey: readonly unknown[];
}

export interface ReadProblem {
  reason: string;
  requestId: string | undefined;
}

export type Reading<T> =
  | { state: "waiting" }
  | { state: "there"; value: T }
  /** The server says that there is no such thing. */
  | { state: "absent" }
  | { state: "failed"; problem: ReadProblem; retry: () => void; retrying: boolean };

const REFRESH_MILLIS = 30_000;

export function tokenHistoryQuery({ kind, ids, id, listKey }: TokenAddress) {
  return queryOptions({
    queryKey: [...listKey, "history", id],
    queryFn: ({ signal }) => getTokenHistory(kind, ids, id, signal),
  });
}

export function oneTokenQuery({ kind, ids, id, listKey }: TokenAddress) {
  return queryOptions({
    queryKey: [...listKey, "token", id],
    queryFn: ({ signal }) => getToken(kind, ids, id, signal),
    retry: (count, error) => !isAbsent(error) && count < 1,
  });
}

/** What is recorded of a token, newest first. Read again with the list, so that what was just done is in it. */
export function useTokenHistory(address: TokenAddress): Reading<readonly Activity[]> {
  return readingOf(
    useQuery({ ...tokenHistoryQuery(address), staleTime: 0, refetchInterval: REFRESH_MILLIS }),
  );
}

/** One token, for when no list says anything of it. `wanted`: whether it is to be asked for. */
export function useOneToken(address: TokenAddress, wanted: boolean): Reading<Token | ManagementToken> {
  return readingOf(
    useQuery({ ...oneTokenQuery(address), enabled: wanted, staleTime: 0, refetchInterval: REFRESH_MILLIS }),
  );
}

interface QueryState<T> {
  data: T | undefined;
  error: Error | null;
  isFetching: boolean;
  refetch: () => unknown;
}

function readingOf<T>({ data, error, isFetching, refetch }: QueryState<T>): Reading<T> {
  if (error !== null && isAbsent(error)) return { state: "absent" };
  if (data !== undefined) return { state: "there", value: data };
  if (error === null) return { state: "waiting" };
  return { state: "failed", problem: problemOf(error), retry: () => void refetch(), retrying: isFetching };
}

/** 404, or 400 for an id that cannot be one. */
function isAbsent(error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  const { failure } = error;
  return failure.kind === "problem" && (failure.status === 404 || failure.status === 400);
}

function problemOf(error: Error): ReadProblem {
  if (!(error instanceof ApiError)) {
    return { reason: "Something in this page failed.", requestId: undefined };
  }
  return { reason: describeFailure(error.failure), requestId: failureRequestId(error.failure) };
}
