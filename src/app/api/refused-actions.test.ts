import { expect, test } from "vitest";
import type { Problem } from "#contract/problem.ts";
import type { Cluster } from "#contract/cluster.ts";
import { ApiError } from "./api-error.ts";
import { noteRefusal, withRefusals, type RefusalCache, type RefusedActions } from "./refused-actions.ts";

const ids = { accountId: "a", clusterId: "c" };

function refusal(problem: Partial<Problem>): ApiError {
  const whole: Problem = {
    code: 403,
    message: "Not allowed.",
    reason: "forbidden",
    requestId: "r",
    upstream: { status: 403, message: "members may only look" },
    ...problem,
  };
  return new ApiError({ kind: "problem", status: whole.code, problem: whole, retryAfter: undefined });
}

/** What is remembered after an attempt that ended so. */
async function noted(
  action: "revoke" | "create" | "change",
  error: Error,
  kind: "database" | "management" = "database",
): Promise<RefusedActions> {
  let refused: RefusedActions = {};
  const cache: RefusalCache = { setQueryData: (_key, update) => (refused = update(refused)) };
  await expect(noteRefusal(cache, { kind, ids, action }, () => Promise.reject(error))).rejects.toBe(error);
  return refused;
}

const reason = "Not allowed. InfluxDB says: members may only look";

test("remembers what InfluxDB refused, and what is the same for it", async () => {
  expect(await noted("revoke", refusal({}))).toEqual({ revokeDatabaseToken: reason });
  expect(await noted("change", refusal({}))).toEqual({
    updateDatabaseToken: reason,
    suspendDatabaseToken: reason,
  });
  expect(await noted("create", refusal({}), "management")).toEqual({ createManagementToken: reason });
});

test("remembers nothing of what says nothing about rights", async () => {
  expect(await noted("revoke", refusal({ reason: "protected" }))).toEqual({});
  expect(await noted("revoke", refusal({ upstream: undefined }))).toEqual({});
  // v2 says it with a 401, of the one token only.
  expect(await noted("revoke", refusal({ upstream: { status: 401, message: "unauthorized" } }))).toEqual({});
  expect(await noted("revoke", new ApiError({ kind: "network" }))).toEqual({});
  expect(await noted("revoke", new TypeError("a fault of ours"))).toEqual({});
});

test("answers what was asked for where nothing is refused", async () => {
  const cache: RefusalCache = { setQueryData: () => expect.unreachable() };
  expect(await noteRefusal(cache, { kind: "database", ids, action: "create" }, async () => 7)).toBe(7);
});

const yes = { allowed: true } as const;
const cluster: Cluster = {
  slug: "c",
  name: "c",
  product: "dedicated",
  productName: "Cloud Dedicated",
  tokenName: "Database Token",
  removal: "revoke",
  suspension: "suspend",
  listsMayBePartial: false,
  hasManagementTokens: true,
  hasOwners: false,
  ...ids,
  accountName: "a",
  isDefault: true,
  access: { state: "ready" },
  takesToken: true,
  capabilities: {
    revokeDatabaseToken: yes,
    createDatabaseToken: { allowed: false, reason: "Not in this product." },
    updateDatabaseToken: yes,
    updatePermissions: yes,
    setExpiry: yes,
    choosePermissions: yes,
    createAdminToken: yes,
    suspendDatabaseToken: yes,
    listManagementTokens: yes,
    revokeManagementToken: yes,
    createManagementToken: yes,
  },
};

test("a cluster does not offer what was refused, and keeps its own reasons", () => {
  const { capabilities } = withRefusals(cluster, { revokeDatabaseToken: "No.", createDatabaseToken: "No." });
  expect(capabilities).toEqual({
    ...cluster.capabilities,
    revokeDatabaseToken: { allowed: false, reason: "No." },
  });
  expect(withRefusals(cluster, undefined)).toBe(cluster);
});

test("where rights go by the token, one refusal says nothing of others", () => {
  const byToken = { ...cluster, listsMayBePartial: true };
  expect(withRefusals(byToken, { revokeDatabaseToken: "No." })).toBe(byToken);
});
