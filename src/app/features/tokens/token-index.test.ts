import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_DATABASES } from "#contract/permission.ts";
import { tokenStatus } from "#contract/token.ts";
import {
  accessFilters,
  compareNaturally,
  createTokenIndex,
  databasesOf,
  fold,
  MILLIS_PER_DAY,
  sortKeys,
  type ListedToken,
  type TokenQuery,
} from "./token-index.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

const plain: TokenQuery = {
  text: "",
  inactive: true,
  status: undefined,
  access: undefined,
  database: undefined,
  expiry: undefined,
  sort: { by: "id", descending: false },
  now: NOW,
};

function token(id: string, more: Partial<ListedToken> = {}): ListedToken {
  return { id, description: id, createdAt: "2026-01-01T00:00:00Z", permissions: [], ...more };
}

function ids(tokens: readonly ListedToken[], query: Partial<TokenQuery>): string[] {
  const index = createTokenIndex(tokens);
  return [...index.query({ ...plain, ...query })].map((row) => tokens[row]!.id);
}

describe("search", () => {
  const tokens = [
    token("a1", { description: "Café CI writer" }),
    token("id-b2", { description: "cafe reader" }),
    token("c3", { description: "ＣＩ İstanbul", tokenPrefix: "twm1_Zz" }),
  ];
  it.each([
    ["CAFE", ["a1", "id-b2"]],
    ["café ci", ["a1"]],
    ["writer café", ["a1"]],
    ["ci", ["a1", "c3"]],
    ["istanbul", ["c3"]],
    ["TWM1_z", ["c3"]],
    ["b2", []],
    ["id-b2", ["id-b2"]],
    ["  ", ["a1", "c3", "id-b2"]],
    ["writer\nid-b2", []],
  ])("finds %j", (text, found) => {
    expect(ids(tokens, { text })).toEqual(found);
  });
});

describe("order", () => {
  it("is natural for descriptions, without regard to case", () => {
    const tokens = ["sensor 10", "Sensor 2", "sensor 1"].map((description, n) =>
      token(`t${n}`, { description }),
    );
    expect(ids(tokens, { sort: { by: "description", descending: false } })).toEqual(["t2", "t1", "t0"]);
  });
  it("keeps never at the end in both directions", () => {
    const tokens = [
      token("never"),
      token("late", { expiresAt: "2027-01-01T00:00:00Z" }),
      token("soon", { expiresAt: "2026-07-01T02:00:00+02:00" }),
    ];
    expect(ids(tokens, { sort: { by: "expires", descending: false } })).toEqual(["soon", "late", "never"]);
    expect(ids(tokens, { sort: { by: "expires", descending: true } })).toEqual(["late", "soon", "never"]);
  });
  it("compares instants, not their spelling", () => {
    const tokens = [
      token("second", { createdAt: "2026-01-01T00:30:00Z" }),
      token("first", { createdAt: "2026-01-01T01:00:00+01:00" }),
    ];
    expect(ids(tokens, { sort: { by: "created", descending: false } })).toEqual(["first", "second"]);
  });
});

describe("status", () => {
  const expiring = token("x", { expiresAt: "2026-06-01T00:00:00Z" });
  it("changes at the instant of expiry while the page stays open", () => {
    expect(ids([expiring], { inactive: false, now: NOW - 1 })).toEqual(["x"]);
    expect(ids([expiring], { inactive: false, now: NOW })).toEqual([]);
    expect(createTokenIndex([expiring]).counts(NOW)).toEqual({ total: 1, active: 0 });
  });
  it("filter shows inactive tokens that it names, whatever the switch says", () => {
    expect(ids([expiring], { inactive: false, status: "expired" })).toEqual(["x"]);
  });
});

// The index against the plainest way to say the same.

