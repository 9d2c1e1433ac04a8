import type { Capabilities } from "#contract/cluster.ts";
import type { Clock } from "#server/clock.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import type { ListCache } from "#server/lists/list-cache.ts";
import { createDatabase, deleteDatabase, listDatabases } from "./own-cluster-databases.ts";
import { createOwnClusterLists } from "./own-cluster-lists.ts";
import {
  authenticate,
  createManagementToken,
  getManagementToken,
  listManagementTokens,
  revokeManagementToken,
} from "./own-cluster-management.ts";
import type { OwnClusterIds } from "./own-cluster-rows.ts";
import { createToken, getToken, revokeToken, updateToken } from "./own-cluster-tokens.ts";
import type { TokenService } from "./token-service.ts";

const capabilities: Capabilities = {
  revokeDatabaseToken: { allowed: true },
  createDatabaseToken: { allowed: true },
  updateDatabaseToken: { allowed: true },
  listManagementTokens: { allowed: true },
  revokeManagementToken: { allowed: true },
  createManagementToken: { allowed: true },
};

export interface OwnClusterOptions {
  database: Pick<OpenDatabase, "db" | "engine" | "readSnapshot">;
  clock: Clock;
  cluster: OwnClusterIds;
  /** Shared by all clusters of the gateway. */
  listCache: ListCache;
}

/** The cluster that Tokenward keeps itself: the Management API over the gateway's own database. */
export function createOwnCluster({ database, clock, cluster, listCache }: OwnClusterOptions): TokenService {
  const { db } = database;
  const lists = createOwnClusterLists(database, cluster, listCache);
  return {
    capabilities,
    authenticate: (credential) => authenticate(db, clock, cluster, credential),

    readTokenList: (_context, request) => lists.read(request),
    getToken: (_context, id) => getToken(db, cluster, id),
    createToken: (context, wanted) => createToken(db, clock, cluster, context, wanted),
    updateToken: (context, id, update, ifMatch) =>
      updateToken(db, clock, cluster, context, id, update, ifMatch),
    revokeToken: (context, id) => revokeToken(db, clock, cluster, context, id),

    listDatabases: () => listDatabases(db, cluster),
    createDatabase: (context, wanted) => createDatabase(db, clock, cluster, context, wanted),
    deleteDatabase: (context, name) => deleteDatabase(db, cluster, context, name),

    listManagementTokens: () => listManagementTokens(db, cluster),
    getManagementToken: (_context, id) => getManagementToken(db, cluster, id),
    createManagementToken: (context, wanted) => createManagementToken(db, clock, cluster, context, wanted),
    revokeManagementToken: (context, id) => revokeManagementToken(db, clock, cluster, context, id),
  };
}
