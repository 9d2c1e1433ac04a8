import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  adminPermission,
  ALL_DATABASES,
  isForAll,
  reachOf,
  resourceName,
  type Permission,
} from "#contract/permission.ts";
import { tokenStatus } from "#contract/token.ts";
import { plainText, toMillis } from "#contract/instant.ts";
import { listPart } from "#contract/list-parts.ts";
import {
  accessFilters,
  createListComparison,
  createTokenIndex,
  createTokenIndexBuilder,
  fold,
  MILLIS_PER_DAY,
  ownerOf,
  sortKeys,
  type ListedToken,
  type TokenIndex,
  type TokenQuery,
} from "./token-index.ts";
import { token } from "./tokens-for-tests.ts";

// Random lists by the hundred take their time on a machine that does other things as well.
vi.setConfig({ testTimeout: 60_000 });

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

function answer(index: TokenIndex, query: Partial<TokenQuery>): string[] {
  return Array.from(index.query({ ...plain, ...query }), (row) => index.idAt(row));
}

function ids(tokens: readonly ListedToken[], query: Partial<TokenQuery>): string[] {
  return answer(createTokenIndex(tokens), query);
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

describe("folding", () => {
  it("is the same for each run of characters as for the whole text, whatever stands beside it", () => {
    const inOneGo = (text: string) =>
      text.normalize("NFKD").toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ς", "σ");
    const piece = fc.constantFrom(
      "ΟΔΟΣ",
      "Σ",
      "a",
      "İ",
      "I",
      "\u0301",
      "é",
      "ＣＩ",
      "㎒",
      "K",
      "서울",
      "½",
      " ",
      "ß",
      "🌡️",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(fold(text)).toBe(inOneGo(text));
      }),
      { numRuns: 2000 },
    );
  });
  it("finds what begins a longer word, in Greek as well", () => {
    const tokens = [token("street", { description: "Οδός Αθηνάς" }), token("more", { description: "ΟΔΟΣΑ" })];
    expect(ids(tokens, { text: "οδοσ" })).toEqual(["more", "street"]);
    expect(ids(tokens, { text: "ΟΔΟΣ" })).toEqual(["more", "street"]);
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
  it("keeps equal values in the order of ids where a run of later ones comes first", () => {
    const later = Array.from({ length: 255 }, (_, n) =>
      token(`a${100 + n}`, { createdAt: "2026-03-03T00:00:00Z" }),
    );
    const earlier = Array.from({ length: 255 }, (_, n) =>
      token(`b${100 + n}`, { createdAt: "2026-01-01T00:00:00Z" }),
    );
    const [first, last] = ["a", "c"].map((id) => token(id, { createdAt: "2026-02-02T00:00:00Z" }));
    const sorted = [...earlier, first!, last!, ...later].map(({ id }) => id);
    const tokens = [first!, ...later, ...earlier, last!];
    expect(ids(tokens, { sort: { by: "created", descending: false } })).toEqual(sorted);
  });
});

const namesOf = (permissions: readonly Permission[]) => new Set(permissions.map(({ resource }) => resource));

describe("permissions", () => {
  const grants = (index: TokenIndex, action: string) => namesOf(index.grants(action, NOW, "none"));
  it("are of databases only where they are of no other type", () => {
    const index = createTokenIndex([
      token("bucket", { permissions: [{ action: "read", resource: "tasks", resourceType: "buckets" }] }),
      token("type", { permissions: [{ action: "write", resource: "tasks", resourceType: "tasks" }] }),
    ]);
    expect(answer(index, { database: "tasks" })).toEqual(["bucket"]);
    expect(index.databaseNames).toEqual(["tasks"]);
    expect(grants(index, "read")).toEqual(new Set(["tasks"]));
    expect(grants(index, "write")).toEqual(new Set());
  });
  it("to everything are permissions to read and to write all databases", () => {
    const index = createTokenIndex([token("admin", { permissions: [adminPermission] })]);
    for (const access of accessFilters) expect(answer(index, { access, database: "any" })).toEqual(["admin"]);
    expect(grants(index, "write")).toEqual(new Set(["*"]));
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
  "2025-01-01T00:00:00.000Z",
  "2026-05-31T23:59:59.999Z",
  "2026-06-01T00:00:00Z",
  "2026-06-08T00:00:00Z",
  "2026-06-08T02:00:00+02:00",
  "2026-06-08t00:00:00.123456z",
  "2030-01-01T00:00:00Z",
);
const text = fc.oneof(
  fc.constantFrom(
    "",
    "CI writer",
    "ci Writer 10",
    "ci writer 9",
    "ci writer 009",
    "CI Schreiber Größe ½",
    "Ümlaut",
    "umlaut",
    "ΟΔΟΣ",
    "東京",
    "서울 2",
    "가",
    "\u0301acute first",
    "a\u202eb",
    "two\nlines\n",
    "\n",
    "<img src=x onerror=alert(1)>",
    "half \ud83d",
    "🙂",
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const id = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.stringMatching(/^[0-9a-f]{16}$/),
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.constantFrom("Ærø 10", "東京\ntoken", "__proto__", "ci writer"),
);
const permission = fc.record(
  {
    action: fc.constantFrom("read", "write", "admin"),
    resource: fc.constantFrom("sensors", "Sensors", "metrics", "db 10", "db 9", "db/rp", ALL_DATABASES),
    resourceType: fc.constantFrom("buckets", "sensors", "any"),
    limits: fc.array(fc.nat(9), { maxLength: 2 }),
  },
  { requiredKeys: ["action", "resource"] },
);
const name = fc.constantFrom("ada", "Ada 10", "ada 9", "");
const listed: fc.Arbitrary<ListedToken> = fc.record(
  {
    id,
    description: text,
    createdAt: instant,
    expiresAt: instant,
    revokedAt: instant,
    suspendedAt: instant,
    createdBy: text,
    tokenPrefix: fc.constantFrom("twm1_ab", "M.V1", "東京_1", ""),
    permissions: fc.array(permission, { maxLength: 4 }),
    owner: name,
    ownerId: name,
    organization: name,
  },
  { requiredKeys: ["id", "description", "createdAt"] },
);
const list = fc.uniqueArray(listed, { selector: (t) => t.id, maxLength: 30 });
const instants = [
  NOW,
  NOW - 1,
  NOW + MILLIS_PER_DAY,
  Date.parse("2026-06-08T00:00:00Z"),
  NOW + 4000 * MILLIS_PER_DAY,
];
const query: fc.Arbitrary<TokenQuery> = fc.record({
  text: fc.oneof(fc.constant(""), text, id),
  inactive: fc.boolean(),
  status: fc.constantFrom(undefined, undefined, "active", "expired", "revoked"),
  access: fc.constantFrom(undefined, undefined, undefined, ...accessFilters),
  database: fc.constantFrom(undefined, undefined, undefined, "sensors", "absent", "read"),
  expiry: fc.constantFrom<TokenQuery["expiry"]>(undefined, undefined, "never", 7, 3000),
  owner: fc.constantFrom(undefined, undefined, undefined, ["ada"], ["ada 9", "Ada 10"], ["nobody"]),
  organization: fc.constantFrom(undefined, undefined, undefined, ["ada"]),
  sort: fc.record({ by: fc.constantFrom(...sortKeys), descending: fc.boolean() }),
  now: fc.constantFrom(...instants),
});
const queries = fc.array(query, { minLength: 1, maxLength: 4 });

/** Folded text in pieces: numbers, and single code units. */
function pieces(words: string): string[] {
  return fold(words).match(/[0-9]+|[^]/g) ?? [];
}

function comparePieces(a: readonly string[], b: readonly string[]): number {
  const isNumber = (piece: string) => piece >= "0" && piece < ":";
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [x, y] = [a[at]!, b[at]!];
    if (isNumber(x) && isNumber(y)) {
      if (BigInt(x) !== BigInt(y)) return BigInt(x) < BigInt(y) ? -1 : 1;
    } else if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function plainNames(t: ListedToken): string[] {
  const names = new Set(
    (t.permissions ?? []).map((p) => (reachOf(p) === "other" ? resourceName(p) : p.resource)),
  );
  const others = [...names].filter((name) => name !== "*");
  others.sort((a, b) => comparePieces(pieces(a), pieces(b)) || compareUnits(a, b));
  return names.has("*") ? ["*", ...others] : others;
}

function matches(t: ListedToken, q: TokenQuery): boolean {
  const status = tokenStatus(t, q.now);
  if (q.status !== undefined ? status !== q.status : !q.inactive && status !== "active") return false;
  const permissions = t.permissions ?? [];
  if (q.access === "wildcard" && !permissions.some(isForAll)) return false;
  if ((q.access === "read" || q.access === "write") && !permissions.some((p) => p.action === q.access)) {
    return false;
  }
  if (
    q.database !== undefined &&
    !permissions.some((p) => isForAll(p) || (p.resource === q.database && reachOf(p) === "databases"))
  ) {
    return false;
  }
  if (q.owner?.includes(ownerOf(t, "owner")) === false) return false;
  if (q.organization?.includes(t.organization ?? "") === false) return false;
  if (q.expiry === "never" && t.expiresAt !== undefined) return false;
  if (typeof q.expiry === "number") {
    if (t.expiresAt === undefined) return false;
    const end = Date.parse(t.expiresAt);
    if (end <= q.now || end > q.now + q.expiry * 86_400_000) return false;
  }
  const words = fold(q.text).split(/\s+/).filter(Boolean);
  const everything = [t.description, t.id, t.tokenPrefix ?? ""].map(fold).join("\n");
  return words.every((word) => (word.length < 4 ? fold(t.description) : everything).includes(word));
}

function sortValue(t: ListedToken, { sort, now }: TokenQuery): string[] | number | undefined {
  switch (sort.by) {
    case "id":
      return 0;
    case "description":
      return pieces(t.description);
    case "created":
      return Date.parse(t.createdAt);
    case "expires":
      return t.expiresAt === undefined ? undefined : Date.parse(t.expiresAt);
    case "databases": {
      const names = plainNames(t);
      return names.length === 0 ? undefined : pieces(names.join("\n"));
    }
    case "owner":
    case "organization":
      return ownerOf(t, sort.by) === "" ? undefined : pieces(ownerOf(t, sort.by));
    case "status":
      return ["active", "expired", "revoked"].indexOf(tokenStatus(t, now));
  }
}

function naive(tokens: readonly ListedToken[], q: TokenQuery): string[] {
  const sign = q.sort.descending ? -1 : 1;
  return tokens
    .filter((t) => matches(t, q))
    .map((t) => ({ id: t.id, value: sortValue(t, q) }))
    .sort((a, b) => {
      const [x, y] = [a.value, b.value];
      let order = 0;
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1;
      } else if (typeof x === "number" && typeof y === "number") order = x - y;
      else if (typeof x === "object" && typeof y === "object") order = comparePieces(x, y);
      if (order !== 0) return sign * order;
      return (q.sort.by === "id" ? sign : 1) * compareUnits(a.id, b.id);
    })
    .map((t) => t.id);
}

/** What the plainest way says of a list apart from queries. */
function plainFacts(tokens: readonly ListedToken[], now: number) {
  const active = tokens.filter((t) => tokenStatus(t, now) === "active");
  const ends = tokens.flatMap((t) => (t.revokedAt === undefined ? Date.parse(t.expiresAt ?? "") : []));
  const written = active
    .filter((t) => t !== tokens[0])
    .flatMap((t) => t.permissions ?? [])
    .flatMap((p) => (p.action === "write" && reachOf(p) !== "other" ? p.resource : []));
  const everyName = plainNames({
    ...token(""),
    permissions: tokens.flatMap((t) => t.permissions ?? []).filter((p) => reachOf(p) !== "other"),
  });
  return {
    counts: { total: tokens.length, active: active.length },
    nextExpiry: ends.reduce((next, end) => (end > now && end < next ? end : next), Infinity),
    written: new Set(written),
    databaseNames: everyName.filter((name) => name !== "*"),
    tokens,
  };
}

/** The index says of these queries, and in sum, what the list says. */
function expectToBe(index: TokenIndex, tokens: readonly ListedToken[], asked: readonly TokenQuery[]): void {
  const expected = asked.map((q) => naive(tokens, q));
  expect(asked.map((q) => answer(index, q))).toEqual(expected);
  expect(asked.map((q) => index.count(q))).toEqual(expected.map((found) => found.length));
  for (const now of new Set(asked.map((q) => q.now))) {
    expect({
      counts: index.counts(now),
      nextExpiry: index.nextExpiry(now),
      written: namesOf(index.grants("write", now, tokens[0]?.id ?? "none")),
      databaseNames: index.databaseNames,
      tokens: tokens.map((t) => index.tokenAt(index.rowOf(t.id)!)),
    }).toEqual(plainFacts(tokens, now));
  }
  expect(index.total).toBe(tokens.length);
}

/** A list in pieces of any length. */
function cut<T>(items: readonly T[], lengths: readonly number[]): T[][] {
  const slices: T[][] = [];
  let start = 0;
  for (const length of [...lengths, items.length]) {
    slices.push(items.slice(start, start + length));
    start += length;
  }
  return slices;
}
const lengths = fc.array(fc.nat(12), { maxLength: 4 });

function afterChanges(
  tokens: readonly ListedToken[],
  changed: readonly ListedToken[],
  removed: readonly string[],
): ListedToken[] {
  const next = new Map(tokens.map((t) => [t.id, t]));
  for (const gone of removed) next.delete(gone);
  for (const t of changed) next.set(t.id, t);
  return [...next.values()];
}

/** Changes of a list: some of its tokens say something else, some are gone, some are new. */
const changes = (tokens: readonly ListedToken[]) => {
  const present = fc.subarray(tokens.map((t) => t.id));
  return fc.record({
    changed: fc
      .tuple(
        present,
        fc.array(listed, { maxLength: 6 }),
        fc.uniqueArray(listed, { selector: (t) => t.id, maxLength: 4 }),
      )
      .map(([old, news, more]) => [
        ...news.flatMap((t, n) => (n < old.length ? [{ ...t, id: old[n]! }] : [])),
        ...more,
      ])
      .map((all) => [...new Map(all.map((t) => [t.id, t])).values()]),
    removed: present,
  });
};

describe("the index", () => {
  it("answers as a plain filter and sort would", () => {
    fc.assert(
      // One index, several queries: what it keeps between them must not show.
      fc.property(list, queries, (tokens, asked) => expectToBe(createTokenIndex(tokens), tokens, asked)),
      { numRuns: 250 },
    );
  });

  it("finds rows by id", () => {
    const index = createTokenIndex([token("a"), token("b")]);
    expect(index.idAt(index.rowOf("b")!)).toBe("b");
    expect(index.rowOf("c")).toBeUndefined();
    expect(() => index.tokenAt(2)).toThrow(RangeError);
  });

  it("gives the same object for a row that is looked at again, also after other rows changed", () => {
    const index = createTokenIndex([token("a"), token("b")]);
    const seen = index.tokenAt(index.rowOf("a")!);
    expect(index.tokenAt(index.rowOf("a")!)).toBe(seen);
    const next = index.apply({ changed: [token("b", { description: "new" })], removed: [] });
    expect(next.tokenAt(next.rowOf("a")!)).toBe(seen);
    expect(next.tokenAt(next.rowOf("b")!).description).toBe("new");
  });

  it("leaves out the ids of the account and the cluster", () => {
    const index = createTokenIndex([Object.assign(token("a"), { accountId: "x", clusterId: "y" })]);
    expect(index.tokenAt(index.rowOf("a")!)).toEqual(token("a"));
  });

  it("takes the last one of tokens with the same id", () => {
    const [first, second] = ["first", "second"].map((description) => token("a", { description }));
    const third = token("a", { description: "third", revokedAt: "2026-05-01T00:00:00Z" });
    const builder = createTokenIndexBuilder();
    builder.add([first!, token("b")]);
    const before = builder.snapshot();
    builder.add([second!, third]);
    expectToBe(builder.snapshot(), [third, token("b")], [plain]);
    expectToBe(before, [first!, token("b")], [plain]);
  });

  it("answers while it prepares", () => {
    fc.assert(
      fc.property(list, queries, fc.array(fc.nat(30)), (tokens, asked, steps) => {
        const index = createTokenIndex(tokens);
        const work = [index.prepare(sortKeys), index.prepare(sortKeys)];
        steps.forEach((count, n) => {
          for (let step = 0; step < count; step++) work[n % 2]!.next();
          if (n < asked.length) expectToBe(index, tokens, [asked[n]!]);
        });
        for (const each of work) while (each.next().done !== true);
        expectToBe(index, tokens, asked);
      }),
      { numRuns: 60 },
    );
  });
});

describe("typing", () => {
  it("finds what a query at once would find", () => {
    const keys = fc.oneof(
      fc.constantFrom("c", "i", " ", "w", "r", "1", "0", "a", "東", "⌫"),
      fc.constantFrom("ci w", "writer"),
    );
    fc.assert(
      fc.property(list, fc.array(keys, { maxLength: 12 }), query, (tokens, typed, q) => {
        const index = createTokenIndex(tokens);
        let written = "";
        for (const key of typed) {
          written = key === "⌫" ? written.slice(0, -1) : written + key;
          const now = { ...q, text: written };
          expect(answer(index, now)).toEqual(naive(tokens, now));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("does not lose a row when a short term grows long enough for ids", () => {
    const index = createTokenIndex([
      token("beef-1", { description: "cow" }),
      token("x", { description: "beef" }),
    ]);
    expect(["bee", "beef", "beef-"].map((words) => answer(index, { text: words }))).toEqual([
      ["x"],
      ["beef-1", "x"],
      ["beef-1"],
    ]);
  });
});

describe("the clock", () => {
  it("moves tokens over to expired as it passes their end, forwards and backwards", () => {
    fc.assert(
      fc.property(list, query, fc.array(fc.constantFrom(...instants)), (tokens, asked, moments) => {
        const index = createTokenIndex(tokens);
        const q = { ...plain, inactive: asked.inactive, status: asked.status, expiry: asked.expiry };
        expectToBe(
          index,
          tokens,
          moments.map((now) => ({ ...q, now })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("a builder", () => {
  it("makes indexes that stay true while more is added", () => {
    fc.assert(
      fc.property(list, lengths, queries, fc.boolean(), (tokens, cuts, asked, early) => {
        const builder = createTokenIndexBuilder();
        const made: { index: TokenIndex; count: number }[] = [];
        let count = 0;
        for (const slice of cut(tokens, cuts)) {
          builder.add(slice);
          count += slice.length;
          const index = builder.snapshot();
          // What an earlier one has ordered is what the next one begins with.
          if (early) expectToBe(index, tokens.slice(0, count), asked);
          made.push({ index, count });
        }
        for (const each of made) expectToBe(each.index, tokens.slice(0, each.count), asked);
      }),
      { numRuns: 80 },
    );
  });

  it("makes of columns what it makes of the tokens in them", () => {
    const written = (instant: string, millis: boolean) => plainText(toMillis(instant), millis);
    /** The same with nothing but what fits into columns. */
    const fitting = ({
      id,
      description,
      permissions = [],
      createdAt,
      expiresAt,
      revokedAt,
    }: ListedToken) => ({
      id,
      description,
      permissions,
      createdAt: written(createdAt, id < "b"),
      ...(expiresAt === undefined ? {} : { expiresAt: written(expiresAt, id < "c") }),
      ...(revokedAt === undefined ? {} : { revokedAt: written(revokedAt, id > "a") }),
    });
    fc.assert(
      fc.property(
        list,
        fc.array(listed),
        lengths,
        fc.boolean(),
        queries,
        (all, more, cuts, isInTurns, asked) => {
          const tokens = all.map(fitting);
          // Some of them come again, and say something else.
          const again = more.map((token, n) => ({ ...fitting(token), id: tokens[n]?.id ?? token.id }));
          const builder = createTokenIndexBuilder();
          for (const [n, slice] of cut([...tokens, ...again], cuts).entries()) {
            const part = listPart(slice);
            if ("rows" in part) throw new Error("these fit into columns");
            if (isInTurns && n % 2 === 1) builder.add(slice);
            else builder.addColumns(part);
            if (n % 3 === 0) builder.snapshot();
          }
          expectToBe(builder.snapshot(), afterChanges(tokens, again, []), asked);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("is not disturbed by changes of what it made, nor they by it", () => {
    const builder = createTokenIndexBuilder();
    builder.add([token("a")]);
    const early = builder.snapshot();
    builder.add([token("b")]);
    const changed = early.apply({ changed: [token("c"), token("b", { description: "mine" })], removed: [] });
    builder.add([token("b", { description: "theirs" }), token("c", { description: "theirs" }), token("d")]);
    const late = builder.snapshot();
    expectToBe(early, [token("a")], [plain]);
    expectToBe(changed, [token("a"), token("b", { description: "mine" }), token("c")], [plain]);
    expectToBe(
      late,
      [token("a"), token("b", { description: "theirs" }), token("c", { description: "theirs" }), token("d")],
      [plain],
    );
  });
});

describe("apply", () => {
  it("gives what the changed list gives, and leaves the list before as it was", () => {
    const scenario = list.chain((tokens) =>
      fc.tuple(fc.constant(tokens), fc.array(changes(tokens), { minLength: 1, maxLength: 4 })),
    );
    fc.assert(
      fc.property(scenario, queries, fc.boolean(), ([tokens, steps], asked, early) => {
        const made = [{ index: createTokenIndex(tokens), tokens }];
        for (const { changed, removed } of steps) {
          const last = made.at(-1)!;
          if (early) expectToBe(last.index, last.tokens, asked);
          made.push({
            index: last.index.apply({ changed, removed }),
            tokens: afterChanges(last.tokens, changed, removed),
          });
        }
        for (const each of made) expectToBe(each.index, each.tokens, asked);
        // Another list made of the first one has nothing of what was made of it before.
        const other = made[0]!.index.apply({ changed: [token("other")], removed: [] });
        expectToBe(other, afterChanges(tokens, [token("other")], []), asked);
      }),
      { numRuns: 80 },
    );
  });

  it("is the same index when nothing changes", () => {
    const index = createTokenIndex([token("a")]);
    expect(index.apply({ changed: [token("a")], removed: ["b"] })).toBe(index);
  });
});

function plainDifferences(before: readonly ListedToken[], after: readonly ListedToken[]) {
  const old = new Map(before.map((t) => [t.id, t]));
  const changed = after.filter((t) => {
    const was = old.get(t.id);
    return was === undefined || !sameFields(was, t);
  });
  const kept = new Set(after.map((t) => t.id));
  return { changed, removed: before.map((t) => t.id).filter((gone) => !kept.has(gone)) };
}

/** Equal but for the order of fields. */
function sameFields(a: object, b: object): boolean {
  const text = (of: object) => JSON.stringify(Object.entries(of).sort(([x], [y]) => compareUnits(x, y)));
  return text(a) === text(b);
}

describe("differences", () => {
  const two = list.chain((before) =>
    fc.tuple(
      fc.constant(before),
      fc.oneof(
        list,
        changes(before).map(({ changed, removed }) => afterChanges(before, changed, removed)),
        fc.constant(before.toReversed()),
      ),
    ),
  );

  it("are what a comparison of two lists finds, in slices of any length", () => {
    fc.assert(
      fc.property(two, lengths, queries, ([before, after], cuts, asked) => {
        const held = createTokenIndex(before);
        const comparison = createListComparison(held);
        for (const slice of cut(after, cuts)) comparison.add(slice);
        const found = comparison.finish();
        const expected = plainDifferences(before, after);
        expect(found.changed.map((t) => t.id).sort()).toEqual(expected.changed.map((t) => t.id).sort());
        expect(found.removed.toSorted()).toEqual(expected.removed.toSorted());
        const applied = held.apply(found);
        expectToBe(applied, after, asked);
        const count = expected.changed.length + expected.removed.length;
        expect([held.differences(applied), applied.differences(held)]).toEqual([count, count]);
        expect(held.differences(createTokenIndex(after))).toBe(count);
        const known = found.changed.filter(({ id }) => held.rowOf(id) !== undefined).map(({ id }) => id);
        expect(held.differences(applied, new Set([...known, "of no token"]))).toBe(count - known.length);
        // Two that were made of the same one, each in its own way.
        const half = { changed: found.changed.filter((_, at) => at % 2 === 0), removed: [] };
        const other = held.apply(half);
        const apart = plainDifferences(afterChanges(before, half.changed, half.removed), after);
        const between = apart.changed.length + apart.removed.length;
        expect([other.differences(applied), applied.differences(other)]).toEqual([between, between]);
        // And one that came of it by two changes.
        const twice = other.apply({
          changed: afterChanges(before, half.changed, []).slice(0, 1),
          removed: [],
        });
        const back = twice.apply(found);
        expect([held.differences(back), back.differences(held)]).toEqual([count, count]);
      }),
      { numRuns: 80 },
    );
  });

  it("see the last one of tokens with the same id", () => {
    const comparison = createListComparison(createTokenIndex([token("a")]));
    comparison.add([token("a", { description: "first" }), token("a")]);
    expect(comparison.finish()).toEqual({ changed: [], removed: [] });
  });
});

describe("a long list", () => {
  // Longer than two blocks of rows, and than what is sorted at once.
  const [sampled] = fc.sample(fc.array(listed, { minLength: 2600, maxLength: 2600, size: "max" }), {
    numRuns: 1,
    seed: 7,
  });
  const tokens = sampled!.map((t, n) => ({
    ...t,
    id: `${t.id}-${n}`,
    description: `${t.description} ${n % 900}`,
  }));
  const asked: TokenQuery[] = [
    ...sortKeys.flatMap((by) =>
      [true, false].map((descending) => ({ ...plain, inactive: by !== "status", sort: { by, descending } })),
    ),
    ...["1", "12", "ci", "writer 2", "東京", "-2599"].map((words) => ({ ...plain, text: words })),
    { ...plain, expiry: 7 as const, text: "a" },
  ];

  it("answers as a short one does, also while it grows", () => {
    const builder = createTokenIndexBuilder();
    builder.add(tokens.slice(0, 1500));
    const early = builder.snapshot();
    expectToBe(early, tokens.slice(0, 1500), asked);
    builder.add(tokens.slice(1500, 1600));
    expectToBe(builder.snapshot(), tokens.slice(0, 1600), asked.slice(0, 4));
    builder.add(tokens.slice(1600));
    expectToBe(builder.snapshot(), tokens, asked);
    expectToBe(early, tokens.slice(0, 1500), asked.slice(0, 2));
  });

  it.each([
    ["id", false],
    ["id", true],
    ["description", true],
    ["expires", false],
  ] as const)("leaves out what a further key leaves out, by %s, descending: %s", (by, descending) => {
    const index = createTokenIndex(tokens);
    const counts = ["", "1", "12", "1", "12", "125", "12", "東京"].map((text) => {
      const q = { ...plain, text, sort: { by, descending } };
      const found = answer(index, q);
      expect(found, text).toEqual(naive(tokens, q));
      return found.length;
    });
    // Most rows went at some keys, a few at others.
    expect(counts[0]! - counts[1]!).toBeGreaterThan(1000);
    expect(counts[2]! - counts[5]!).toBeGreaterThan(16);
  });

  it("changes in few rows and in many", () => {
    const index = createTokenIndex(tokens);
    for (const q of asked) index.query(q);
    for (const count of [3, 700]) {
      const changed = tokens.slice(900, 900 + count).map((t, n) => ({ ...tokens[2 * n]!, id: t.id }));
      const removed = tokens.slice(0, count).map((t) => t.id);
      const next = index.apply({ changed, removed });
      const expected = plainDifferences(tokens, afterChanges(tokens, changed, removed));
      expect(index.differences(next)).toBe(expected.changed.length + expected.removed.length);
      expectToBe(next, afterChanges(tokens, changed, removed), asked);
    }
  });

  it("forgets the rows of tokens that are gone", () => {
    const few = tokens.slice(2500);
    const index = createTokenIndex(tokens).apply({
      changed: [],
      removed: tokens.slice(0, 2500).map((t) => t.id),
    });
    expectToBe(index, few, asked);
    expect(Math.max(...index.query(plain))).toBeLessThan(few.length);
  });

  it("takes in a token with a thousand permissions and a description of 10 kB", () => {
    const permissions = Array.from({ length: 1000 }, (_, n) => ({
      action: n % 2 ? "read" : "write",
      resource: `db ${n}`,
    }));
    const extreme = [
      token("many", { permissions }),
      token("long", { description: "word \u00e9".repeat(1300) }),
      token("wide", { description: "語 end".repeat(20_000) }),
    ];
    const index = createTokenIndex([...tokens, ...extreme]);
    expectToBe(
      index,
      [...tokens, ...extreme],
      [
        { ...plain, text: "word" },
        { ...plain, text: "end" },
        { ...plain, database: "db 999" },
      ],
    );
  });
});

it("does not count on tokens that their product refuses, until they are activated again", () => {
  const permissions = [{ action: "write", resource: "logs" }];
  const [deactivated, active] = [
    token("d", { permissions, isDeactivated: true }),
    token("d", { permissions }),
  ];
  const index = createTokenIndex([deactivated]);
  expect(index.grants("write", NOW, "none")).toEqual([]);
  expect(index.databaseNames).toEqual(["logs"]);
  expect(index.tokenAt(index.rowOf("d")!)).toEqual(deactivated);
  const activated = index.apply({ changed: [active], removed: [] });
  expect(activated.grants("write", NOW, "none")).toEqual(permissions);
});
