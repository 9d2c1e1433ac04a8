import {
  queryOptions,
  useQuery,
  type QueryClient,
  type QueryFunctionContext,
  type QueryKey,
} from "@tanstack/react-query";
import {
  listDatabases,
  listDatabaseTokens,
  listManagementTokens,
  type ClusterIds,
  type TokenKind,
} from "#app/api/tokens-api.ts";
import { pause } from "#app/api/pause.ts";
import { painted } from "#app/ui/painted.ts";
import type { ListedToken } from "./token-index.ts";
import { readTokenList, type ListReading, type TokenList } from "./token-list.ts";

export type { ClusterIds, TokenKind };

const REFRESH_MILLIS = 30_000;

function clusterKey(ids: ClusterIds) {
  return ["cluster", ids.accountId, ids.clusterId] as const;
}

/** Reads a list against what the cache holds; what is there of a first one is in the cache while the rest comes. */
function readIntoCache<T extends ListedToken>(
  { client, queryKey, signal }: QueryFunctionContext,
  ask: ListReading<T>["ask"],
): Promise<TokenList> {
  const cached = listIn(client, queryKey);
  return readTokenList({
    held: cached?.complete ? cached : undefined,
    ask,
    onPart: async (part) => {
      // A second attempt does not take away what the first one had shown.
      const shown = listIn(client, queryKey);
      if (signal.aborted || (shown !== undefined && shown.index.total > part.index.total)) return;
      if (shown !== undefined) {
        // Drawing further parts is a task of its own, beside reading them.
        await pause();
        if (signal.aborted) return;
      }
      // Never fresh: whoever comes back to a part reads the list again.
      client.setQueryData(queryKey, part, { updatedAt: 0 });
      // The first rows are to be seen before more of the list takes the time; further ones come when they come.
      if (shown === undefined) await painted();
    },
    signal,
  });
}

function listIn(client: QueryClient, queryKey: QueryKey): TokenList | undefined {
  return client.getQueryData<TokenList>(queryKey);
}

/** The whole list of database tokens of a cluster, or of management tokens of its account. */
export function tokensQuery(kind: TokenKind, ids: ClusterIds) {
  const queryKey: readonly string[] =
    kind === "database"
      ? [...clusterKey(ids), "database-tokens"]
      : ["account", ids.accountId, "management-tokens"];
  return queryOptions({
    queryKey,
    queryFn: (context): Promise<TokenList> =>
      kind === "database"
        ? readIntoCache(context, (request) => listDatabaseTokens(ids, request))
        : readIntoCache(context, (request) => listManagementTokens(ids, request)),
    // What did not change stays the same object by the way it is read; comparing all of it again would cost frames.
    structuralSharing: false,
  });
}

/**
 * Has a list read again once what is known of it is on the screen: the answer that somebody waits for comes before news.
 * Not to be awaited.
 */
export function refreshWhenPainted(client: QueryClient, kind: TokenKind, ids: ClusterIds): void {
  const { queryKey } = tokensQuery(kind, ids);
  void painted().then(() => client.invalidateQueries({ queryKey }));
}

export function databasesQuery(ids: ClusterIds) {
  return queryOptions({
    queryKey: [...clusterKey(ids), "databases"] as const,
    queryFn: ({ signal }) => listDatabases(ids, signal),
  });
}

/** While the page is visible the list is read again every 30 s, and when it comes back to the front. */
const kept = { refetchInterval: REFRESH_MILLIS, refetchOnWindowFocus: "always" } as const;

export function useTokens(kind: TokenKind, ids: ClusterIds) {
  return useQuery({ ...tokensQuery(kind, ids), ...kept });
}

/** `wanted`: nothing on the first screen needs them, so they wait until the rows are there. */
export function useDatabases(ids: ClusterIds, wanted: boolean) {
  return useQuery({ ...databasesQuery(ids), enabled: wanted });
}
