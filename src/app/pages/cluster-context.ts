import { useOutletContext } from "react-router";
import type { Cluster } from "#contract/cluster.ts";
import type { Actor } from "#contract/session.ts";

export interface ClusterContext {
  cluster: Cluster;
  actor: Actor;
  /** Changes with the person and the session. */
  consenter: string;
}

/** The cluster that the address names, and who looks at it. */
export function useCluster(): ClusterContext {
  return useOutletContext<ClusterContext>();
}
