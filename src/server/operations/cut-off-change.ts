import type { ClusterEntry, ClusterRegistry } from "#server/clusters.ts";
import type { CutOffChange } from "#server/services/token-service.ts";
import type { OperationRow } from "./operation-store.ts";

const IN_CLUSTER = /^\/api\/v0\/accounts\/([^/]+)\/clusters\/([^/]+)\/tokens(?:\/([^/]+)(\/suspension)?)?$/;
const IN_DEFAULT_CLUSTER = /^\/api\/v0\/tokens(?:\/([^/]+)(\/suspension)?)?$/;
const OF_ACCOUNT = /^\/api\/v0\/accounts\/([^/]+)\/management-tokens(?:\/([^/]+))?$/;

/** What an operation did to one token, and where; undefined for those that are about something else. */
export function cutOffChangeOf(
  clusters: ClusterRegistry,
  row: Pick<OperationRow, "method" | "target" | "object_id" | "started_at">,
): { entry: ClusterEntry; change: CutOffChange } | undefined {
  // The target is a path with its query, and what the caller had seen.
  const path = row.target.split(/[? ]/)[0] ?? "";
  const place = placeOf(clusters, path);
  if (place === undefined) return undefined;
  const action = actionOf(row.method, place);
  const tokenId = action === "create" ? row.object_id : place.tokenId;
  if (action === undefined || tokenId === null || tokenId === undefined) return undefined;
  const { entry, kind } = place;
  return { entry, change: { action, kind, tokenId, startedAt: row.started_at } };
}

interface Place {
  entry: ClusterEntry;
  kind: CutOffChange["kind"];
  tokenId: string | undefined;
  isSuspension: boolean;
}

function placeOf(clusters: ClusterRegistry, path: string): Place | undefined {
  try {
    const inCluster = IN_CLUSTER.exec(path);
    if (inCluster !== null) {
      const [, accountId = "", clusterId = "", id, suspension] = inCluster;
      const entry = clusters.find(accountId, clusterId);
      return { entry, kind: "database", tokenId: decoded(id), isSuspension: suspension !== undefined };
    }
    const inDefault = IN_DEFAULT_CLUSTER.exec(path);
    if (inDefault !== null) {
      const [, id, suspension] = inDefault;
      const isSuspension = suspension !== undefined;
      return { entry: clusters.main, kind: "database", tokenId: decoded(id), isSuspension };
    }
    const ofAccount = OF_ACCOUNT.exec(path);
    if (ofAccount === null) return undefined;
    const [, accountId = "", id] = ofAccount;
    return {
      entry: clusters.findAccount(accountId),
      kind: "management",
      tokenId: decoded(id),
      isSuspension: false,
    };
  } catch {
    // A cluster that is in the configuration no more, or an id that cannot be one.
    return undefined;
  }
}

function decoded(id: string | undefined): string | undefined {
  return id === undefined ? undefined : decodeURIComponent(id);
}

function actionOf(method: string, { tokenId, isSuspension }: Place): CutOffChange["action"] | undefined {
  if (isSuspension) return method === "POST" ? "suspend" : method === "DELETE" ? "restore" : undefined;
  if (tokenId === undefined) return method === "POST" ? "create" : undefined;
  return method === "PATCH" ? "update" : method === "DELETE" ? "revoke" : undefined;
}
