import { describe, expect, it } from "vitest";
import { tokenStatus } from "#contract/token.ts";
import {
  databaseConsequences,
  managementConsequences,
  type GrantedAccess,
  type ListedLifetimes,
  type PermittedToken,
} from "./consequences.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const databases = ["logs", "metrics", "sensors"];

function token(id: string, grants: string[], more: Partial<PermittedToken> = {}): PermittedToken {
  const permissions = grants.map((grant) => {
    const [action = "", resource = ""] = grant.split(":");
    return { action, resource };
  });
  return { id, permissions, ...more };
}

/** A complete list that answers the plainest way. */
function list(...tokens: (Partial<PermittedToken> & { id: string })[]): GrantedAccess & ListedLifetimes {
  const active = (now: number) => tokens.filter((listed) => tokenStatus(listed, now) === "active");
  return {
    grants(action, now, exceptId) {
      return active(now)
        .filter(({ id }) => id !== exceptId)
        .flatMap((listed) => listed.permissions ?? [])
        .filter((permission) => permission.action === action);
    },
    counts: (now) => ({ active: active(now).length }),
    rowOf(id) {
      const row = tokens.findIndex((listed) => listed.id === id);
      return row < 0 ? undefined : row;
    },
    tokenAt: (row) => tokens[row]!,
  };
}

const of = (target: PermittedToken, ...others: PermittedToken[]) =>
  databaseConsequences(target, list(target, ...others), databases, NOW);

describe("databaseConsequences", () => {
  it("names the databases that lose their last writer or reader", () => {
    expect(
      of(
        token("t", ["write:sensors", "read:sensors", "write:logs"]),
        token("o", ["read:sensors", "write:logs"]),
      ),
    ).toMatchObject({ lastWriterOf: ["sensors"], lastReaderOf: [] });
  });

  it("lets another active wildcard stand in for everything", () => {
    expect(of(token("t", ["write:sensors", "write:*"]), token("o", ["write:*"]))).toMatchObject({
      lastWriterOf: [],
      lastWildcardWriter: false,
    });
  });

  it("spreads a wildcard over the cluster's databases and those it names itself", () => {
    expect(of(token("t", ["write:*", "write:later"]), token("o", ["write:logs"]))).toMatchObject({
      lastWriterOf: ["later", "metrics", "sensors"],
      lastWildcardWriter: true,
      lastReaderOf: [],
    });
  });

  it.each<[string, Partial<PermittedToken>]>([
    ["revoked", { revokedAt: "2026-05-01T00:00:00Z" }],
    ["expired", { expiresAt: "2026-06-01T00:00:00Z" }],
  ])("does not count on a token that is %s", (_, lifetime) => {
    expect(
      of(token("t", ["write:logs"]), token("o", ["write:logs", "write:*"], lifetime)).lastWriterOf,
    ).toEqual(["logs"]);
  });

  it("says that nothing stops with a token that is not active", () => {
    expect(of(token("t", ["write:logs"], { revokedAt: "2026-05-01T00:00:00Z" }))).toMatchObject({
      inactive: true,
      lastWriterOf: [],
    });
  });

  it("names actions that it does not know", () => {
    expect(of(token("t", ["delete:logs", "read:logs"])).otherActions).toEqual(["delete"]);
  });
});

describe("databaseConsequences of a change", () => {
  const keeping = (target: PermittedToken, kept: string[], ...others: PermittedToken[]) =>
    databaseConsequences(target, list(target, ...others), databases, NOW, token("", kept).permissions);

  it("names what loses its last writer or reader, and nothing that the token keeps", () => {
    expect(
      keeping(token("t", ["write:sensors", "write:logs", "read:logs"]), ["write:logs"], token("o", [])),
    ).toMatchObject({ lastWriterOf: ["sensors"], lastReaderOf: ["logs"] });
  });

  it("loses nothing when the permissions stay, or a wildcard takes their place", () => {
    const nothing = { lastWriterOf: [], lastReaderOf: [], lastWildcardWriter: false, otherActions: [] };
    const all = ["write:sensors", "read:logs", "drop:logs"];
    expect(keeping(token("t", all), all)).toMatchObject(nothing);
    expect(keeping(token("t", ["write:sensors"]), ["write:*"])).toMatchObject(nothing);
  });

  it("spreads a wildcard that goes over all databases but those that are kept by name", () => {
    expect(keeping(token("t", ["write:*"]), ["write:logs"])).toMatchObject({
      lastWriterOf: ["metrics", "sensors"],
      lastWildcardWriter: true,
    });
  });

  it("counts on the others as a revocation does", () => {
    expect(keeping(token("t", ["write:logs"]), [], token("o", ["write:*"])).lastWriterOf).toEqual([]);
  });

  it("names an action that it does not know when any of its grants goes", () => {
    expect(keeping(token("t", ["drop:logs", "drop:sensors"]), ["drop:logs"]).otherActions).toEqual(["drop"]);
  });
});

