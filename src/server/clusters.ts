import type { Kysely } from "kysely";
import type { Cluster } from "#contract/cluster.ts";
import { isUuid } from "#contract/text.ts";
import { ApiError } from "./api-error.ts";
import { productWords } from "./products.ts";
import type { Tables } from "./database/schema.ts";
import type { Credential, TokenService } from "./services/token-service.ts";

export interface ClusterEntry {
  /** What does not depend on who asks. */
  cluster: Omit<Cluster, "access">;
  service: TokenService;
  /**
   * What the credentials of a session are kept under: which cluster it is, whatever it is called. Another one that takes
   * over its name in the configuration must not get them.
   */
  key: string;
  /** What a session that began with a one-time link acts with, or a sentence that says why it has nothing. */
  link: { credential: LentCredential } | { refusal: string };
  /** It takes the access tokens of the identity provider. */
  takesOidc?: boolean;
}

/** What the gateway has itself. */
export type LentCredential = Extract<Credential, { kind: "operator" | "profile" }>;

/** The clusters of the configuration. Ids that are none of theirs are `not_found`, ids of no UUID form `invalid_id`. */
export interface ClusterRegistry {
  readonly entries: readonly ClusterEntry[];
  readonly main: ClusterEntry;
  find(accountId: string, clusterId: string): ClusterEntry;
  /** Of several clusters of the account one that is preferred, else the default one, else the first. */
  findAccount(accountId: string, isPreferred?: (entry: ClusterEntry) => boolean): ClusterEntry;
  findSlug(slug: string): ClusterEntry;
}

/** The vendor's MCP server sends this for both ids when it is set to Clustered: it means "the cluster". */
const MADE_UP_ID = "11111111-1111-1111-1111-111111111111";

export function createClusterRegistry(entries: readonly ClusterEntry[]): ClusterRegistry {
  const main = entries.find((entry) => entry.cluster.isDefault) ?? entries[0];
  if (main === undefined) throw new Error("a gateway needs at least one cluster");
  const findAccount: ClusterRegistry["findAccount"] = (accountId, isPreferred) => {
    const wanted = uuid(accountId, "accountId");
    const candidates = [main, ...entries].filter(({ cluster }) => cluster.accountId === wanted);
    const found = (isPreferred && candidates.find(isPreferred)) ?? candidates[0];
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
      const found = entries.find(
        ({ cluster }) => cluster.accountId === account && cluster.clusterId === wanted,
      );
      if (found !== undefined) return found;
      if (account === MADE_UP_ID && wanted === MADE_UP_ID) return main;
      findAccount(account);
      throw new ApiError(404, "not_found", "There is no such cluster in this account.");
    },
    findSlug(slug) {
      const found = entries.find(({ cluster }) => cluster.slug === slug);
      if (found === undefined) throw new ApiError(404, "not_found", "There is no such cluster here.");
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
    return {
      cluster: {
        ...row,
        product: "own",
        ...productWords.own,
        isDefault: isDefault === 1,
        takesToken: false,
        capabilities: service.capabilities,
      },
      service,
      key: `own ${row.accountId} ${row.clusterId}`,
      link: { credential: { kind: "operator" } },
    };
  });
}
