import fc from "fast-check";
import { expect, it } from "vitest";
import { adminPermission } from "#contract/permission.ts";
import { permissionSchema } from "#contract/permission-schema.ts";
import { grantedPermissions, grantsOf, isAdmin, readPermissions } from "./core-permissions.ts";

it("reads the forms of the permissions column", () => {
  expect(readPermissions("*:*:*")).toEqual([adminPermission]);
  expect(readPermissions("db:*:read")).toEqual([{ action: "read", resource: "*" }]);
  expect(readPermissions('["db:a/b:read","*:*:*"]')).toEqual([
    { action: "read", resource: "a/b" },
    adminPermission,
  ]);
  expect(readPermissions("[]")).toEqual([]);
});

it("keeps what it does not understand, whole and as a type of its own", () => {
  const long = "x".repeat(65);
  for (const text of [
    "db",
    "db:a",
    "db::read",
    "db:a:",
    "db:a,,b:read",
    "db:a:read,db:b:read",
    "db:a:b:read",
    "db:a b:read",
    "db:a:read;system:*:read",
    "[db:a:read]",
    '{"db":["read"]}',
    `db:${long}:read`,
    `db:a:${long} x`,
  ]) {
    expect(readPermissions(text)).toEqual([{ action: text, resource: "unknown", resourceType: "unknown" }]);
  }
  expect(readPermissions('["db:a:read",{"x":1}]')).toEqual([
    { action: "read", resource: "a" },
    { action: '{"x":1}', resource: "unknown", resourceType: "unknown" },
  ]);
});

it("takes for an admin's nothing that says less or more", () => {
  expect(isAdmin([adminPermission])).toBe(true);
  expect(isAdmin([])).toBe(false);
  expect(isAdmin([adminPermission, { action: "read", resource: "*" }])).toBe(false);
  expect(isAdmin([{ action: "*", resource: "*" }])).toBe(false);
  expect(isAdmin([{ ...adminPermission, only: "on Sundays" }])).toBe(false);
});

const word = fc.stringMatching(/^[A-Za-z0-9_/-]{1,20}$/);

it("reads every text into pairs that say the same, and fulfil the contract", () => {
  const grant = fc.record({
    type: fc.constantFrom("db", "system", "other"),
    names: fc.uniqueArray(fc.oneof(word, fc.constant("*")), { minLength: 1 }),
    actions: fc.uniqueArray(word, { minLength: 1 }),
  });
  fc.assert(
    fc.property(grant, ({ type, names, actions }) => {
      const read = readPermissions(`${type}:${names.join(",")}:${actions.join(",")}`);
      for (const permission of read) expect(permissionSchema.parse(permission)).toEqual(permission);
      const pairs = read.map(({ resourceType = "db", resource, action }) => [resourceType, resource, action]);
      expect(pairs).toEqual(names.flatMap((name) => actions.map((action) => [type, name, action])));
    }),
  );
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      for (const permission of readPermissions(text)) expect(permission.action).not.toBe("");
    }),
  );
});

it("sends grants that will be read as the permissions that were wished, no more and no less", () => {
  const permission = fc.record(
    { action: word, resource: fc.oneof(word, fc.constant("*")), resourceType: fc.constant("system") },
    { requiredKeys: ["action", "resource"] },
  );
  const asSet = (permissions: readonly object[]) => new Set(permissions.map((each) => JSON.stringify(each)));
  fc.assert(
    fc.property(fc.array(permission, { minLength: 1 }), (permissions) => {
      const grants = grantsOf(permissions);
      expect(asSet(grantedPermissions(grants))).toEqual(
        asSet(
          permissions.map(({ action, resource, resourceType }) => ({
            action,
            resource,
            ...(resourceType === undefined ? {} : { resourceType }),
          })),
        ),
      );
      expect(new Set(grants.map((each) => `${each.resource_type}:${each.resource_names.join()}`)).size).toBe(
        grants.length,
      );
    }),
  );
});