const instant = fc.constantFrom(
  "2025-01-01T00:00:00Z",
  "2026-05-31T23:59:59.999Z",
  "2026-06-01T00:00:00Z",
  "2026-06-08T00:00:00Z",
  "2026-06-08T02:00:00+02:00",
  "2030-01-01T00:00:00Z",
);
const text = fc.oneof(
  fc.constantFrom(
    "",
    "CI writer",
    "ci Writer 10",
    "ci writer 9",
    "Ümlaut",
    "umlaut",
    "東京",
    "a\u202eb",
    "🙂",
  ),
  fc.string({ maxLength: 8 }),
);
const permission = fc.record({
  action: fc.constantFrom("read", "write", "admin"),
  resource: fc.constantFrom("sensors", "metrics", "db/rp", ALL_DATABASES),
});
const listed: fc.Arbitrary<ListedToken> = fc.record(
  {
    id: fc.uuid(),
    description: text,
    createdAt: instant,
    expiresAt: instant,
    revokedAt: instant,
    tokenPrefix: fc.constantFrom("twm1_ab", "M.V1"),
    permissions: fc.array(permission, { maxLength: 4 }),
  },
  { requiredKeys: ["id", "description", "createdAt"] },
);
const query: fc.Arbitrary<TokenQuery> = fc.record({
  text: fc.oneof(fc.constant(""), text),
  inactive: fc.boolean(),
  status: fc.constantFrom(undefined, undefined, "active", "expired", "revoked"),
  access: fc.constantFrom(undefined, ...accessFilters),
  database: fc.constantFrom(undefined, undefined, "sensors", "absent"),
  expiry: fc.constantFrom<TokenQuery["expiry"]>(undefined, undefined, "never", 7, 3000),
  sort: fc.record({ by: fc.constantFrom(...sortKeys), descending: fc.boolean() }),
  now: fc.constantFrom(NOW, NOW - 1, NOW + MILLIS_PER_DAY),
});

function naive(tokens: readonly ListedToken[], q: TokenQuery): string[] {
  const found = tokens.filter((t) => {
    const status = tokenStatus(t, q.now);
    if (q.status !== undefined ? status !== q.status : !q.inactive && status !== "active") return false;
    const permissions = t.permissions ?? [];
    if (q.access === "wildcard" && !permissions.some((p) => p.resource === "*")) return false;
    if ((q.access === "read" || q.access === "write") && !permissions.some((p) => p.action === q.access))
      return false;
    if (
      q.database !== undefined &&
      !permissions.some((p) => p.resource === q.database || p.resource === "*")
    ) {
      return false;
    }
    if (q.expiry === "never" && t.expiresAt !== undefined) return false;
    if (typeof q.expiry === "number") {
      if (t.expiresAt === undefined) return false;
      const end = Date.parse(t.expiresAt);
      if (end <= q.now || end > q.now + q.expiry * 86_400_000) return false;
    }
    const words = fold(q.text).split(/\s+/).filter(Boolean);
    const everything = [t.description, t.id, t.tokenPrefix ?? ""].map(fold).join("\n");
    return words.every((word) => (word.length < 4 ? fold(t.description) : everything).includes(word));
  });
  const value = (t: ListedToken): number | string | undefined => {
    switch (q.sort.by) {
      case "id":
        return t.id;
      case "description":
        return t.description;
      case "created":
        return Date.parse(t.createdAt);
      case "expires":
        return t.expiresAt === undefined ? undefined : Date.parse(t.expiresAt);
      case "databases":
        return databasesOf(t).join("\n") || undefined;
      case "status":
        return ["active", "expired", "revoked"].indexOf(tokenStatus(t, q.now));
    }
  };
  const natural = q.sort.by === "description" || q.sort.by === "databases";
  return found
    .toSorted((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1;
      } else {
        const sign = q.sort.descending ? -1 : 1;
        const order = natural ? compareNaturally(String(x), String(y)) : x < y ? -1 : x > y ? 1 : 0;
        if (order !== 0) return sign * order;
      }
      return a.id < b.id ? -1 : 1;
    })
    .map((t) => t.id);
}

describe("the index", () => {
  it("answers as a plain filter and sort would", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(listed, { selector: (t) => t.id, maxLength: 30 }),
        fc.array(query, { minLength: 1, maxLength: 4 }),
        (tokens, queries) => {
          // One index, several queries: what it keeps between them must not show.
          const index = createTokenIndex(tokens);
          for (const q of queries) {
            expect([...index.query(q)].map((row) => tokens[row]!.id)).toEqual(naive(tokens, q));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("finds rows by id", () => {
    const index = createTokenIndex([token("a"), token("b")]);
    expect(index.rowOf("b")).toBe(1);
    expect(index.rowOf("c")).toBeUndefined();
  });
});
