import type { QueryClient } from "@tanstack/react-query";
import type { Cluster } from "#contract/cluster.ts";
import { ApiError } from "#app/api/api-error.ts";
import { getClusterState } from "#app/api/cluster-access-api.ts";
import { CLUSTERS_KEY } from "#app/api/clusters-api.ts";
import type { ClusterIds } from "#app/api/tokens-api.ts";

/**
 * Resolves when a complete list of the cluster also tells what there is not. Throws ApiError: `partial` when it may leave
 * out what the caller may not see, or whatever kept that from being found out.
 */
export async function checkListIsWhole(
  client: QueryClient,
  { accountId, clusterId }: ClusterIds,
): Promise<void> {
  const clusters = client.getQueryData<Cluster[]>(CLUSTERS_KEY) ?? [];
  const cluster = clusters.find((each) => each.accountId === accountId && each.clusterId === clusterId);
  if (cluster?.listsMayBePartial === false) return;
  const { state, reason, partialReason } =
    cluster === undefined
      ? { state: undefined, reason: "The cluster is not known here any more.", partialReason: undefined }
      : await getClusterState(cluster.slug);
  if (state === "reachable" && partialReason === undefined) return;
  throw new ApiError({ kind: "partial", reason: partialReason ?? reason ?? "" });
}
