import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "#app/api/api-error.ts";
import { problemOf, type ReadProblem } from "#app/api/reading.ts";
import {
  endRevokeRun,
  getRevokeRun,
  listRevokeRuns,
  recordRevokeRun,
  type RevokeRun,
  type RevokeRunSummary,
  type StartRevokeRun,
} from "#app/api/revoke-runs-api.ts";
import { lockName, runsUnderWay } from "./run-lock.ts";

export { problemOf };
export type { RevokeRun, RevokeRunSummary, StartRevokeRun };

function openRunsQuery(slug: string) {
  return queryOptions({
    queryKey: ["cluster-slug", slug, "revoke-runs"] as const,
    queryFn: async ({ signal }): Promise<RevokeRunSummary[]> => {
      const runs = await listRevokeRuns(slug, signal);
      // What a page of this browser is doing right now was not interrupted.
      const held = await runsUnderWay();
      return runs.filter(({ id }) => !held.has(lockName(id)));
    },
  });
}

/** Runs that were left before their end, the newest first. Where they cannot be read nothing is said: it is no list. */
export function useInterruptedRuns(slug: string): readonly RevokeRunSummary[] {
  const { data } = useQuery({ ...openRunsQuery(slug), refetchOnWindowFocus: "always" });
  return data ?? [];
}

/** Why a call about a run failed, for the dialog. */
export type RunProblem = ReadProblem;

export type RunAnswer = { run: RevokeRunSummary } | { problem: RunProblem };

export interface RunCalls {
  /** The same key with the same tokens is the same run, however often it is asked. */
  record(body: StartRevokeRun, idempotencyKey: string): Promise<RunAnswer>;
  /** It is over. Where that cannot be said the run is offered again. */
  end(runId: string): Promise<void>;
  /** Asks again which runs were left. */
  lookAgain(): void;
}

export function useRunCalls(slug: string): RunCalls {
  const client = useQueryClient();
  const lookAgain = () => void client.invalidateQueries({ queryKey: openRunsQuery(slug).queryKey });
  return {
    async record(body, idempotencyKey) {
      try {
        return { run: await recordRevokeRun(slug, body, idempotencyKey) };
      } catch (error) {
        return { problem: problemOf(error) };
      }
    },
    async end(runId) {
      try {
        await endRevokeRun(slug, runId, crypto.randomUUID());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
      lookAgain();
    },
    lookAgain,
  };
}

export interface RunRecord {
  /** What the gateway knows of the run and of each of its tokens. */
  run: RevokeRun | undefined;
  problem: RunProblem | undefined;
  retry: () => void;
}

/** Reads an earlier run anew whenever it is opened; nothing without its id. */
export function useRunRecord(slug: string, runId: string | undefined): RunRecord {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["cluster-slug", slug, "revoke-runs", runId],
    queryFn: ({ signal }) => getRevokeRun(slug, runId ?? "", signal),
    enabled: runId !== undefined,
    // What is shown is what is going to be done: it must not change under who reads it, and must not be old.
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return {
    run: data,
    problem: error === null || isFetching ? undefined : problemOf(error),
    retry: () => void refetch(),
  };
}
