import type { Permission } from "./permission-schema.ts";

export type { Permission } from "./permission-schema.ts";

/** What InfluxDB 3 writes as `*:*:*`: everything, other tokens included. */
export const adminPermission: Permission = { action: "*", resource: "*", resourceType: "*" };

/** The resource that stands for every database of the cluster, present and future. */
export const ALL_DATABASES = "*";

type Target = Pick<Permission, "resource" | "resourceType" | "resourceId"> & {
  resourceOrganizationId?: unknown;
};

/** "other": of a type that is no database, which may have the name of one all the same. */
export type Reach = "databases" | "everything" | "other";

/** What a permission is for. Most say no type, and mean databases; v2's buckets take their place, and its "any" is all. */
export function reachOf({ resource, resourceType }: Target): Reach {
  if (resourceType === undefined || resourceType === "buckets") return "databases";
  const isAll = resource === ALL_DATABASES && (resourceType === "*" || resourceType === "any");
  return isAll ? "everything" : "other";
}

/** Whether it is for every database, with or without all else. */
export function isForAll(target: Target): boolean {
  return target.resource === ALL_DATABASES && reachOf(target) !== "other";
}

/** Whether it allows "read" or "write": what may do everything has an action of its own for it. */
export function allows(permission: Permission, action: string): boolean {
  const { action: its } = permission;
  return its === action || (its === adminPermission.action && reachOf(permission) === "everything");
}

/**
 * One text for permissions on the same resource, and another for each other resource, of whatever type and organization.
 * What has an id may be called otherwise by now.
 */
export function resourceKey(target: Target): string {
  const { resource, resourceType, resourceId, resourceOrganizationId: organization } = target;
  if (resourceType === undefined) return resource;
  return [resourceType, resourceId, resourceId ?? resource, organization].join("\0");
}

/** What the resource is called: words of ours, or a name from outside. */
export function resourceName(target: Target): string {
  const { resource, resourceType = "" } = target;
  const reach = reachOf(target);
  if (reach === "everything") return "Everything";
  if (reach === "databases") return resource === ALL_DATABASES ? "All databases" : resource;
  if (resource === resourceType || resource === ALL_DATABASES)
    return `All ${resourceType.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
  return resource.startsWith(`${resourceType}/`) ? resource : `${resourceType}/${resource}`;
}
