import { queryOptions, useQuery, type QueryFunctionContext } from "@tanstack/react-query";
import { activityExportPath, getDeed, readActivity } from "#app/api/activity-api.ts";
import { pause } from "#app/api/pause.ts";
import { problemOf, readingOf, retryUnlessAbsent, type Reading, type ReadProblem } from "#app/api/reading.ts";
import type { ActivityDeed } from "#contract/activity.ts";
import { painted } from "#app/ui/painted.ts";
import { readRecord, type ActivityRecord } from "./activity-record.ts";

export type { ReadProblem };

/** Where the browser gets the deeds that a filter means as a file. */
export const exportPath = activityExportPath;

const REFRESH_MILLIS = 15_000;

/** Milliseconds between two parts that are shown: enough to see it move. */
const PART_EVERY = 500;

/** The deeds of one cluster. What is there of them is in the cache while the rest comes, and is read on after a failure. */
export function activityQuery(slug: string) {
  const queryKey = ["activity", slug] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ client, signal }: QueryFunctionContext): Promise<ActivityRecord> => {
      let latest: ActivityRecord | undefined;
      let shownAt = -Infinity;
      const show = () => {
        // Never fresh: whoever comes back to a part reads on.
        if (!signal.aborted && latest !== undefined) client.setQueryData(queryKey, latest, { updatedAt: 0 });
        shownAt = performance.now();
      };
      try {
        return await readRecord({
          held: client.getQueryData<ActivityRecord>(queryKey),
          ask: (question) => readActivity(slug, question, signal),
          onPart: async (part) => {
            const isFirst = latest === undefined;
            latest = part;
            if (!isFirst && performance.now() - shownAt < PART_EVERY) return;
            // Drawing it is a task of its own, beside reading.
            await pause();
            show();
            if (isFirst) await painted();
          },
        });
      } catch (failure) {
        // What was read stays read, and the next attempt reads on from there.
        show();
        throw failure;
      }
    },
    // What did not change stays the same object by the way it is read.
    structuralSharing: false,
  });
}

/** The record as far as it is read, kept up to date while the page is looked at. */
export function useActivity(slug: string) {
  const { data, error, isFetching, refetch } = useQuery({
    ...activityQuery(slug),
    // Whoever comes here wants to see what they just did.
    staleTime: 0,
    refetchInterval: REFRESH_MILLIS,
    refetchOnWindowFocus: "always",
  });
  return {
    record: data,
    problem: error === null ? undefined : problemOf(error),
    isFetching,
    refetch: () => void refetch(),
  };
}

export function deedQuery(slug: string, id: string) {
  return queryOptions({
    queryKey: ["activity", slug, "deed", id] as const,
    queryFn: ({ signal }) => getDeed(slug, id, signal),
    retry: retryUnlessAbsent,
  });
}

/** One deed whole, read again until its outcome is there. */
export function useDeed(slug: string, id: string): Reading<ActivityDeed> {
  const query = useQuery({
    ...deedQuery(slug, id),
    refetchInterval: ({ state }) => (state.data?.outcome === "started" ? REFRESH_MILLIS : false),
  });
  // What is recorded stays true, whatever the next answer is.
  return query.data === undefined ? readingOf<ActivityDeed>(query) : { state: "there", value: query.data };
}
