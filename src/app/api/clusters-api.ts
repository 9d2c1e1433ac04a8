import type { Cluster } from "#contract/cluster.ts";
import { parseBody, send } from "./http.ts";

/** Where the clusters stand in the query cache. */
export const CLUSTERS_KEY = ["clusters"] as const;

export async function listClusters(signal?: AbortSignal): Promise<Cluster[]> {
  return parseBody(({ clusters }) => clusters, await send({ path: "/api/clusters", signal }));
}
