// How InfluxDB v2 decides what a token may do. Facts from its source: Permission.Matches in authz.go, the functions of
// authorizer/authorize.go, and authorization/middleware_auth.go (github.com/influxdata/influxdb, branch main-2.x).

export interface V2Resource {
  type: string;
  id?: string | undefined;
  orgID?: string | undefined;
}

export interface V2Permission {
  action: string;
  resource: V2Resource;
}

/** Whether a permission that a token has covers one that is needed. */
export function covers(has: V2Permission, needed: V2Permission): boolean {
  if (has.action !== needed.action) return false;
  if (has.resource.type !== needed.resource.type && has.resource.type !== "any") return false;
  const { id, orgID } = has.resource;
  if (id === undefined && orgID === undefined) return true;
  // One of an organization says nothing of what is asked for without one: such as users.
  if (id === undefined) return orgID === needed.resource.orgID;
  return id === needed.resource.id;
}

export function allows(permissions: readonly V2Permission[], needed: V2Permission): boolean {
  return permissions.some((has) => covers(has, needed));
}

/** As v2 writes a permission in its refusals. */
export function permissionText({ action, resource: { type, id, orgID } }: V2Permission): string {
  const path = [...(orgID === undefined ? [] : ["orgs", orgID]), type, ...(id === undefined ? [] : [id])];
  return `${action}:${path.join("/")}`;
}

const RESOURCE_TYPES = [
  "authorizations",
  "buckets",
  "dashboards",
  "orgs",
  "tasks",
  "telegrafs",
  "sources",
  "users",
  "variables",
  "scrapers",
  "secrets",
  "labels",
  "views",
  "documents",
  "notificationRules",
  "notificationEndpoints",
  "checks",
  "dbrp",
  "notebooks",
  "annotations",
  "remotes",
  "replications",
  "instance",
  "flows",
  "functions",
] as const;
const ALL_TYPES: readonly string[] = [...RESOURCE_TYPES, "any"];

/** What v2 says of a permission that it does not know, or undefined. */
export function permissionFault({ action, resource }: V2Permission): string | undefined {
  if (!ALL_TYPES.includes(resource.type)) return "invalid resource type for permission";
  if (action !== "read" && action !== "write") return "invalid action type for permission";
  return undefined;
}

const bothActions = (resource: V2Resource): V2Permission[] =>
  ["read", "write"].map((action) => ({ action, resource }));

/** Of the token that the set-up of a server makes: everything. */
export const OPERATOR: readonly V2Permission[] = bothActions({ type: "any" });

/** Of an "All Access" token, as the vendor's screens make them: all of one organization, and one user. */
export function allAccess(orgID: string, userID: string): V2Permission[] {
  return RESOURCE_TYPES.flatMap((type) => {
    if (type === "orgs") return bothActions({ type, id: orgID });
    if (type === "users") return bothActions({ type, id: userID });
    return bothActions({ type, orgID });
  });
}
