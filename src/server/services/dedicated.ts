import type { Profile } from "#server/profiles/profile.ts";
import { createManagementService, type ManagementServiceDeps } from "./management-api-service.ts";
import type { TokenService } from "./token-service.ts";

/** Cloud Dedicated: the Management API with account and cluster in its paths. */
export function createDedicated(profile: Profile, deps: ManagementServiceDeps): TokenService {
  return createManagementService(profile, deps, {
    prefix: longPrefix(profile),
    productName: "Cloud Dedicated",
  });
}

/** Where one account's one cluster is. */
export function longPrefix({ accountId, clusterId }: Pick<Profile, "accountId" | "clusterId">): string {
  return `/api/v0/accounts/${encodeURIComponent(accountId)}/clusters/${encodeURIComponent(clusterId)}`;
}
