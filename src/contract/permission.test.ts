import { expect, it } from "vitest";
import { resourceKey } from "./permission.ts";

const all = { resource: "*", resourceType: "buckets", resourceOrganizationId: "a" };

it("tells all buckets of one organization from those of another, and a bucket by its id", () => {
  expect(resourceKey(all)).not.toBe(resourceKey({ ...all, resourceOrganizationId: "b" }));
  expect(resourceKey(all)).not.toBe(resourceKey({ resource: "*" }));
  const bucket = { ...all, resource: "logs", resourceId: "1" };
  expect(resourceKey(bucket)).toBe(resourceKey({ ...bucket, resource: "old logs" }));
  expect(resourceKey(bucket)).not.toBe(resourceKey({ ...bucket, resourceId: "2" }));
});
