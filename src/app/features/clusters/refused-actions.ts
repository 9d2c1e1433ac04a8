import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Cluster } from "#contract/cluster.ts";
import { refusedKey, withRefusals, type RefusedActions } from "#app/api/refused-actions.ts";

/** What InfluxDB has refused to whoever is signed in, since they are. */
export function useRefusedActions(cluster: Cluster): RefusedActions | undefined {
  return useQuery<RefusedActions>({ queryKey: refusedKey(cluster), queryFn: skipToken, gcTime: Infinity })
    .data;
}

/** The cluster without what InfluxDB has refused. */
export function useAllowedCluster(cluster: Cluster): Cluster {
  const refused = useRefusedActions(cluster);
  return useMemo(() => withRefusals(cluster, refused), [cluster, refused]);
}

/** Offers again what was refused: rights may have been given meanwhile. */
export function useForgetRefusals(cluster: Cluster): () => void {
  const client = useQueryClient();
  return () => client.setQueryData(refusedKey(cluster), {} satisfies RefusedActions);
}
