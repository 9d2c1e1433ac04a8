import fc from "fast-check";
import { canonicalSet } from "#contract/canonical.ts";
import type { Permission } from "#contract/permission.ts";

/** Few names, so that two sets have much in common; actions and fields nobody knows among them. */
export const permissions: fc.Arbitrary<Permission> = fc
  .record({
    action: fc.constantFrom("read", "write", "drop"),
    resource: fc.constantFrom("*", "a", "b", "c"),
    resourceType: fc.option(fc.constantFrom("database", "table"), { nil: undefined, freq: 4 }),
  })
  .map(({ resourceType, ...rest }): Permission =>
    resourceType === undefined ? rest : { ...rest, resourceType },
  );

export const permissionLists = fc.array(permissions, { maxLength: 8 });

/** Lists in which nothing is there twice. */
export const permissionSets = fc.uniqueArray(permissions, {
  maxLength: 8,
  selector: (one) => canonicalSet([one]),
});

/** The same permissions in another order, and with their keys in another order. */
export function reordered(set: readonly Permission[]): Permission[] {
  return set.map(({ action, resource, ...rest }) => ({ ...rest, resource, action })).reverse();
}

/** `write:a read:*` */
export function grants(text: string): Permission[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((grant) => {
      const [action = "", resource = ""] = grant.split(":");
      return { action, resource };
    });
}
