import { queryOptions, useQuery } from "@tanstack/react-query";
import { CLUSTERS_KEY, listClusters } from "#app/api/clusters-api.ts";

export function clustersQuery() {
  return queryOptions({
    queryKey: CLUSTERS_KEY,
    queryFn: ({ signal }) => listClusters(signal),
    staleTime: 60_000,
  });
}

export function useClusters() {
  return useQuery(clustersQuery());
}
