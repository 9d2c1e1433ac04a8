import { queryOptions, skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  readManagementList,
  type ManagementListReading,
  type UnreadableRow,
} from "#contract/influxctl-management-list.ts";
import type { ManagementToken } from "#contract/management-token.ts";

/** What influxctl printed of an account's management tokens, as somebody brought it here. Nothing keeps it fresh. */
export interface ManagementSnapshot {
  tokens: readonly ManagementToken[];
  unreadable: readonly UnreadableRow[];
  /** Our clock when it was brought, in milliseconds. */
  takenAt: number;
}

/** With what belongs to the person: signing out forgets it. */
function snapshotQuery(slug: string) {
  return queryOptions<ManagementSnapshot>({
    queryKey: ["management-snapshot", slug],
    queryFn: skipToken,
    staleTime: Infinity,
    gcTime: Infinity,
  });
}

export interface SnapshotOfCluster {
  snapshot: ManagementSnapshot | undefined;
  /** Takes the printed text; undefined when it was read, else why not. */
  take: (text: string) => Extract<ManagementListReading, { kind: "refused" }> | undefined;
  forget: () => void;
}

export function useManagementSnapshot(slug: string): SnapshotOfCluster {
  const client = useQueryClient();
  const query = snapshotQuery(slug);
  const { data } = useQuery(query);
  return {
    snapshot: data,
    take: (text) => {
      const reading = readManagementList(text);
      if (reading.kind === "refused") return reading;
      const { tokens, unreadable } = reading;
      client.setQueryData(query.queryKey, { tokens, unreadable, takenAt: Date.now() });
      return undefined;
    },
    // Removed, it would stay on the screen that shows it.
    forget: () => void client.resetQueries({ queryKey: query.queryKey }),
  };
}
