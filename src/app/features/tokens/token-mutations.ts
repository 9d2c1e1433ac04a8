import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError, isSignedOut, type Failure } from "#app/api/api-error.ts";
import { checkAgain, revokeVerified, type RevokeOutcome, type RevokeSteps } from "#app/api/revoke-token.ts";
import type { TokenList } from "#app/api/token-list.ts";
import { deleteToken, getToken, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import { databaseTokensQuery, managementTokensQuery } from "./token-queries.ts";

export interface RevokeRequest {
  kind: TokenKind;
  ids: ClusterIds;
  tokenId: string;
  /** Called when the answer was not enough and the token is being read. */
  onChecking: () => void;
  /** Set: only look again what became of an earlier attempt, which failed this way. Nothing is sent. */
  checkOnly?: Failure;
}

/**
 * Revokes one token and resolves with what is true: done, not done, or unknown. Never optimistic. When it is
 * done the one row is patched, as the server confirmed it, and the list is read again in the background.
 */
export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: RevokeRequest) => {
      const steps = stepsFor(client, request);
      return request.checkOnly === undefined ? revokeVerified(steps) : checkAgain(steps, request.checkOnly);
    },
    onSuccess: (outcome, request) => settle(client, outcome, request),
    // Sending again is the administrator's decision, never the library's.
    retry: false,
  });
}

function stepsFor(client: QueryClient, { kind, ids, tokenId, onChecking }: RevokeRequest): RevokeSteps {
  // One key for this attempt: what the browser sends again by itself carries it and has no second effect.
  const idempotencyKey = crypto.randomUUID();
  return {
    revoke: () => deleteToken(kind, ids, tokenId, idempotencyKey),
    read: () => getToken(kind, ids, tokenId),
    findInFreshList: async () => {
      const list = await readFreshList(client, kind, ids);
      const found = list.tokens.find((token) => token.id === tokenId);
      if (found !== undefined) return found;
      // A row that cannot be read may be the token: its absence is then not shown.
      if (list.unreadable.some((row) => row.id === undefined || row.id === tokenId)) {
        throw new ApiError({ kind: "unreadable", status: 200, requestId: undefined });
      }
      return undefined;
    },
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    onChecking,
  };
}

type AnyTokenList = TokenList<{ id: string; revokedAt?: string | undefined }>;

async function readFreshList(client: QueryClient, kind: TokenKind, ids: ClusterIds): Promise<AnyTokenList> {
  // A read that began before the DELETE would prove nothing, so it is not joined.
  const options = { staleTime: 0, retry: false } as const;
  if (kind === "database") {
    const query = databaseTokensQuery(ids);
    await client.cancelQueries(query);
    return client.fetchQuery({ ...query, ...options });
  }
  const query = managementTokensQuery(ids);
  await client.cancelQueries(query);
  return client.fetchQuery({ ...query, ...options });
}

async function settle(client: QueryClient, outcome: RevokeOutcome, request: RevokeRequest): Promise<void> {
  const { kind, ids, tokenId } = request;
  const query = kind === "database" ? databaseTokensQuery(ids) : managementTokensQuery(ids);
  if (outcome.kind === "done") {
    // A read under way may have begun before the revocation and would bring the active row back.
    await client.cancelQueries({ queryKey: query.queryKey });
    const revokedAt = new Date(outcome.revokedAt ?? Date.now()).toISOString();
    if (kind === "database") {
      client.setQueryData(databaseTokensQuery(ids).queryKey, (list) =>
        patchRevoked(list, tokenId, revokedAt),
      );
    } else {
      client.setQueryData(managementTokensQuery(ids).queryKey, (list) =>
        patchRevoked(list, tokenId, revokedAt),
      );
    }
  }
  if (outcome.kind === "not_done" && isSignedOut(outcome.failure)) return;
  // Not awaited: the row is true already, and the dialog need not wait for the whole list.
  void client.invalidateQueries({ queryKey: query.queryKey });
}

function patchRevoked<T extends { id: string; revokedAt?: string | undefined }>(
  list: TokenList<T> | undefined,
  id: string,
  revokedAt: string,
): TokenList<T> | undefined {
  if (list === undefined) return undefined;
  return {
    ...list,
    tokens: list.tokens.map((token) => (token.id === id ? { revokedAt, ...token } : token)),
  };
}
