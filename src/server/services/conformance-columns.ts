/** A product, and where it makes a difference the way to it, for which the conformance suite must run. */
export interface ConformanceColumn {
  /** As the suite is called. */
  name: string;
  /** Above its column of the table that the test run prints: two lines. */
  heading: readonly [string, string];
}

/** All of them, in the order of the table. One that a test run says nothing of is a failure of that run. */
export const conformanceColumns = {
  "own-libsql": { name: "The own cluster on libsql", heading: ["Own", "libsql"] },
  "own-postgres": { name: "The own cluster on PostgreSQL", heading: ["Own", "Postgres"] },
  dedicated: { name: "Dedicated, over TLS", heading: ["Dedi-", "cated"] },
  clustered: { name: "Clustered, over HTTP", heading: ["Clust.", "short"] },
  "clustered-long": { name: "Clustered on the long paths, over TLS", heading: ["Clust.", "long"] },
  v2: { name: "InfluxDB v2", heading: ["", "v2"] },
  core: { name: "InfluxDB 3 Core", heading: ["3", "Core"] },
  enterprise: { name: "InfluxDB 3 Enterprise", heading: ["3", "Enterpr."] },
} as const satisfies Record<string, ConformanceColumn>;

export type ConformanceColumnId = keyof typeof conformanceColumns;
