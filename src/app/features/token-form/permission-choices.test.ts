import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Permission } from "#contract/permission.ts";
import {
  databaseChoices,
  extraWords,
  MOST_CHOICES,
  permissionRows,
  withAction,
  withoutExtras,
  withoutRow,
  type PlainAction,
} from "./permission-choices.ts";

const odd: Permission = { action: "drop", resource: "sensors" };
const scoped: Permission = { action: "read", resource: "sensors", scope: "database" };

const permission = fc.oneof(
  fc.record({ action: fc.constantFrom("read", "write", "drop"), resource: fc.constantFrom("a", "b", "*") }),
  fc.record({
    action: fc.constantFrom("read", "write"),
    resource: fc.constantFrom("a", "b", "*"),
    scope: fc.constantFrom("database", "table"),
  }),
);
const permissions = fc.array(permission, { maxLength: 12 });
const action = fc.constantFrom<PlainAction>("read", "write");
const resource = fc.constantFrom("a", "b", "c", "*");

describe("permissionRows", () => {
  it("has a row for each resource in the order of first occurrence, with what is not plain set apart", () => {
    expect(
      permissionRows([
        { action: "write", resource: "logs" },
        odd,
        { action: "read", resource: "logs" },
        scoped,
        { action: "read", resource: "*" },
      ]),
    ).toEqual([
      { key: "logs", target: { resource: "logs" }, read: true, write: true, extras: [] },
      { key: "sensors", target: { resource: "sensors" }, read: false, write: false, extras: [odd, scoped] },
      { key: "*", target: { resource: "*" }, read: true, write: false, extras: [] },
    ]);
  });

  it("has another row for what has the same name and another type or id", () => {
    const tasks = { resource: "tasks", resourceType: "tasks", resourceOrganizationId: "0a" };
    const bucket = { resource: "tasks", resourceType: "buckets", resourceId: "01" };
    const other = { ...bucket, resourceId: "02" };
    const all: Permission[] = [tasks, bucket, other].flatMap((target) => [
      { action: "read", ...target },
      { action: "write", ...target },
    ]);
    const rows = permissionRows(all);
    expect(rows.map(({ target }) => target)).toEqual([tasks, bucket, other]);
    expect(rows.every(({ read, write, extras }) => read && write && extras.length === 0)).toBe(true);
    // Taken away and put back, it is what it was.
    const [row] = rows;
    const without = withAction(withAction(all, row!.key, "write", false), row!.key, "read", false);
    expect(without).toEqual(all.slice(2));
    expect(withAction(without, row!.key, "write", true)).toContainEqual({ action: "write", ...tasks });
  });
});

describe("withAction", () => {
  it("puts a new one beside what its resource has already", () => {
    const before: Permission[] = [
      { action: "write", resource: "a" },
      { action: "read", resource: "b" },
    ];
    expect(withAction(before, "a", "read", true)).toEqual([
      { action: "write", resource: "a" },
      { action: "read", resource: "a" },
      { action: "read", resource: "b" },
    ]);
  });

  it("changes that one grant and leaves everything else as it is, in its order", () => {
    fc.assert(
      fc.property(permissions, resource, action, fc.boolean(), (before, name, word, granted) => {
        const after = withAction(before, name, word, granted);
        const row = permissionRows(after).find((candidate) => candidate.key === name);
        expect(row?.[word] ?? false).toBe(granted);
        const others = (all: readonly Permission[]) =>
          all.filter((p) => !(p.resource === name && p.action === word && !("scope" in p)));
        expect(others(after)).toEqual(others(before));
      }),
    );
  });

  it("does nothing the second time", () => {
    fc.assert(
      fc.property(permissions, resource, action, fc.boolean(), (before, name, word, granted) => {
        const once = withAction(before, name, word, granted);
        expect(withAction(once, name, word, granted)).toEqual(once);
      }),
    );
  });
});

describe("taking away", () => {
  it("takes a whole resource, and nothing of another", () => {
    fc.assert(
      fc.property(permissions, resource, (before, name) => {
        expect(withoutRow(before, name)).toEqual(before.filter((p) => p.resource !== name));
      }),
    );
  });

  it("takes the extras of a resource and leaves its plain grants", () => {
    const plain: Permission = { action: "read", resource: "sensors" };
    const other: Permission = { action: "drop", resource: "logs" };
    expect(withoutExtras([odd, plain, scoped, other], "sensors")).toEqual([plain, other]);
  });
});

describe("extraWords", () => {
  it("says the action and every further field", () => {
    expect(extraWords(odd)).toBe("drop");
    expect(extraWords(scoped)).toBe("read (scope: database)");
    // The row names the resource.
    expect(extraWords({ action: "*", resource: "*", resourceType: "*" })).toBe("*");
    expect(extraWords({ action: "read", resource: "a", tables: ["x"] })).toBe('read (tables: ["x"])');
  });
});

describe("databaseChoices", () => {
  const databases = ["builds", "logs", "sensors", "sensors_archive", "weather_sensors"];
  const choose = (text: string, taken: string[] = [], from: readonly string[] | undefined = databases) =>
    databaseChoices({ databases: from, taken: new Set(taken), text });
  const words = (text: string, taken: string[] = [], from?: readonly string[]) =>
    choose(text, taken, from).choices.map((choice) =>
      choice.kind === "all" ? "all" : choice.kind === "new" ? `new ${choice.name}` : choice.name,
    );

  it("offers all databases and each of them", () => {
    expect(words("")).toEqual(["all", ...databases]);
  });
  it("leaves out what has a row", () => {
    expect(words("", ["*", "logs"])).toEqual(["builds", "sensors", "sensors_archive", "weather_sensors"]);
  });
  it("finds without regard to case and accents, beginnings first", () => {
    expect(words("SENS")).toEqual(["sensors", "sensors_archive", "weather_sensors", "new SENS"]);
    expect(words("cafe", [], ["Café"])).toEqual(["Café", "new cafe"]);
  });
  it("offers what was typed as a name of its own, last, unless it is one or has a row", () => {
    expect(words("sensors")).toEqual(["sensors", "sensors_archive", "weather_sensors"]);
    expect(words(" later ")).toEqual(["new later"]);
    expect(words("later", ["later"])).toEqual([]);
  });
  it("means all databases by * and by the words", () => {
    expect(words("*")).toEqual(["all"]);
    expect(words("all d")).toEqual(["all", "new all d"]);
  });
  it("offers a typed name while the databases are not known", () => {
    expect(databaseChoices({ databases: undefined, taken: new Set(), text: "x" }).choices).toEqual([
      { kind: "new", name: "x" },
    ]);
  });
  it("refuses names that no permission can have, with the reason", () => {
    expect(choose("x".repeat(64)).fault).toBeUndefined();
    expect(choose("x".repeat(65))).toMatchObject({
      choices: [],
      fault: "A name has at most 64 characters.",
    });
    expect(choose("a\u0000b").fault).toBe("A name must not contain the NUL character.");
    expect(choose("a\ud800").fault).toBe("A name must not contain half of a surrogate pair.");
  });
  it("lists so many and counts the rest", () => {
    const many = Array.from({ length: 340 }, (_, index) => `db${index}`);
    const { choices, more } = choose("", [], many);
    expect(choices).toHaveLength(MOST_CHOICES + 1);
    expect(more).toBe(240);
  });
});
