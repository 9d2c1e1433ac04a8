import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseList } from "./pasted-list.ts";
import { createLookup, meantByIds, meantByText, planOf, type PlanContext, type PlanToken } from "./plan.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

function token(id: string, description = `token ${id}`, more: Partial<PlanToken> = {}): PlanToken {
  return { id, description, createdAt: "2026-01-01T00:00:00Z", ...more };
}

function lookupOf(...tokens: PlanToken[]) {
  const lookup = createLookup();
  for (const each of tokens) lookup.add(each);
  return lookup;
}

const ids = (tokens: readonly PlanToken[]) => tokens.map(({ id }) => id);

describe("parseList", () => {
  const cells = (text: string) => parseList(text).map((record) => record.cells);

  it("takes lines, commas, semicolons and tabs apart, and leaves blanks and empty lines away", () => {
    expect(cells("\uFEFFa\r\nb , c\n\n\td;e  \n")).toEqual([["a"], ["b", "c"], ["", "d", "e"]]);
  });

  it("knows quotes: separators, breaks and doubled quotes inside are characters", () => {
    expect(cells('"a, b",c\n"two\nlines"\n "say ""no""" ,d')).toEqual([
      ["a, b", "c"],
      ["two\nlines"],
      ['say "no"', "d"],
    ]);
  });

  it("takes a quote that is never closed for a character, so that it swallows nothing", () => {
    expect(cells('"a\nb\nc')).toEqual([['"a'], ["b"], ["c"]]);
    expect(cells('5" disk\n"x" y')).toEqual([['5" disk'], ['"x" y']]);
  });

  it("reads every text to its end, and gives back quoted cells as they were", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", ";", "\t", "\n", '"', " ") });
    fc.assert(fc.property(cell, (text) => void parseList(text)));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { maxLength: 4 }), (rows) => {
        const text = rows
          .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(","))
          .join("\n");
        const expected = rows
          .map((row) => row.map((each) => each.trim()))
          .filter((row) => row.some((each) => each !== ""));
        expect(cells(text)).toEqual(expected);
      }),
    );
  });
});

describe("a pasted list", () => {
  const a = token("AAAA-1", "CI writer");
  const b = token("bbbb-2", "Dashboard");
  const c = token("cccc-3", "Telegraf, Berlin");
  const lookup = lookupOf(a, b, c);

  it.each([
    ["one on a line", "AAAA-1\nbbbb-2\n"],
    ["ids in another case", "aaaa-1\nBBBB-2"],
    ["separated by commas", "AAAA-1, bbbb-2"],
    ["separated by tabs", "AAAA-1\tbbbb-2"],
    ["descriptions", "CI writer\nDashboard"],
    ["both", "CI writer\nbbbb-2"],
    ["in quotes", '"AAAA-1"\n"Dashboard"'],
    ["the first column of a table", "AAAA-1,lost laptop\nbbbb-2,lost phone"],
    ["a table whose ids stand elsewhere", "laptop,AAAA-1\nphone,bbbb-2"],
    ["a table of ids", "AAAA-1,bbbb-2\nbbbb-2,AAAA-1"],
    ["a column that the header names", "who,Token ID\nCI writer,AAAA-1\nDashboard,bbbb-2"],
    ["a header over one column", "id\nAAAA-1\nbbbb-2"],
    ["a column of descriptions", "no,description\n1,CI writer\n2,Dashboard"],
    ["lines of unequal length", "AAAA-1,bbbb-2\nbbbb-2"],
  ])("%s", (_what, text) => {
    const meant = meantByText(text, lookup);
    expect(ids(meant.tokens).toSorted()).toEqual(["AAAA-1", "bbbb-2"]);
    expect(meant.notFound).toEqual([]);
    expect(meant.ambiguous).toEqual([]);
  });

  it("finds a description with a comma in it", () => {
    expect(ids(meantByText("Telegraf, Berlin\nAAAA-1,bbbb-2", lookup).tokens)).toEqual([
      "cccc-3",
      "AAAA-1",
      "bbbb-2",
    ]);
  });

  it("says what it does not find, each once, and how much was named again", () => {
    const meant = meantByText("nobody\nAAAA-1\nCI writer\nnobody\naaaa-1", lookup);
    expect(ids(meant.tokens)).toEqual(["AAAA-1"]);
    expect(meant.notFound).toEqual(["nobody"]);
    expect(meant.repeated).toBe(3);
  });

  it("does not take another token for an id that is not there, for what stands beside it", () => {
    const meant = meantByText("dddd-4,CI writer\nbbbb-2,Dashboard", lookup);
    expect(ids(meant.tokens)).toEqual(["bbbb-2"]);
    expect(meant.notFound).toEqual(["dddd-4"]);
  });

  it("takes none of several tokens that a text may mean", () => {
    const twins = lookupOf(token("x", "twin"), token("y", "twin"), token("Q"), token("q2"), token("z", "Z"));
    const meant = meantByText("twin\nz\ntwin", twins);
    expect(ids(meant.tokens)).toEqual(["z"]);
    expect(meant.ambiguous).toMatchObject([{ text: "twin", tokens: [{ id: "x" }, { id: "y" }] }]);
    expect(meant.repeated).toBe(1);
  });

  it("prefers the exact id to one that differs by case", () => {
    const lookup = lookupOf(token("ab"), token("AB"));
    expect(ids(meantByText("AB", lookup).tokens)).toEqual(["AB"]);
    expect(meantByText("aB", lookup).ambiguous).toHaveLength(1);
  });

  it("does not mistake a token called like a header for one", () => {
    expect(ids(meantByText("description", lookupOf(token("1", "description"))).tokens)).toEqual(["1"]);
  });

  it("finds every id that is written, however the list is laid out", () => {
    const all = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 12 });
    const separator = fc.constantFrom("\n", "\r\n", ", ", ",", "\t", ";", "\n\n", ",\n");
    fc.assert(
      fc.property(all, separator, fc.boolean(), fc.boolean(), (written, between, quoted, upper) => {
        const text = written
          .map((id) => (upper ? id.toUpperCase() : id))
          .map((id) => (quoted ? `"${id}"` : id))
          .join(between);
        const meant = meantByText(text, lookupOf(...written.map((id) => token(id))));
        expect(ids(meant.tokens)).toEqual(written);
        expect(meant.notFound).toEqual([]);
      }),
    );
  });
});

