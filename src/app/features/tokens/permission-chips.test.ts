import { describe, expect, it } from "vitest";
import { accessByResource, chipsThatFit } from "./permission-chips.ts";

const grant = (action: string, resource: string) => ({ action, resource });

describe("accessByResource", () => {
  it("groups by resource, all databases first, then in natural order", () => {
    expect(
      accessByResource([
        grant("write", "site 10"),
        grant("read", "site 2"),
        grant("read", "site 10"),
        grant("read", "*"),
        grant("read", "*"),
      ]),
    ).toEqual([
      { resource: "*", code: "R", words: "read" },
      { resource: "site 2", code: "R", words: "read" },
      { resource: "site 10", code: "RW", words: "read and write" },
    ]);
  });

  it("keeps words that it does not know, with what cannot be seen in them made visible", () => {
    const [access] = accessByResource([grant("write", "db"), grant("re\u202Ead", "db")]);
    expect(access?.words).toMatch(/^write and re.*U\+202E.*ad$/);
    expect(access?.code).not.toContain("\u202E");
  });
});

describe("chipsThatFit", () => {
  const named = (...names: string[]) => names.map((resource) => ({ resource, code: "R", words: "read" }));
  it("shows at least one, however long, and at most two", () => {
    expect(chipsThatFit(named("a".repeat(60), "b"))).toBe(1);
    expect(chipsThatFit(named("a", "b", "c"))).toBe(2);
    expect(chipsThatFit(named("building-energy", "grid-metering"))).toBe(1);
  });
});
