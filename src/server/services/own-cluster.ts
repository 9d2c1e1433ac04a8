import type { Capabilities } from "#contract/cluster.ts";
import type { Clock } from "#server/clock.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import type { ListCache } from "#server/lists/list-cache.ts";
import { createDatabase, deleteDatabase, listDatabases } from "./own-cluster-databases.ts";
import { uuidSpellings } from "./own-cluster-guards.ts";
import { createOwnClusterLists } from "./own-cluster-lists.ts";
import {
  authenticate,
  createManagementToken,
  getManagementToken,
  listManagementTokens,
  revokeManagementToken,
} from "./own-cluster-management.ts";
import { outcomeOf } from "./own-cluster-outcome.ts";
import type { OwnClusterIds } from "./own-cluster-rows.ts";
import { getSuspension, restoreToken, suspendToken } from "./own-cluster-suspension.ts";
import { createToken, getToken, revokeToken, updateToken } from "./own-cluster-tokens.ts";
import type { TokenService } from "./token-service.ts";

const capabilities: Capabilities = {
  revokeDatabaseToken: { allowed: true },
  createDatabaseToken: { allowed: true },
  updateDatabaseToken: { allowed: true },
  updatePermissions: { allowed: true },
  setExpiry: { allowed: true },
  choosePermissions: { allowed: true },
  createAdminToken: {
    allowed: false,
    reason: "A database token is for databases: who may do everything here has a management token.",
  },
  suspendDatabaseToken: { allowed: true },
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
    check: async ({ credential }) => void (await authenticate(db, clock, cluster, credential)),

    readTokenList: (_context, request) => lists.read(request),
    checkTokenId: (id) => void uuidSpellings(id),
    getToken: (_context, id) => getToken(db, cluster, id),
    createToken: (context, wanted, id) => createToken(db, clock, cluster, context, wanted, id),
    updateToken: (context, id, update, ifMatch) =>
      updateToken(db, clock, cluster, context, id, update, ifMatch),
    revokeToken: (context, id) => revokeToken(db, clock, cluster, context, id),
    suspendToken: (context, id, ifMatch) => suspendToken(db, clock, cluster, context, id, ifMatch),
    getSuspension: (_context, id) => getSuspension(db, cluster, id),
    restoreToken: (context, id, ifMatch) => restoreToken(db, clock, cluster, context, id, ifMatch),

    outcomeOf: (change) => outcomeOf(db, cluster, change),

    listDatabases: () => listDatabases(db, cluster),
    createDatabase: (context, wanted) => createDatabase(db, clock, cluster, context, wanted),
    deleteDatabase: (context, name) => deleteDatabase(db, cluster, context, name),

    listManagementTokens: () => listManagementTokens(db, cluster),
    getManagementToken: (_context, id) => getManagementToken(db, cluster, id),
    createManagementToken: (context, wanted, id) =>
      createManagementToken(db, clock, cluster, context, wanted, id),
    revokeManagementToken: (context, id) => revokeManagementToken(db, clock, cluster, context, id),
  };
}
