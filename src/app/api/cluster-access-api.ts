import type { ClusterState } from "#contract/cluster.ts";
import { parseBody, send } from "./http.ts";

const pathOf = (slug: string) => `/api/clusters/${encodeURIComponent(slug)}`;

/** How things stand with a cluster now: the gateway asks it. */
export async function getClusterState(slug: string, signal?: AbortSignal): Promise<ClusterState> {
  return parseBody(({ clusterState }) => clusterState, await send({ path: `${pathOf(slug)}/state`, signal }));
}

/**
 * Gives the session a token of this cluster, once the cluster has accepted it. The gateway keeps it; the browser
 * forgets it.
 */
export async function signInToCluster(slug: string, managementToken: string): Promise<void> {
  await send({
    method: "POST",
    path: `${pathOf(slug)}/credential`,
    body: { managementToken },
    kind: "interactive",
    idempotencyKey: crypto.randomUUID(),
  });
}
