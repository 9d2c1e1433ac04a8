import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError, isSignedOut, type Failure } from "#app/api/api-error.ts";
import {
  askAgain,
  createVerified,
  isSameExpiry,
  isSince,
  newMatches,
  type CreateOutcome,
  type CreateSteps,
  type ListedFacts,
  type WantedToken,
} from "#app/api/create-token.ts";
import {
  acknowledgeOperation,
  createToken,
  readCreated,
  settleOperation,
} from "#app/api/create-token-api.ts";
import { noteRefusal } from "#app/api/refused-actions.ts";
import type { ClusterIds, TokenKind } from "#app/api/tokens-api.ts";
import { fold, type ListedToken, type TokenIndex } from "./token-index.ts";
import { naturalKey } from "./token-index-text.ts";
import { withToken, type TokenList } from "./token-list.ts";
import { checkListIsWhole } from "./list-proof.ts";
import { freshList } from "./token-mutations.ts";
import { tokensQuery } from "./token-queries.ts";

export { acknowledgeOperation, isSameExpiry };
export type { CreateOutcome, WantedToken };

export interface CreationRequest {
  kind: TokenKind;
  ids: ClusterIds;
  wanted: WantedToken;
  /** What the gateway knows this attempt by: a new one for each attempt of the administrator. */
  operationKey: string;
  /** Milliseconds of the server's clock. */
  sentAt: number;
  /** Whether a token was listed before the request; nothing is known after a reload. */
  isKnown: (id: string) => boolean;
  /** Who began it, when somebody else is signed in now; `read`: asks the gateway who that is. */
  whoMustAsk: (read: boolean) => Promise<string | undefined>;
  /** Called when the answer was not enough and asking begins. */
  onChecking: () => void;
  /** Set: only ask what became of an earlier attempt, which failed this way. Nothing is sent. */
  checkOnly?: Failure;
}

/**
 * Gives what creates one token and resolves with what is true. The answer holds a secret, so it goes through no cache of
 * the library: what goes into the list's is the token without it.
 */
export function useCreateToken(): (request: CreationRequest) => Promise<CreateOutcome> {
  const client = useQueryClient();
  return async (request) => {
    const steps = stepsFor(client, request);
    const outcome =
      request.checkOnly === undefined
        ? await createVerified(steps)
        : await askAgain(steps, request.checkOnly);
    await show(client, outcome, request);
    return outcome;
  };
}

export function stepsFor(client: QueryClient, request: CreationRequest): CreateSteps {
  const { kind, ids, wanted, operationKey, sentAt, isKnown, whoMustAsk, onChecking } = request;
  return {
    send: () =>
      noteRefusal(client, { kind, ids, action: "create" }, () =>
        createToken(kind, ids, wanted, operationKey),
      ),
    settle: () => settleOperation(operationKey),
    whoMustAsk,
    readAnswer: (answer) => readCreated(kind, answer),
    findNewMatches: async () => {
      const list = await freshList(client, kind, ids);
      const matches = newMatches(wanted, sentAt, isKnown, createdSince(list.index, sentAt));
      // A row that cannot be read may be the token.
      if (matches.length === 0 && list.unreadable.length > 0) {
        throw new ApiError({ kind: "unreadable", status: 200, requestId: undefined });
      }
      if (matches.length === 0 && kind === "database") await checkListIsWhole(client, ids);
      return matches;
    },
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    onChecking,
  };
}

const EVERYTHING = {
  text: "",
  inactive: true,
  status: undefined,
  access: undefined,
  database: undefined,
  expiry: undefined,
} as const;

/** The youngest tokens of a list, down to those made at that instant of the server's clock. */
function* createdSince(index: TokenIndex, sentAt: number): Generator<ListedFacts> {
  const rows = index.query({ ...EVERYTHING, sort: { by: "created", descending: true }, now: sentAt });
  for (const row of rows) {
    const token = index.tokenAt(row);
    if (!isSince(token, sentAt)) return;
    yield token;
  }
}

/** What the server said is in the list at once; the rest of it is read again. */
async function show(client: QueryClient, outcome: CreateOutcome, request: CreationRequest): Promise<void> {
  const { queryKey } = tokensQuery(request.kind, request.ids);
  switch (outcome.kind) {
    case "created": {
      const { token } = outcome.created;
      // A read under way may have begun before the token was there.
      await client.cancelQueries({ queryKey });
      client.setQueryData(queryKey, (list: TokenList | undefined) => list && withToken(list, token));
      break;
    }
    case "created_secret_lost":
      // Whoever is told of it wants to see it, and to revoke it.
      await client.invalidateQueries({ queryKey });
      return;
    case "not_created":
      if (isSignedOut(outcome.failure)) return;
      break;
    case "candidates":
    case "unknown":
      break;
  }
  void client.invalidateQueries({ queryKey });
}

/** Says whether an active token has exactly this description, from a list as it is now. Each answer costs a few comparisons. */
export function descriptionsInUse(index: TokenIndex, now: number): (description: string) => boolean {
  let rows: Uint32Array | undefined;
  return (description) => {
    rows ??= index.query({
      ...EVERYTHING,
      inactive: false,
      sort: { by: "description", descending: false },
      now,
    });
    const key = orderKey(description);
    let from = 0;
    let to = rows.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (orderKey(descriptionAt(index, rows, middle)) < key) from = middle + 1;
      else to = middle;
    }
    // Those that differ in case or accents only stand beside it, in the order of their ids.
    for (; from < rows.length; from++) {
      const other = descriptionAt(index, rows, from);
      if (other === description) return true;
      if (orderKey(other) !== key) return false;
    }
    return false;
  };
}

/** What the list orders descriptions by. */
function orderKey(description: string): string {
  return naturalKey(fold(description));
}

function descriptionAt(index: TokenIndex, rows: Uint32Array, position: number): string {
  const row = rows[position];
  if (row === undefined) throw new RangeError(`There is no row at ${position}.`);
  return index.tokenAt(row).description;
}

export type { ListedFacts, ListedToken };

/** Gives what has a list read again, in the background. */
export function useRefreshTokens(): (kind: TokenKind, ids: ClusterIds) => void {
  const client = useQueryClient();
  return (kind, ids) => void client.invalidateQueries({ queryKey: tokensQuery(kind, ids).queryKey });
}