const CONTEXT: PlanContext = {
  ticked: new Set(),
  kind: "database",
  credentialId: undefined,
  active: 100,
  now: NOW,
};

describe("a plan", () => {
  it("leaves those that are revoked, and counts those that have expired", () => {
    const tokens = [
      token("a"),
      token("b", "old", { revokedAt: "2026-02-01T00:00:00Z" }),
      token("c", "late", { expiresAt: "2026-03-01T00:00:00Z" }),
    ];
    const meant = meantByIds(["a", "b", "c", "gone"], (id) => tokens.find((each) => each.id === id));
    const plan = planOf(meant, CONTEXT);
    expect(ids(plan.revoke)).toEqual(["a", "c"]);
    expect(plan.expired).toBe(1);
    expect(ids(plan.revokedAlready)).toEqual(["b"]);
    expect(plan.notFound).toEqual(["gone"]);
  });

  it("spares the credential in use, and the longest lived of all active management tokens", () => {
    const management = { ...CONTEXT, kind: "management" } as const;
    const tokens = [
      token("short", "", { expiresAt: "2026-07-01T00:00:00Z" }),
      token("old"),
      token("new", "", { createdAt: "2026-05-01T00:00:00Z" }),
      token("expired", "", { expiresAt: "2026-05-01T00:00:00Z" }),
    ];
    const meant = meantByIds(ids(tokens), (id) => tokens.find((each) => each.id === id));
    const all = planOf(meant, { ...management, active: 3 });
    expect(all.spared).toMatchObject([{ token: { id: "new" }, why: "last_active" }]);
    expect(ids(all.revoke)).toEqual(["short", "old", "expired"]);
    const inUse = planOf(meant, { ...management, active: 3, credentialId: "short" });
    expect(inUse.spared).toMatchObject([{ token: { id: "short" }, why: "in_use" }]);
    expect(ids(inUse.revoke)).toEqual(["old", "new", "expired"]);
    expect(planOf(meant, { ...management, active: 4 }).spared).toEqual([]);
  });

  it("accounts for each token once, revokes only what can be, and never all that can manage", () => {
    const some = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom(..."abcdefghij".split("")),
        description: fc.constantFrom("x", "y", "z"),
        createdAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        expiresAt: fc.option(fc.constantFrom("2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z"), {
          nil: undefined,
        }),
        revokedAt: fc.option(fc.constant("2026-03-01T00:00:00Z"), { nil: undefined }),
      }),
      { selector: ({ id }) => id },
    );
    const written = fc.array(fc.constantFrom(..."abcdefghijxyzq".split("")));
    const ticks = fc.uniqueArray(fc.constantFrom(..."abcdefghij".split("")));
    fc.assert(
      fc.property(
        some,
        written,
        ticks,
        fc.constantFrom("database", "management"),
        fc.nat(9),
        (list, lines, ticked, kind, nth) => {
          const isActive = (each: PlanToken) =>
            each.revokedAt === undefined &&
            (each.expiresAt === undefined || Date.parse(each.expiresAt) > NOW);
          const active = list.filter(isActive);
          const meant = meantByText(lines.join("\n"), lookupOf(...list));
          const credentialId = active[nth]?.id;
          const plan = planOf(meant, {
            ticked: new Set(ticked),
            kind,
            credentialId,
            active: active.length,
            now: NOW,
          });
          const all = [...plan.revoke, ...plan.revokedAlready, ...plan.spared.map((each) => each.token)];
          expect(new Set(ids(all)).size).toBe(all.length);
          expect(plan.revoke.every((each) => each.revokedAt === undefined)).toBe(true);
          expect(plan.revokedAlready.every((each) => each.revokedAt !== undefined)).toBe(true);
          for (const { id, description } of all) {
            // Named itself, or the only one of its description, or ticked.
            const alone = list.filter((each) => each.description === description).length === 1;
            expect(lines.includes(id) || (alone && lines.includes(description)) || ticked.includes(id)).toBe(
              true,
            );
          }
          for (const line of lines) {
            const found = list.some(({ id, description }) => id === line || description === line);
            expect(plan.notFound.includes(line)).toBe(!found);
            if (list.some(({ id }) => id === line)) expect(ids(all)).toContain(line);
          }
          if (kind === "management") {
            const left = active.filter(({ id }) => !ids(plan.revoke).includes(id));
            if (active.length > 0) expect(left.length).toBeGreaterThan(0);
          } else expect(plan.spared.every(({ why }) => why === "in_use")).toBe(true);
          if (credentialId !== undefined) expect(ids(plan.revoke)).not.toContain(credentialId);
        },
      ),
    );
  });
});
