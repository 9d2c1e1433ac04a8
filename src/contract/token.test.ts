import { expect, it } from "vitest";
import { isSuspended } from "./token.ts";

const suspendedAt = "2026-01-01T00:00:00Z";
const some = [{ action: "read", resource: "a" }];

it("takes a token for suspended that is said to be so and may do nothing", () => {
  expect(isSuspended({ suspendedAt, permissions: [] })).toBe(true);
  // Somebody gave it permissions since.
  expect(isSuspended({ suspendedAt, permissions: some })).toBe(false);
  expect(isSuspended({ permissions: [] })).toBe(false);
  expect(isSuspended({ suspendedAt })).toBe(false);
});

it("takes a token for suspended that its product refuses, whatever permissions it keeps", () => {
  expect(isSuspended({ suspendedAt, isDeactivated: true, permissions: some })).toBe(true);
  expect(isSuspended({ suspendedAt, isDeactivated: true, permissions: [] })).toBe(true);
  expect(isSuspended({ isDeactivated: true, permissions: some })).toBe(false);
});
