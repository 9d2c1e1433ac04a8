import type { Activity, ActivityAction } from "#contract/activity.ts";
import { canonical } from "#contract/canonical.ts";
import { isForAll, resourceKey, resourceName, type Permission } from "#contract/permission.ts";

export const actionNames: Record<ActivityAction, string> = {
  create: "Created",
  update: "Changed",
  suspend: "Suspended",
  restore: "Restored",
  revoke: "Revoked",
};

/** Why an entry does not say that something happened; undefined where it did. */
export function outcomeWords(outcome: Activity["outcome"]): string | undefined {
  switch (outcome) {
    case "done":
      return undefined;
    case "started":
      return "Outcome not recorded yet";
    case "not_done":
      return "Not done";
    case "unknown":
      return "Outcome not known";
  }
}

export interface ActivityChanges {
  /** From what, where that was recorded, to what. */
  description: { from: string | undefined; to: string } | undefined;
  granted: readonly Permission[];
  takenAway: readonly Permission[];
}

/** What one thing that was done changed, or was to change. Permissions are compared as a set, unknown fields included. */
export function changesOf({ before, after }: Pick<Activity, "before" | "after">): ActivityChanges {
  const from = before?.description;
  const to = after?.description;
  const had = before?.permissions ?? [];
  // What is not recorded did not change.
  const has = after?.permissions ?? had;
  return {
    description: to === undefined || to === from ? undefined : { from, to },
    granted: without(has, had),
    takenAway: without(had, has),
  };
}

function without(permissions: readonly Permission[], others: readonly Permission[]): Permission[] {
  const known = new Set(others.map(canonical));
  const left = permissions.filter((permission) => !known.has(canonical(permission)));
  return [...new Map(left.map((permission) => [canonical(permission), permission])).values()];
}

export interface GrantedResource {
  /** See resourceKey. */
  key: string;
  /** See resourceName. */
  name: string;
  /** Every database, or everything. */
  isAll: boolean;
  /** Known ones first, each once. */
  actions: readonly string[];
}

/** Permissions by resource, all databases first, then by name. */
export function byResource(permissions: readonly Permission[]): GrantedResource[] {
  const found = new Map<string, { permission: Permission; actions: Set<string> }>();
  for (const permission of permissions) {
    const key = resourceKey(permission);
    const known = found.get(key);
    if (known === undefined) found.set(key, { permission, actions: new Set([permission.action]) });
    else known.actions.add(permission.action);
  }
  return Array.from(found, ([key, { permission, actions }]) => ({
    key,
    name: resourceName(permission),
    isAll: isForAll(permission),
    actions: [...actions].toSorted((a, b) => actionRank(a) - actionRank(b)),
  })).toSorted(
    (a, b) => Number(b.isAll) - Number(a.isAll) || a.name.localeCompare(b.name, "en", { numeric: true }),
  );
}

function actionRank(action: string): number {
  return action === "read" ? 0 : action === "write" ? 1 : 2;
}
