import type { Product } from "#contract/cluster.ts";

/** How TLS towards an upstream is done; files are absolute paths. */
export interface ProfileTls {
  /** Accepts any certificate. */
  insecure: boolean;
  caFile: string | undefined;
  certFile: string | undefined;
  keyFile: string | undefined;
}

/** One cluster of the configuration, checked. */
export interface Profile {
  /** As it is written in the file; unique there. */
  name: string;
  /** Names the cluster in our addresses: `[a-z0-9-]`, unique. */
  slug: string;
  product: Exclude<Product, "own">;
  /** Scheme, host, port and, where there is one, a path; without a trailing slash. `tls.disable` made it http. */
  url: string;
  tls: ProfileTls;
  /** Of the profile; for products that have none, a UUIDv5 made of what names the cluster. Lower case. */
  accountId: string;
  clusterId: string;
  /** Clustered only: the upstream is called on the long paths, with account and cluster in them. */
  longPaths: boolean;
  /** The token in the file. Used for link sessions on a loopback gateway only, and never shown. */
  token: string | undefined;
}
