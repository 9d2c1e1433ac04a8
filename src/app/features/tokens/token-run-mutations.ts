import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { revokeRunKey } from "#contract/revoke-run-key.ts";
import { noteRefusal } from "#app/api/refused-actions.ts";
import { shareReads } from "#app/api/share-reads.ts";
import type { RunSteps } from "#app/api/revoke-run.ts";
import { deleteToken, getToken, type ClusterIds, type TokenKind } from "#app/api/tokens-api.ts";
import { checkListIsWhole } from "./list-proof.ts";
import type { ListedToken } from "./token-index.ts";
import { freshList, tokenIn } from "./token-mutations.ts";
import { tokensQuery } from "./token-queries.ts";

/** Milliseconds in which revoked rows are collected: changing a list of 100,000 costs the same for one row as for many. */
const PATCH_EVERY = 500;

export interface RunRequest {
  kind: TokenKind;
  ids: ClusterIds;
  runId: string;
  /** These tokens' rows say now what became of them. */
  onPatched: (ids: readonly string[]) => void;
}

export interface RunConnection {
  steps: Omit<RunSteps, "onOutcome">;
  /** The server confirmed it, or a reading did: its row follows. `revokedAt` in milliseconds, where somebody said when. */
  revoked(tokenId: string, revokedAt: number | undefined): void;
  /** Shows what is known and reads the list again, once. */
  close(): void;
}

/** Gives what joins a run with the server and with the list that is shown. */
export function useRunConnection(): (request: RunRequest) => RunConnection {
  const client = useQueryClient();
  return (request) => connectRun(client, request);
}

export function connectRun(client: QueryClient, { kind, ids, runId, onPatched }: RunRequest): RunConnection {
  const { queryKey } = tokensQuery(kind, ids);
  let settling = 0;
  const freshListForMany = shareReads(async () => {
    settling++;
    try {
      return await freshList(client, kind, ids);
    } finally {
      settling--;
    }
  });
  const checkForMany = shareReads(() => checkListIsWhole(client, ids));
  const collected = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const patch = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (settling > 0) {
      // A reading that is to settle an outcome must not be given up.
      timer = setTimeout(() => void patch(), PATCH_EVERY);
      return;
    }
    if (collected.size === 0) return;
    const revoked = [...collected];
    collected.clear();
    // A read under way may have begun before and would bring active rows back.
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, (list) => {
      if (list === undefined) return list;
      const changed: ListedToken[] = [];
      for (const [id, millis] of revoked) {
        const row = list.index.rowOf(id);
        if (row === undefined) continue;
        const token = list.index.tokenAt(row);
        if (token.revokedAt === undefined)
          changed.push({ ...token, revokedAt: new Date(millis).toISOString() });
      }
      return changed.length === 0 ? list : { ...list, index: list.index.apply({ changed, removed: [] }) };
    });
    onPatched(revoked.map(([id]) => id));
  };

  return {
    steps: {
      of: (tokenId) => ({
        // Derived from the run: whoever takes it up again asks with the same key, and has no second effect.
        revoke: () =>
          noteRefusal(client, { kind, ids, action: "revoke" }, () =>
            deleteToken(kind, ids, tokenId, revokeRunKey(runId, tokenId)),
          ),
        read: () => getToken(kind, ids, tokenId),
        findInFreshList: async () => {
          const token = tokenIn(await freshListForMany(), tokenId);
          if (token === undefined && kind === "database") await checkForMany();
          return token;
        },
      }),
      wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
      now: () => Date.now(),
    },
    revoked(tokenId, revokedAt) {
      collected.set(tokenId, revokedAt ?? Date.now());
      timer ??= setTimeout(() => void patch(), PATCH_EVERY);
    },
    close() {
      void patch().then(() => client.invalidateQueries({ queryKey }));
    },
  };
}
