import { randomUUID } from "node:crypto";
import type { ClusterEntry } from "./clusters.ts";
import type { Clock } from "./clock.ts";
import { configuredClusters } from "./configured-clusters.ts";
import type { TestDatabase } from "./database/engines-for-tests.ts";
import { createListCache } from "./lists/list-cache.ts";
import type { Profile } from "./profiles/profile.ts";
import { hashSecret } from "./secrets.ts";
import { createOwnCluster } from "./services/own-cluster.ts";
import type { CallContext, TokenService } from "./services/token-service.ts";
import { secretFor, upstreamActor } from "./services/upstream-credential.ts";

/** A cluster that behaves as an InfluxDB behind the gateway does: nobody is asked until something is asked of it. */
export interface ClusterElsewhere {
  entry: ClusterEntry;
  /** The names of the calls that came through to it. */
  calls: string[];
  /** Its only token, until it is revoked. */
  secret: string;
  revokeSecret(): Promise<void>;
}

export interface ElsewhereOptions {
  name: string;
  database: TestDatabase;
  clock: Clock;
  /** What a configuration file has for it. */
  fileToken?: string | undefined;
  linkRefusal?: string | undefined;
  ids?: { accountId: string; clusterId: string };
}

/** Its tokens are in the tables of own clusters, which no gateway lists: only its service knows them. */
export async function clusterElsewhere(options: ElsewhereOptions): Promise<ClusterElsewhere> {
  const { name, database, clock, fileToken, ids } = options;
  const { db } = database;
  const accountId = ids?.accountId ?? randomUUID();
  const clusterId = ids?.clusterId ?? randomUUID();
  const secret = `canary-token-of-${name}-0123456789-abcdef`;
  await db
    .insertInto("accounts")
    .values({ id: accountId, name })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("clusters")
    .values({
      id: clusterId,
      account_id: accountId,
      slug: name,
      name,
      is_default: 0,
      list_version: 0,
      list_epoch: randomUUID(),
    })
    .execute();
  await db
    .insertInto("management_tokens")
    .values({
      account_id: accountId,
      id: randomUUID(),
      description: name,
      token_prefix: "canary",
      secret_hash: hashSecret(secret),
      created_at: "2029-01-01T00:00:00Z",
      expires_at: null,
      revoked_at: null,
      created_by: null,
    })
    .execute();
  const profile: Profile = {
    name,
    slug: name,
    product: "clustered",
    url: `http://${name}.invalid`,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    accountId,
    clusterId,
    longPaths: false,
    token: fileToken,
  };
  const calls: string[] = [];
  const kept = createOwnCluster({
    database,
    clock,
    cluster: { accountId, clusterId },
    listCache: createListCache(),
  });
  /** As every call of an InfluxDB: whoever is not known there hears nothing. */
  const asked = <Args extends unknown[], Result>(
    call: string,
    run: (context: CallContext, ...args: Args) => Promise<Result>,
  ) => {
    return async (context: CallContext, ...args: Args): Promise<Result> => {
      calls.push(call);
      await kept.authenticate({
        kind: "management_token",
        secret: secretFor(context.credential, profile),
      });
      return run(context, ...args);
    };
  };
  const service: TokenService = {
    capabilities: kept.capabilities,
    authenticate: async (credential) => upstreamActor(credential, profile),
    check: asked("check", async () => undefined),
    readTokenList: asked("readTokenList", kept.readTokenList),
    getToken: asked("getToken", kept.getToken),
    createToken: asked("createToken", kept.createToken),
    updateToken: asked("updateToken", kept.updateToken),
    revokeToken: asked("revokeToken", kept.revokeToken),
    suspendToken: asked("suspendToken", kept.suspendToken),
    getSuspension: asked("getSuspension", kept.getSuspension),
    restoreToken: asked("restoreToken", kept.restoreToken),
    listDatabases: asked("listDatabases", kept.listDatabases),
    createDatabase: asked("createDatabase", kept.createDatabase),
    deleteDatabase: asked("deleteDatabase", kept.deleteDatabase),
    listManagementTokens: asked("listManagementTokens", kept.listManagementTokens),
    getManagementToken: asked("getManagementToken", kept.getManagementToken),
    createManagementToken: asked("createManagementToken", kept.createManagementToken),
    revokeManagementToken: asked("revokeManagementToken", kept.revokeManagementToken),
  };
  const linkRefusal =
    fileToken === undefined
      ? (options.linkRefusal ?? "The configuration holds no token for this cluster.")
      : undefined;
  const [entry] = configuredClusters(
    { clusters: [{ profile, linkRefusal }], defaultSlug: "", remarks: [] },
    undefined,
    () => service,
  );
  if (entry === undefined) throw new Error("unreachable: one profile is one entry");
  return {
    entry,
    calls,
    secret,
    async revokeSecret() {
      await db
        .updateTable("management_tokens")
        .set({ revoked_at: "2029-06-01T00:00:00Z" })
        .where("secret_hash", "=", hashSecret(secret))
        .execute();
    },
  };
}
