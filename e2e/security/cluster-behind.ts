import { randomUUID } from "node:crypto";
import type { Product } from "#contract/cluster.ts";
import type { Clock } from "#server/clock.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import { configuredClusters } from "#server/configured-clusters.ts";
import type { TestDatabase } from "#server/database/engines-for-tests.ts";
import { createService } from "#server/services/create-service.ts";
import { createUpstream } from "#server/services/upstream.ts";

export interface ClusterBehind {
  entry: ClusterEntry;
  close(): Promise<void>;
}

/** A cluster of a configuration file, at a server of the test's. Its slug is its product. */
export function clusterBehind(
  { url, product, token }: { url: string; product: Exclude<Product, "own">; token: string },
  { db }: TestDatabase,
  clock: Clock,
): ClusterBehind {
  const profile = {
    name: `A cluster of ${product}`,
    slug: product,
    product,
    url,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    accountId: randomUUID(),
    clusterId: randomUUID(),
    longPaths: product === "dedicated",
    token,
  };
  const upstream = createUpstream(profile);
  const configuration = { clusters: [{ profile, linkRefusal: undefined }], defaultSlug: "", remarks: [] };
  const [entry] = configuredClusters(configuration, undefined, () =>
    createService(profile, { upstream, clock, db }),
  );
  if (entry === undefined) throw new Error("unreachable: one profile is one entry");
  return { entry, close: () => upstream.close() };
}
