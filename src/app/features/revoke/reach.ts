import { allows, isForAll, reachOf, resourceKey, type Permission } from "#contract/permission.ts";

/** Databases that some permissions reach for one action. Those without a type know no organizations. */
export interface Reached {
  /** All of the cluster. */
  all: boolean;
  /** All of these organizations. */
  organizations: ReadonlySet<string>;
  /** Single ones, by resourceKey. */
  single: ReadonlyMap<string, Single>;
  /** What those are called. */
  names: ReadonlySet<string>;
}

interface Single {
  name: string;
  organization: string | undefined;
}

/** Of which databases all are lost: the cluster's, those of one organization (or some), or not those of each one. */
export type WildcardScope = "cluster" | "organization" | "each";

export function reachedBy(permissions: Iterable<Permission>, action: string): Reached {
  let all = false;
  const organizations = new Set<string>();
  const single = new Map<string, Single>();
  const names = new Set<string>();
  for (const permission of permissions) {
    if (!allows(permission, action) || reachOf(permission) === "other") continue;
    const organization = organizationOf(permission);
    if (!isForAll(permission)) {
      const name = permission.resource;
      single.set(resourceKey(permission), { name, organization });
      names.add(name);
    } else if (organization === undefined) all = true;
    else organizations.add(organization);
  }
  return { all, organizations, single, names };
}

function organizationOf({ resourceOrganizationId: id }: Permission): string | undefined {
  return typeof id === "string" ? id : undefined;
}

/**
 * What is not reached any more once only `rest` is left. `databases`: the names of the cluster's, which do not say in
 * which organization they are: one that another permission places elsewhere is not taken for one that is lost.
 */
export function lostReach(
  mine: Reached,
  rest: Reached,
  databases: readonly string[],
): { names: string[]; scope: WildcardScope | undefined } {
  if (rest.all) return { names: [], scope: undefined };
  const names = new Set<string>();
  for (const [key, { name, organization }] of mine.single) {
    const isCovered = organization !== undefined && rest.organizations.has(organization);
    if (!isCovered && !rest.single.has(key)) names.add(name);
  }
  const scope = lostScope(mine, rest);
  // Where all of some organization stays in reach, a database that nothing places may well be there.
  if (scope === "cluster" || scope === "organization") {
    for (const name of databases) if (!rest.names.has(name) && !mine.names.has(name)) names.add(name);
  }
  return { names: [...names].sort(nameOrder.compare), scope };
}

function lostScope(mine: Reached, rest: Reached): WildcardScope | undefined {
  if (mine.all) return rest.organizations.size > 0 ? "each" : "cluster";
  return [...mine.organizations].every((one) => rest.organizations.has(one)) ? undefined : "organization";
}

const nameOrder = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
