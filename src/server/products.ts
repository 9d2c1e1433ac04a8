import type { Cluster, Product } from "#contract/cluster.ts";

type ProductWords = Pick<
  Cluster,
  | "productName"
  | "tokenName"
  | "removal"
  | "suspension"
  | "listsMayBePartial"
  | "hasManagementTokens"
  | "hasOwners"
>;

const ofManagementApi = {
  tokenName: "Database Token",
  removal: "revoke",
  listsMayBePartial: false,
  suspension: "suspend",
  hasManagementTokens: true,
  hasOwners: false,
} as const;
const ofInfluxDb3 = {
  tokenName: "Token",
  removal: "delete",
  listsMayBePartial: false,
  suspension: "suspend",
  hasManagementTokens: false,
  hasOwners: false,
} as const;

/** What each product is called and what it calls its tokens, in the words that its administrators know; and what its API is like. */
export const productWords: Readonly<Record<Product, ProductWords>> = {
  own: { productName: "Built-in", ...ofManagementApi },
  dedicated: { productName: "Cloud Dedicated", ...ofManagementApi },
  clustered: { productName: "Clustered", ...ofManagementApi },
  v2: {
    productName: "InfluxDB v2",
    tokenName: "API Token",
    removal: "delete",
    listsMayBePartial: true,
    suspension: "deactivate",
    hasManagementTokens: false,
    hasOwners: true,
  },
  core: { productName: "InfluxDB 3 Core", ...ofInfluxDb3 },
  enterprise: { productName: "InfluxDB 3 Enterprise", ...ofInfluxDb3 },
};