describe("managementConsequences", () => {
  const lone = { id: "t" };
  it("sees the last active one, and the one in use", () => {
    const expired = { id: "o", expiresAt: "2026-01-01T00:00:00Z" };
    expect(managementConsequences(lone, list(lone, expired), "t", NOW)).toEqual({
      inactive: false,
      othersActive: 0,
      inUse: true,
      lastActive: true,
    });
    expect(managementConsequences(lone, list(lone, { id: "p" }), undefined, NOW)).toMatchObject({
      othersActive: 1,
      inUse: false,
      lastActive: false,
    });
  });
  it("does not call an inactive token the last active one", () => {
    const revoked = { id: "t", revokedAt: "2026-01-01T00:00:00Z" };
    expect(managementConsequences(revoked, list(revoked), undefined, NOW).lastActive).toBe(false);
  });
  it("counts the others whether or not the list has the token as it was when the question was asked", () => {
    const other = { id: "p" };
    const revoked = { id: "t", revokedAt: "2026-01-01T00:00:00Z" };
    expect(managementConsequences(lone, list(other), undefined, NOW).othersActive).toBe(1);
    expect(managementConsequences(lone, list(revoked, other), undefined, NOW).othersActive).toBe(1);
  });
});

it("finds that nothing stops with a token that its product refuses", () => {
  expect(of(token("t", ["write:logs"], { isDeactivated: true }))).toMatchObject({
    inactive: true,
    lastWriterOf: [],
  });
});

const bucket = (organization: string, id: string | undefined, name = "*") => ({
  action: "write",
  resource: name,
  resourceType: "buckets",
  ...(id === undefined ? {} : { resourceId: id }),
  resourceOrganizationId: organization,
});
const holding = (id: string, ...permissions: PermittedToken["permissions"]) => ({ id, permissions });

it("tells buckets of one name apart by their ids, and knows one that was renamed", () => {
  const target = holding("t", bucket("a", "1", "logs"));
  expect(of(target, holding("o", bucket("b", "2", "logs"))).lastWriterOf).toEqual(["logs"]);
  expect(of(target, holding("o", bucket("a", "1", "old logs"))).lastWriterOf).toEqual([]);
});

it("lets all buckets of an organization stand in for that organization's only", () => {
  const target = holding("t", bucket("a", "1", "logs"));
  expect(of(target, holding("o", bucket("b", undefined))).lastWriterOf).toEqual(["logs"]);
  expect(of(target, holding("o", bucket("a", undefined))).lastWriterOf).toEqual([]);
});

it("says of which organization all buckets are lost", () => {
  const target = holding("t", bucket("a", undefined));
  expect(of(target, holding("o", bucket("a", undefined)))).toMatchObject({
    lastWriterOf: [],
    lastWildcardWriter: false,
  });
  expect(of(target, holding("o", bucket("b", undefined), bucket("b", "2", "metrics")))).toMatchObject({
    lastWriterOf: ["logs", "sensors"],
    lastWildcardWriter: true,
    wildcardScope: "organization",
  });
});

it("does not name single buckets where the last permission to all goes and organizations keep theirs", () => {
  const all = { action: "write", resource: "*", resourceType: "buckets" };
  expect(of(holding("t", all), holding("o", bucket("a", undefined)))).toMatchObject({
    lastWriterOf: [],
    lastWildcardWriter: true,
    wildcardScope: "each",
  });
  expect(of(holding("t", all))).toMatchObject({ lastWriterOf: databases, wildcardScope: "cluster" });
});
