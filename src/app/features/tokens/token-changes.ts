import { queryOptions, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, isSignedOut, type Failure } from "#app/api/api-error.ts";
import {
  readSuspension,
  readToken,
  restoreToken,
  suspendToken,
  updateToken,
  type ChangeTerms,
} from "#app/api/change-token-api.ts";
import { noteRefusal } from "#app/api/refused-actions.ts";
import type { ClusterIds } from "#app/api/tokens-api.ts";
import {
  checkUpdateAgain,
  updateVerified,
  type KeptReading,
  type TokenReading,
  type UpdateOutcome,
  type UpdateSteps,
} from "#app/api/update-token.ts";
import { ifMatchOf, judge, type TokenChange } from "./token-change-verdict.ts";
import { withToken } from "./token-list.ts";
import { findInFreshList } from "./token-mutations.ts";
import { refreshWhenPainted, tokensQuery } from "./token-queries.ts";

export type { KeptReading, TokenReading, UpdateOutcome };

export interface ChangeOptions {
  /** Called when the answer was not enough and the token is being read. */
  onChecking?: () => void;
  /** Set: only look again what became of an earlier attempt, which failed this way. Nothing is sent. */
  checkOnly?: Failure;
}

/**
 * Gives what changes one database token and resolves with what is true. Never optimistic, and nothing is sent a second
 * time. The one row is patched with what was read, and the list is read again in the background.
 */
export function useChangeToken(
  ids: ClusterIds,
): (change: TokenChange, options?: ChangeOptions) => Promise<UpdateOutcome> {
  const client = useQueryClient();
  return async (change, { onChecking = ignore, checkOnly } = {}) => {
    const steps = stepsFor(client, ids, change, onChecking);
    const outcome = await (checkOnly === undefined
      ? updateVerified(steps)
      : checkUpdateAgain(steps, checkOnly));
    await settle(client, ids, outcome);
    return outcome;
  };
}

function ignore(): void {}

export function stepsFor(
  client: QueryClient,
  ids: ClusterIds,
  change: TokenChange,
  onChecking: () => void,
): UpdateSteps {
  const { id } = change.base.token;
  return {
    // One key for this attempt: what the browser sends again by itself carries it and has no second effect.
    send: () =>
      noteRefusal(client, { kind: "database", ids, action: "change" }, () =>
        sendChange(ids, change, { ifMatch: ifMatchOf(change), idempotencyKey: crypto.randomUUID() }),
      ),
    read: () => (change.change === "restore" ? readForRestoring(ids, id) : readToken(ids, id)),
    findInFreshList: () => findInFreshList(client, "database", ids, id),
    judge: (reading) => judge(reading, change),
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    onChecking,
  };
}

function sendChange(ids: ClusterIds, change: TokenChange, terms: ChangeTerms): Promise<TokenReading> {
  const { id } = change.base.token;
  switch (change.change) {
    case "update":
      return updateToken(ids, id, change.update, terms);
    case "suspend":
      return suspendToken(ids, id, terms);
    case "restore":
      return restoreToken(ids, id, terms);
  }
}

/** A restored token has nothing kept: asking for it would be refused. */
async function readForRestoring(ids: ClusterIds, id: string): Promise<TokenReading> {
  const reading = await readToken(ids, id);
  return reading.token.suspendedAt === undefined ? reading : readWithKept(ids, id);
}

async function settle(client: QueryClient, ids: ClusterIds, outcome: UpdateOutcome): Promise<void> {
  const reading =
    outcome.kind === "saved" ? outcome.saved : outcome.kind === "conflict" ? outcome.current : undefined;
  if (reading !== undefined) await patchRow(client, ids, reading);
  if (outcome.kind === "not_saved" && isSignedOut(outcome.failure)) return;
  refreshWhenPainted(client, "database", ids);
}

async function patchRow(client: QueryClient, ids: ClusterIds, { token }: TokenReading): Promise<void> {
  const { queryKey } = tokensQuery("database", ids);
  // A read under way may have begun before the change and would bring the row of before back.
  await client.cancelQueries({ queryKey });
  client.setQueryData(queryKey, (list) =>
    list?.index.rowOf(token.id) === undefined ? list : withToken(list, token),
  );
}

/**
 * Reads a token with what is kept of it, which is nothing once somebody restored it. Throws ApiError when either cannot
 * be read.
 */
export async function readWithKept(ids: ClusterIds, id: string, signal?: AbortSignal): Promise<TokenReading> {
  let kept: KeptReading | undefined;
  let refusal: ApiError | undefined;
  try {
    kept = await readSuspension(ids, id, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.failure.kind !== "problem" || error.failure.status !== 404) {
      throw error;
    }
    refusal = error;
  }
  // Afterwards: the ETag of what is kept stands for nothing newer than what is shown.
  const reading = await readToken(ids, id, { asked: true, ...(signal === undefined ? {} : { signal }) });
  if (reading.token.suspendedAt === undefined) return reading;
  if (kept === undefined) throw refusal ?? new Error("Neither an answer nor a refusal.");
  return { ...reading, kept };
}

function openedTokenQuery(ids: ClusterIds, id: string, withKept: boolean) {
  return queryOptions({
    queryKey: ["opened-token", ids.accountId, ids.clusterId, id, withKept] as const,
    queryFn: ({ client, signal }) =>
      withKept ? openSuspended(client, ids, id, signal) : readToken(ids, id, { asked: true, signal }),
    // For one dialog, once: what a change begins with does not move under it.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** A token that is to be restored, as it is now. Where somebody else restored it, the list says so as well. */
async function openSuspended(
  client: QueryClient,
  ids: ClusterIds,
  id: string,
  signal?: AbortSignal,
): Promise<TokenReading> {
  const reading = await readWithKept(ids, id, signal);
  if (reading.kept === undefined) {
    await patchRow(client, ids, reading);
    refreshWhenPainted(client, "database", ids);
  }
  return reading;
}

/** Gives what reads a token, and what is kept of it, for restoring it. Rejects with ApiError. */
export function useOpenSuspended(ids: ClusterIds): (id: string) => Promise<TokenReading> {
  const client = useQueryClient();
  return (id) => openSuspended(client, ids, id);
}

/**
 * The token as it was when this was first asked; it stays that, whatever is read later. `withKept`: with what is kept of
 * it while it is suspended.
 */
export function useOpenedToken(ids: ClusterIds, id: string, withKept: boolean) {
  const query = useQuery(openedTokenQuery(ids, id, withKept));
  const [first, setFirst] = useState<TokenReading>();
  if (first === undefined && query.data !== undefined) setFirst(query.data);
  return {
    opened: first ?? query.data,
    error: first === undefined ? query.error : null,
    isReading: query.isFetching,
    retry: () => void query.refetch(),
  };
}
