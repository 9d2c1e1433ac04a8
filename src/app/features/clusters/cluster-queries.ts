import { queryOptions, useQuery } from "@tanstack/react-query";
import { listClusters } from "#app/api/clusters-api.ts";

export function clustersQuery() {
  return queryOptions({
    queryKey: ["clusters"] as const,
    queryFn: ({ signal }) => listClusters(signal),
    staleTime: 60_000,
  });
}

export function useClusters() {
  return useQuery(clustersQuery());
}
