import { queryOptions, useQuery } from "@tanstack/react-query";
import { getTokenHistory } from "#app/api/history-api.ts";
import { readingOf, retryUnlessAbsent, type Reading } from "#app/api/reading.ts";
import { getToken, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import type { Activity } from "#contract/activity.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import type { Token } from "#contract/token.ts";

export type { Reading };

export interface TokenAddress {
  kind: TokenKind;
  ids: ClusterIds;
  id: string;
  /** Key of the list that the token is in: whatever makes that stale makes this stale. */
  listKey: readonly unknown[];
}

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
    retry: retryUnlessAbsent,
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
