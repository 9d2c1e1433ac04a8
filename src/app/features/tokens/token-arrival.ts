import { useQueryClient } from "@tanstack/react-query";
import type { ListedToken } from "./token-index.ts";
import { withToken } from "./token-list.ts";
import { tokensQuery, type ClusterIds, type TokenKind } from "./token-queries.ts";

/** Gives what puts a token into the list that the server said is there; the rest of the list is read again. */
export function useTokenArrived(): (kind: TokenKind, ids: ClusterIds, token: ListedToken) => Promise<void> {
  const client = useQueryClient();
  return async (kind, ids, token) => {
    const { queryKey } = tokensQuery(kind, ids);
    // A read under way may have begun before the token was there.
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, (list) => list && withToken(list, token));
    void client.invalidateQueries({ queryKey });
  };
}
