import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError, isSignedOut, type Failure } from "#app/api/api-error.ts";
import { noteRefusal } from "#app/api/refused-actions.ts";
import { checkAgain, revokeVerified, type RevokeOutcome, type RevokeSteps } from "#app/api/revoke-token.ts";
import { deleteToken, getToken, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import { checkListIsWhole } from "./list-proof.ts";
import type { ListedToken } from "./token-index.ts";
import { withToken, type TokenList } from "./token-list.ts";
import { refreshWhenPainted, tokensQuery } from "./token-queries.ts";

export interface RevokeRequest {
  kind: TokenKind;
  ids: ClusterIds;
  tokenId: string;
  /** Called when the answer was not enough and the token is being read. */
  onChecking: () => void;
  /** Set: only look again what became of an earlier attempt, which failed this way. Nothing is sent. */
  checkOnly?: Failure;
  /** It is the credential in use: with it the session ends, and whatever is asked afterwards is refused. */
  endsSession: boolean;
}

/**
 * Gives what revokes one token and resolves with what is true: done, not done, or unknown. Never optimistic. When it is
 * done the one row is patched, as the server confirmed it, and the list is read again in the background.
 */
export function useRevokeToken(): (request: RevokeRequest) => Promise<RevokeOutcome> {
  const client = useQueryClient();
  const { mutateAsync } = useMutation({
    mutationFn: ({ outcome }: RevokeRequest & { outcome: Promise<RevokeOutcome> }) => outcome,
    onSuccess: (outcome, request) => settle(client, outcome, request),
    // Sending again is the administrator's decision, never the library's.
    retry: false,
  });
  return (request) => {
    const steps = stepsFor(client, request);
    // Begun here, where the button was pressed: the mutation would begin when the screen has been drawn again.
    const outcome =
      request.checkOnly === undefined ? revokeVerified(steps) : checkAgain(steps, request.checkOnly);
    return mutateAsync({ ...request, outcome });
  };
}

export function stepsFor(
  client: QueryClient,
  { kind, ids, tokenId, onChecking }: RevokeRequest,
): RevokeSteps {
  // One key for this attempt: what the browser sends again by itself carries it and has no second effect.
  const idempotencyKey = crypto.randomUUID();
  return {
    revoke: () =>
      noteRefusal(client, { kind, ids, action: "revoke" }, () =>
        deleteToken(kind, ids, tokenId, idempotencyKey),
      ),
    read: () => getToken(kind, ids, tokenId),
    findInFreshList: () => findInFreshList(client, kind, ids, tokenId),
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    onChecking,
  };
}

/**
 * A token as a complete list shows it that was asked for just now; undefined when it is not in it, and would be if there
 * were one. Throws ApiError when that cannot be told.
 */
export async function findInFreshList(
  client: QueryClient,
  kind: TokenKind,
  ids: ClusterIds,
  tokenId: string,
): Promise<ListedToken | undefined> {
  const token = tokenIn(await freshList(client, kind, ids), tokenId);
  if (token === undefined && kind === "database") await checkListIsWhole(client, ids);
  return token;
}

/** A complete list that was asked for just now. Throws ApiError when there is none. */
export async function freshList(client: QueryClient, kind: TokenKind, ids: ClusterIds): Promise<TokenList> {
  const query = tokensQuery(kind, ids);
  // A read that began before what it is to show would prove nothing, so it is not joined.
  await client.cancelQueries(query);
  const before = client.getQueryData(query.queryKey);
  const list = await client.fetchQuery({ ...query, staleTime: 0, retry: false });
  // A read that is given up, since the page was left, gives what was there before, or a part. Neither proves anything.
  if (list === before || !list.complete) throw new ApiError({ kind: "cancelled" });
  return list;
}

/** A token as a complete list shows it; undefined when it is not in it. ApiError when a list cannot tell. */
export function tokenIn(list: TokenList, tokenId: string): ListedToken | undefined {
  const row = list.index.rowOf(tokenId);
  if (row !== undefined) return list.index.tokenAt(row);
  // A row that cannot be read may be the token: its absence is then not shown.
  if (list.unreadable.some(({ id }) => id === undefined || id === tokenId)) {
    throw new ApiError({ kind: "unreadable", status: 200, requestId: undefined });
  }
  return undefined;
}

async function settle(client: QueryClient, outcome: RevokeOutcome, request: RevokeRequest): Promise<void> {
  const { kind, ids, tokenId } = request;
  const { queryKey } = tokensQuery(kind, ids);
  if (outcome.kind === "done") {
    // A read under way may have begun before the revocation and would bring the active row back.
    await client.cancelQueries({ queryKey });
    const revokedAt = new Date(outcome.revokedAt ?? Date.now()).toISOString();
    client.setQueryData(queryKey, (list) => {
      const row = list?.index.rowOf(tokenId);
      return list && row !== undefined ? withToken(list, { revokedAt, ...list.index.tokenAt(row) }) : list;
    });
  }
  if (outcome.kind === "done" && request.endsSession) return;
  if (outcome.kind === "not_done" && isSignedOut(outcome.failure)) return;
  refreshWhenPainted(client, kind, ids);
}
