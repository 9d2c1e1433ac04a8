import { queryOptions, useQuery } from "@tanstack/react-query";
import {
  listDatabases,
  listDatabaseTokens,
  listManagementTokens,
  type ClusterIds,
  type TokenKind,
} from "#app/api/tokens-api.ts";

export type { ClusterIds, TokenKind };

const REFRESH_MILLIS = 30_000;

function clusterKey(ids: ClusterIds) {
  return ["cluster", ids.accountId, ids.clusterId] as const;
}

/** The whole list of database tokens of one cluster. */
export function databaseTokensQuery(ids: ClusterIds) {
  return queryOptions({
    queryKey: [...clusterKey(ids), "database-tokens"] as const,
    queryFn: ({ signal }) => listDatabaseTokens(ids, signal),
    // Comparing two lists field by field costs more than drawing the window of the new one.
    structuralSharing: false,
  });
}

/** The whole list of management tokens of the cluster's account. */
export function managementTokensQuery(ids: ClusterIds) {
  return queryOptions({
    queryKey: ["account", ids.accountId, "management-tokens"] as const,
    queryFn: ({ signal }) => listManagementTokens(ids, signal),
    structuralSharing: false,
  });
}

export function databasesQuery(ids: ClusterIds) {
  return queryOptions({
    queryKey: [...clusterKey(ids), "databases"] as const,
    queryFn: ({ signal }) => listDatabases(ids, signal),
  });
}

/** While the page is visible the list is read again every 30 s, and when it comes back to the front. */
const kept = { refetchInterval: REFRESH_MILLIS, refetchOnWindowFocus: "always" } as const;

export function useDatabaseTokens(ids: ClusterIds) {
  return useQuery({ ...databaseTokensQuery(ids), ...kept });
}

export function useManagementTokens(ids: ClusterIds) {
  return useQuery({ ...managementTokensQuery(ids), ...kept });
}

export function useDatabases(ids: ClusterIds) {
  return useQuery(databasesQuery(ids));
}
