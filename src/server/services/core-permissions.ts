import { adminPermission, type Permission } from "#contract/permission.ts";
import { textFault } from "#contract/text.ts";
import { ApiError } from "#server/api-error.ts";

/** What Enterprise takes for a grant (docs.influxdata.com, Enterprise API, create a resource token). */
export interface CoreGrant {
  resource_type: string;
  resource_names: string[];
  actions: string[];
}

/** The type that our permissions leave unsaid. */
const DATABASES = "db";
/** Marks what is kept as it is, because nobody here knows how to take it apart. */
const UNKNOWN = "unknown";
const LONGEST_RESOURCE = 64;

/**
 * The permissions that a row of `system.tokens` names: `*:*:*`, or `TYPE:NAMES:ACTIONS` with commas between names and
 * between actions, or a JSON array of such texts. A permission of ours has one resource and one action, so each of those
 * becomes as many as it has pairs. What has another form is kept whole, as the action of a permission of unknown type.
 */
export function readPermissions(text: string): Permission[] {
  return textsOf(text).flatMap(readPermission);
}

function textsOf(text: string): string[] {
  if (!text.trimStart().startsWith("[")) return [text];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [text];
  }
  if (!Array.isArray(value)) return [text];
  return value.map((part) => (typeof part === "string" ? part : JSON.stringify(part)));
}

function readPermission(text: string): Permission[] {
  if (text === "*:*:*") return [{ ...adminPermission }];
  const [type = "", names, actions, ...more] = text.split(":");
  const resources = names?.split(",") ?? [];
  const verbs = actions?.split(",") ?? [];
  const isKnown =
    more.length === 0 &&
    isWord(type) &&
    resources.length > 0 &&
    resources.every((name) => isWord(name) && name.length <= LONGEST_RESOURCE) &&
    verbs.length > 0 &&
    verbs.every(isWord);
  if (!isKnown) return [{ action: text, resource: UNKNOWN, resourceType: UNKNOWN }];
  return resources.flatMap((resource) =>
    verbs.map((action) => ({
      action,
      resource,
      ...(type === DATABASES ? {} : { resourceType: type }),
    })),
  );
}

/** Not empty, and without what surrounds words in a list: that would be another form than the known one. */
function isWord(text: string): boolean {
  return /^[^\s[\]{}"]+$/.test(text) && textFault(text) === undefined;
}

/** Whether these permissions are those of an admin token. */
export function isAdmin(permissions: readonly Permission[]): boolean {
  return (
    permissions.length > 0 &&
    permissions.every(
      ({ action, resource, resourceType, ...more }) =>
        action === "*" && resource === "*" && resourceType === "*" && Object.keys(more).length === 0,
    )
  );
}

/**
 * The grants that stand for these permissions, and for nothing else. Throws `invalid_request` when there are none, or when
 * one says something that a grant has no place for.
 */
export function grantsOf(permissions: readonly Permission[]): CoreGrant[] {
  const refuse = (message: string) => new ApiError(400, "invalid_request", message, { field: "permissions" });
  if (permissions.length === 0) throw refuse("A token needs at least one permission.");
  const byResource = new Map<string, { type: string; name: string; actions: Set<string> }>();
  for (const { action, resource, resourceType = DATABASES, ...more } of permissions) {
    if (Object.keys(more).length > 0) {
      throw refuse(`A permission here has an action and a resource, and no ${Object.keys(more).join(", ")}.`);
    }
    if (resourceType === "*" || resourceType === UNKNOWN) {
      throw refuse("Everything is for admin tokens, which have that and no other permission.");
    }
    for (const part of [action, resource, resourceType]) {
      // In the list they would read as several.
      if (/[:,]/.test(part) || !isWord(part)) {
        throw refuse(
          "The words of a permission must not have colons, commas, brackets, quotes or spaces in them.",
        );
      }
    }
    const key = `${resourceType}:${resource}`;
    const grant = byResource.get(key) ?? { type: resourceType, name: resource, actions: new Set<string>() };
    byResource.set(key, grant);
    grant.actions.add(action);
  }
  return [...byResource.values()].map(({ type, name, actions }) => ({
    resource_type: type,
    resource_names: [name],
    actions: [...actions],
  }));
}

/** The permissions that these grants will be read as: in their order, without what is there twice. */
export function grantedPermissions(grants: readonly CoreGrant[]): Permission[] {
  return grants.flatMap(({ resource_type, resource_names, actions }) =>
    readPermission(`${resource_type}:${resource_names.join(",")}:${actions.join(",")}`),
  );
}
