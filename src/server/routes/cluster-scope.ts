import type { ClusterRegistry } from "#server/clusters.ts";
import type { RowForm } from "#server/services/token-service.ts";
import type { Route } from "./route.ts";

/**
 * The Management API has two addresses for everything of a cluster: Dedicated's, with account and cluster in the path,
 * and Clustered's, without. What it answers differs in the ids alone.
 */
export interface ClusterScope {
  prefix: string;
  name: string;
  cluster: NonNullable<Route["cluster"]>;
  /** How the rows of a list of tokens are shown. */
  rowForm: RowForm;
  /** A token or database as this address shows it. */
  show<Item extends { accountId?: string | undefined; clusterId?: string | undefined }>(item: Item): Item;
}

export function clusterScopes(clusters: ClusterRegistry): ClusterScope[] {
  return [
    {
      prefix: "/api/v0/accounts/:accountId/clusters/:clusterId",
      name: "of a cluster",
      cluster: ({ accountId = "", clusterId = "" }) => clusters.find(accountId, clusterId),
      rowForm: "with_cluster",
      show: (item) => item,
    },
    {
      prefix: "/api/v0",
      name: "of the default cluster",
      cluster: () => clusters.main,
      rowForm: "without_cluster",
      show: (item) => {
        const shown = { ...item };
        delete shown.accountId;
        delete shown.clusterId;
        return shown;
      },
    },
  ];
}

/** Our own addresses name a cluster by its slug. */
export function clusterOfSlug(clusters: ClusterRegistry): NonNullable<Route["cluster"]> {
  return ({ slug = "" }) => clusters.findSlug(slug);
}
