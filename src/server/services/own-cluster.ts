import type { Kysely } from "kysely";
import type { Capabilities } from "#contract/cluster.ts";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { createDatabase, deleteDatabase, listDatabases } from "./own-cluster-databases.ts";
import {
  authenticate,
  createManagementToken,
  getManagementToken,
  listManagementTokens,
  revokeManagementToken,
} from "./own-cluster-management.ts";
import type { OwnClusterIds } from "./own-cluster-rows.ts";
import { createToken, getToken, listTokens, revokeToken, updateToken } from "./own-cluster-tokens.ts";
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
  db: Kysely<Tables>;
  clock: Clock;
  cluster: OwnClusterIds;
}

/** The cluster that Tokenward keeps itself: the Management API over the gateway's own database. */
export function createOwnCluster({ db, clock, cluster }: OwnClusterOptions): TokenService {
  return {
    capabilities,
    authenticate: (credential) => authenticate(db, clock, cluster, credential),

    listTokens: () => listTokens(db, cluster),
    getToken: (_context, id) => getToken(db, cluster, id),
    createToken: (context, wanted) => createToken(db, clock, cluster, context, wanted),
    updateToken: (context, id, update, ifMatch) => updateToken(db, cluster, context, id, update, ifMatch),
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
