import { queryOptions, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Cluster } from "#contract/cluster.ts";
import { ApiError, describeFailure } from "#app/api/api-error.ts";
import { getClusterState, signInToCluster } from "#app/api/cluster-access-api.ts";
import { clustersQuery } from "./cluster-queries.ts";

/** Milliseconds that what was found out about a cluster is shown without asking again. */
const FRESH = 15_000;

function clusterStateQuery(slug: string) {
  return queryOptions({
    queryKey: ["cluster-state", slug] as const,
    queryFn: ({ signal }) => getClusterState(slug, signal),
    staleTime: FRESH,
    retry: false,
  });
}

/** How things stand with each of the clusters, in their order; undefined where it is not known yet. */
export function useClusterStates(clusters: readonly Cluster[], wanted: boolean) {
  return useQueries({
    queries: clusters.map(({ slug }) => ({ ...clusterStateQuery(slug), enabled: wanted })),
    combine: (results) => results.map(({ data, error }) => ({ state: data, failed: error !== null })),
  });
}

/** The same of one. */
export function useClusterState(slug: string) {
  return useQuery(clusterStateQuery(slug)).data;
}

/** Signs in to one cluster. Whatever was read of it before is read again, as whoever the token belongs to. */
export function useClusterSignIn({ slug, accountId, clusterId }: Cluster) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (managementToken: string) => signInToCluster(slug, managementToken),
    // The token is in the mutation's variables: it must not outlive the form.
    gcTime: 0,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: clusterStateQuery(slug).queryKey });
      await client.invalidateQueries({ queryKey: clustersQuery().queryKey });
      await client.resetQueries({ queryKey: ["cluster", accountId, clusterId] });
    },
  });
}

/** One sentence for the form. */
export function clusterSignInProblem(error: Error): string {
  return error instanceof ApiError ? describeFailure(error.failure) : "Signing in failed in this page.";
}
