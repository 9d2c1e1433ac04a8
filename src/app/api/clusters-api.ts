import type { Cluster } from "#contract/cluster.ts";
import { parseBody, send } from "./http.ts";

export async function listClusters(signal?: AbortSignal): Promise<Cluster[]> {
  return parseBody(({ clusters }) => clusters, await send({ path: "/api/clusters", signal }));
}
