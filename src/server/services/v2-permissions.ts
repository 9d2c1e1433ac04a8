import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { ApiError } from "#server/api-error.ts";
import { isV2Id, type V2Bucket, type WantedPermission } from "./v2-wire.ts";

/** What names become ids by. Asked for when it is needed, once. */
export interface V2Places {
  buckets(): Promise<readonly V2Bucket[]>;
  /** Of all organizations that the caller may see. */
  organizations(): Promise<readonly string[]>;
}

function invalid(message: string): ApiError {
  return new ApiError(400, "invalid_request", message, { field: "permissions" });
}

/**
 * Permissions as v2's `POST` takes them, and the organization that the new token is to belong to: the one that was asked
 * for, else that of the permissions. Those that came from a token of this cluster say everything; others name a bucket, or
 * all of them. Throws `invalid_request`.
 */
export async function wantedPermissions(
  permissions: readonly Permission[],
  asked: string | undefined,
  places: V2Places,
): Promise<{ permissions: WantedPermission[]; orgID: string }> {
  if (permissions.length === 0)
    throw invalid("permissions must not be empty: InfluxDB v2 makes no such token.");
  const given = asked === undefined ? undefined : checkedId(asked, "organizationId");
  const wanted: WantedPermission[] = [];
  const unplaced: WantedPermission[] = [];
  for (const permission of permissions) {
    const { action } = permission;
    if (action !== "read" && action !== "write") {
      throw invalid(`permissions: InfluxDB v2 has no action “${action}”, only read and write.`);
    }
    const known = knownResource(permission);
    if (known !== undefined) {
      wanted.push({ action, resource: known });
    } else if (permission.resource === ALL_DATABASES) {
      const all = { action, resource: { type: "buckets" } };
      wanted.push(all);
      unplaced.push(all);
    } else {
      wanted.push({ action, resource: await bucketOf(permission.resource, given, places) });
    }
  }
  const orgID = await organizationOf(wanted, given, places);
  for (const { resource } of unplaced) resource.orgID = orgID;
  return { permissions: wanted, orgID };
}

/** Of a permission that says what type of resource it is for, as ours of v2 tokens do. */
function knownResource(permission: Permission): WantedPermission["resource"] | undefined {
  const { resource, resourceType: type, resourceId: id, resourceOrganizationId: orgID } = permission;
  // A bucket without its id is looked up by its name.
  if (type === undefined || (type === "buckets" && id === undefined && resource !== ALL_DATABASES)) {
    return undefined;
  }
  // Leaving the id out would give every task for one.
  if (id === undefined && resource !== type && resource !== ALL_DATABASES) {
    throw invalid(`permissions: “${resource}” of type ${type} needs a resourceId.`);
  }
  return {
    type,
    ...(id === undefined ? {} : { id: checkedId(id, "resourceId") }),
    ...(orgID === undefined ? {} : { orgID: checkedId(orgID, "resourceOrganizationId") }),
  };
}

function checkedId(id: unknown, field: string): string {
  if (typeof id === "string" && isV2Id(id)) return id.toLowerCase();
  if (field === "organizationId") {
    throw new ApiError(400, "invalid_request", `${field} must have 16 hexadecimal digits.`, { field });
  }
  throw invalid(`permissions: ${field} must have 16 hexadecimal digits.`);
}

async function bucketOf(
  name: string,
  given: string | undefined,
  places: V2Places,
): Promise<WantedPermission["resource"]> {
  const found = (await places.buckets()).filter(
    (bucket) => bucket.name === name && (given === undefined || (bucket.orgID ?? given) === given),
  );
  const [bucket] = found;
  if (bucket === undefined) {
    const where = given === undefined ? "" : " in this organization";
    throw invalid(
      `permissions: there is no bucket “${name}”${where}, or the token that is used may not see it.`,
    );
  }
  if (found.length > 1) {
    throw invalid(
      `permissions: ${found.length} organizations have a bucket “${name}”. Say which one by its resourceId, with resourceType buckets.`,
    );
  }
  return { type: "buckets", id: bucket.id, ...(bucket.orgID === undefined ? {} : { orgID: bucket.orgID }) };
}

/** The one given, or that of the buckets; without either, the only one that there is. A token belongs to one. */
async function organizationOf(
  wanted: readonly WantedPermission[],
  given: string | undefined,
  places: V2Places,
): Promise<string> {
  if (given !== undefined) return given;
  const named = new Set(
    wanted.flatMap(({ resource: { type, id, orgID } }) => {
      if (orgID !== undefined) return [orgID];
      return type === "orgs" && id !== undefined ? [id] : [];
    }),
  );
  const [first, ...more] = named;
  if (first !== undefined && more.length === 0) return first;
  if (more.length > 0) {
    throw invalid(
      "permissions: these are of more than one organization, and a token of InfluxDB v2 belongs to one.",
    );
  }
  const [only, ...others] = await places.organizations();
  if (only !== undefined && others.length === 0) return only;
  throw invalid(
    "permissions: they do not say in which organization the token is to be. Choose it, or name a bucket of it instead of all of them.",
  );
}

/** Whether an update's permissions are those that a token has: plain clients send them along, without our own fields. */
export function samePermissions(wanted: readonly Permission[], has: readonly Permission[]): boolean {
  const rest = [...has];
  for (const permission of wanted) {
    const at = rest.findIndex((candidate) =>
      Object.entries(permission).every(([name, value]) => candidate[name] === value),
    );
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return rest.length === 0;
}
