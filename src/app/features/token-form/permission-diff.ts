import { canonical } from "#contract/canonical.ts";
import type { Permission } from "#contract/permission.ts";

/** What changes between two permission sets. Each permission is verbatim; one that is there twice is listed twice. */
export interface PermissionDiff {
  granted: Permission[];
  taken: Permission[];
  unchanged: Permission[];
}

/** Permissions that mean the same, by their canonical text, in the order in which each was first met. */
export function groupSame(...sets: readonly (readonly Permission[])[]): Map<string, Permission[]> {
  const groups = new Map<string, Permission[]>();
  for (const permission of sets.flat()) {
    const text = canonical(permission);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [permission]);
    else group.push(permission);
  }
  return groups;
}

/** What turns `base` into `wish`. Neither order counts; what is listed stands in the order of base, then of wish. */
export function diffPermissions(base: readonly Permission[], wish: readonly Permission[]): PermissionDiff {
  const before = groupSame(base);
  const after = groupSame(wish);
  const diff: PermissionDiff = { granted: [], taken: [], unchanged: [] };
  for (const text of groupSame(base, wish).keys()) {
    const had = before.get(text) ?? [];
    const has = after.get(text) ?? [];
    diff.unchanged.push(...had.slice(0, has.length));
    diff.taken.push(...had.slice(has.length));
    diff.granted.push(...has.slice(had.length));
  }
  return diff;
}

export function isEmptyDiff({ granted, taken }: PermissionDiff): boolean {
  return granted.length === 0 && taken.length === 0;
}

/** `base` without what the diff takes and with what it grants. What it takes and base does not have is no loss. */
export function applyDiff(
  base: readonly Permission[],
  { granted, taken }: Pick<PermissionDiff, "granted" | "taken">,
): Permission[] {
  const toTake = groupSame(taken);
  const kept = base.filter((permission) => toTake.get(canonical(permission))?.pop() === undefined);
  return [...kept, ...granted];
}
