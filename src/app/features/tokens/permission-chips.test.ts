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
    ).toMatchObject([
      { name: "All databases", code: "R", words: "read" },
      { name: "site 2", code: "R", words: "read" },
      { name: "site 10", code: "RW", words: "read and write" },
    ]);
  });

  it("tells resources of the same name by their types and ids", () => {
    const typed = (action: string, resource: string, resourceType: string, resourceId?: string) => ({
      ...grant(action, resource),
      resourceType,
      ...(resourceId === undefined ? {} : { resourceId }),
    });
    const access = accessByResource([
      typed("read", "tasks", "tasks"),
      typed("write", "tasks", "buckets", "01"),
      typed("read", "tasks", "buckets", "02"),
      typed("read", "notificationRules", "notificationRules"),
      typed("read", "ping", "system"),
      typed("read", "*", "any"),
      typed("*", "*", "*"),
    ]);
    expect(access.map(({ name, code }) => `${name}: ${code}`)).toEqual([
      "Everything: R",
      "Everything: *",
      "All notification rules: R",
      "All tasks: R",
      "system/ping: R",
      "tasks: W",
      "tasks: R",
    ]);
  });

  it("keeps words that it does not know, with what cannot be seen in them made visible", () => {
    const [access] = accessByResource([grant("write", "db"), grant("re\u202Ead", "db")]);
    expect(access?.words).toMatch(/^write and re.*U\+202E.*ad$/);
    expect(access?.code).not.toContain("\u202E");
  });
});

describe("chipsThatFit", () => {
  const named = (...names: string[]) => names.map((name) => ({ name, code: "R" }));
  it("shows at least one, however long, and at most two", () => {
    expect(chipsThatFit(named("a".repeat(60), "b"), "usual").count).toBe(1);
    expect(chipsThatFit(named("a", "b", "c"), "usual").count).toBe(2);
    expect(chipsThatFit(named("building-energy", "grid-metering"), "usual").count).toBe(1);
  });

  it("shows fewer where there is little room", () => {
    expect(chipsThatFit(named("plant", "energy"), "usual").count).toBe(2);
    expect(chipsThatFit(named("plant", "energy"), "little").count).toBe(1);
    expect(chipsThatFit(named("a", "ci"), "little").count).toBe(2);
  });

  it.each([
    ["usual names", named("plant", "energy"), true],
    ["one that is longer than the column", named("a".repeat(60), "b"), false],
    ["wide letters", named("WWWWWW", "MMMMMM"), false],
    ["another script", named("温度センサー"), false],
    ["none", [], true],
  ])("tells whether they fit without shrinking: %s", (_what, access, fit) => {
    expect(chipsThatFit(access, "ample").fit).toBe(fit);
    expect(chipsThatFit(access, "usual").fit).toBe(false);
  });
});
