import type { Profile } from "#server/profiles/profile.ts";
import { longPrefix } from "./dedicated.ts";
import { createManagementService, type ManagementServiceDeps } from "./management-api-service.ts";
import type { TokenService } from "./token-service.ts";

/** Clustered: the Management API on short paths, or on the long ones where the profile says so. */
export function createClustered(profile: Profile, deps: ManagementServiceDeps): TokenService {
  return createManagementService(profile, deps, {
    prefix: profile.longPaths ? longPrefix(profile) : "/api/v0",
    productName: "Clustered",
  });
}
