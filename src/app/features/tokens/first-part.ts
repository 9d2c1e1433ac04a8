import type { QueryClient } from "@tanstack/react-query";
import { collectionPath, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import type { TokenList } from "./token-list.ts";
import { tokensQuery } from "./token-queries.ts";

/** Milliseconds that the list's answer is waited for: where it takes longer, the page is there before its rows. */
const PATIENCE = 40;

/** Milliseconds more that the first rows of an answer may take to come, by when most machines have read them. */
const LONGEST = 400;

/**
 * What comes first of the list that start.js asked for, which goes on being read into the cache. Undefined when that is
 * another list, or it fails, or nothing of it comes in time. Does not reject.
 */
export function firstPart(
  client: QueryClient,
  kind: TokenKind,
  ids: ClusterIds,
): Promise<TokenList | undefined> {
  const early = window.tokenwardEarlyList;
  if (early?.path !== collectionPath(kind, ids)) return Promise.resolve(undefined);
  const query = tokensQuery(kind, ids);
  return new Promise((resolve) => {
    const state = () => client.getQueryState(query.queryKey);
    const end = () => {
      stop();
      resolve(state()?.data);
    };
    const stop = client.getQueryCache().subscribe(() => {
      if (state()?.data !== undefined || state()?.fetchFailureReason != null) end();
    });
    setTimeout(() => (early.answeredAt === undefined ? end() : setTimeout(end, LONGEST)), PATIENCE);
    void client.prefetchQuery(query);
  });
}
