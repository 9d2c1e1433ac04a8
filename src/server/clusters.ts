import type { Kysely } from "kysely";
import type { Cluster } from "#contract/cluster.ts";
import { isUuid } from "#contract/text.ts";
import { ApiError } from "./api-error.ts";
import type { Tables } from "./database/schema.ts";
import type { TokenService } from "./services/token-service.ts";

export interface ClusterEntry {
  cluster: Cluster;
  service: TokenService;
}

/** The clusters of the configuration. Ids that are none of theirs are `not_found`, ids of no UUID form `invalid_id`. */
export interface ClusterRegistry {
  readonly entries: readonly ClusterEntry[];
  readonly main: ClusterEntry;
  find(accountId: string, clusterId: string): ClusterEntry;
  findAccount(accountId: string): ClusterEntry;
}

/** The vendor's MCP server sends this for both ids when it is set to Clustered: it means "the cluster". */
const MADE_UP_ID = "11111111-1111-1111-1111-111111111111";

export function createClusterRegistry(entries: readonly ClusterEntry[]): ClusterRegistry {
  const main = entries.find((entry) => entry.cluster.isDefault) ?? entries[0];
  if (main === undefined) throw new Error("a gateway needs at least one cluster");
  const findAccount = (accountId: string): ClusterEntry => {
    const wanted = uuid(accountId, "accountId");
    const found =
      wanted === main.cluster.accountId ? main : entries.find((entry) => entry.cluster.accountId === wanted);
    if (found === undefined) throw new ApiError(404, "not_found", "There is no such account here.");
    return found;
  };
  return {
    entries,
    main,
    findAccount,
    find(accountId, clusterId) {
      const account = uuid(accountId, "accountId");
      const wanted = uuid(clusterId, "clusterId");
      if (account === MADE_UP_ID && wanted === MADE_UP_ID) return main;
      findAccount(account);
      const found = entries.find(
        ({ cluster }) => cluster.accountId === account && cluster.clusterId === wanted,
      );
      if (found === undefined)
        throw new ApiError(404, "not_found", "There is no such cluster in this account.");
      return found;
    },
  };
}

function uuid(text: string, field: string): string {
  if (!isUuid(text)) throw new ApiError(400, "invalid_id", `${field} must be a UUID.`, { field });
  return text.toLowerCase();
}

/** The clusters that Tokenward keeps itself, as the database lists them. */
export async function loadOwnClusters(
  db: Kysely<Tables>,
  createService: (ids: { accountId: string; clusterId: string }) => TokenService,
): Promise<ClusterEntry[]> {
  const rows = await db
    .selectFrom("clusters")
    .innerJoin("accounts", "accounts.id", "clusters.account_id")
    .select([
      "clusters.id as clusterId",
      "clusters.slug",
      "clusters.name",
      "clusters.is_default as isDefault",
      "accounts.id as accountId",
      "accounts.name as accountName",
    ])
    .orderBy("clusters.slug")
    .execute();
  return rows.map(({ isDefault, ...row }) => {
    const service = createService({ accountId: row.accountId, clusterId: row.clusterId });
    const cluster: Cluster = {
      ...row,
      product: "own",
      isDefault: isDefault === 1,
      capabilities: service.capabilities,
    };
    return { cluster, service };
  });
}
