import { describe, expect, test } from "vitest";
import { conformanceColumns } from "#server/services/conformance-columns.ts";
import { conformanceTable, type ConformanceResult } from "./conformance-table.ts";

const columns = {
  own: { name: "The own cluster", heading: ["Own", "libsql"] },
  old: { name: "InfluxDB v2", heading: ["", "v2"] },
  edge: { name: "InfluxDB 3 Core", heading: ["3", "Core"] },
} as const;

const LISTS = "lists tokens";
const UPDATES = "changes what an update names and leaves the rest alone, however long its title is";

const result = (
  column: string,
  title: string,
  outcome: ConformanceResult["outcome"] = "passed",
  reason?: string,
): ConformanceResult => ({ column, title, outcome, ...(reason === undefined ? {} : { reason }) });

/** The signs of a case, without the spaces between them. */
const signsOf = (text: string, title: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith(title))
    .flatMap((line) => line.slice(title.length).trim().split(/ +/));

test("a row a case and a column a product, with what became of each, its reasons and the sums", () => {
  const { text, faults } = conformanceTable(
    columns,
    [
      result("own", LISTS),
      result("own", UPDATES),
      result("old", LISTS),
      result("old", UPDATES, "failed"),
      result("edge", LISTS, "skipped", "no such list"),
      result("edge", UPDATES, "skipped", "updateDatabaseToken: Core never changes a token."),
    ],
    72,
  );
  expect(text.split("\n")).toEqual([
    "Conformance: what the token service                     Own         3",
    "of every product does                                  libsql  v2  Core",
    "─".repeat(72),
    "lists tokens                                             ✓     ✓    –1",
    "changes what an update names and leaves the rest         ✓     ✗    –2",
    "  alone, however long its title is",
    "─".repeat(72),
    "✓ passed                                                 2     1    0",
    "– skipped                                                0     0    2",
    "✗ failed                                                 0     1    0",
    "? missing                                                0     0    0",
    "3 products × 2 cases: 3 passed, 2 skipped, 1 failed, 0 missing",
    "  –1  no such list",
    "  –2  updateDatabaseToken: Core never changes a token.",
  ]);
  expect(faults).toBe(1);
});

test("nothing is at fault when all that ran passed or was skipped", () => {
  const results = Object.keys(columns).map((column) => result(column, LISTS));
  expect(conformanceTable(columns, results)).toMatchObject({ faults: 0 });
  expect(conformanceTable(columns, results).text).not.toContain("MISSING");
});

test("one reason has one number, whoever gives it", () => {
  const { text } = conformanceTable(columns, [
    result("own", LISTS, "skipped", "a"),
    result("old", LISTS, "skipped", "b"),
    result("edge", LISTS, "skipped", "a"),
  ]);
  expect(signsOf(text, LISTS)).toEqual(["–1", "–2", "–1"]);
  expect(text.split("\n").slice(-2)).toEqual(["  –1  a", "  –2  b"]);
});

describe("what did not run is seen", () => {
  test("a product of which nothing is known", () => {
    const { text, faults } = conformanceTable(columns, [result("own", LISTS), result("edge", LISTS)]);
    expect(signsOf(text, LISTS)).toEqual(["✓", "?", "✓"]);
    expect(text).toContain("MISSING, since no case of it was run: InfluxDB v2");
    expect(faults).toBeGreaterThan(0);
  });

  test("a case that one product alone ran", () => {
    const { text, faults } = conformanceTable(columns, [
      ...Object.keys(columns).map((column) => result(column, LISTS)),
      result("old", UPDATES),
    ]);
    expect(signsOf(text, "changes what an update names and leaves the rest alone")).toContain("?");
    expect(text).toContain("MISSING, some cases of: The own cluster; InfluxDB 3 Core");
    expect(faults).toBe(2);
  });

  test("everything", () => {
    const { text, faults } = conformanceTable(columns, []);
    expect(text).toContain("No case of any product was run.");
    expect(text).toContain("The own cluster; InfluxDB v2; InfluxDB 3 Core");
    expect(faults).toBe(3);
  });
});

test("a failure is not covered by another result of the same case", () => {
  const { text } = conformanceTable(columns, [
    result("own", LISTS, "failed"),
    result("own", LISTS),
    result("old", LISTS, "skipped", "x"),
    result("old", LISTS),
  ]);
  expect(signsOf(text, LISTS)).toEqual(["✗", "✓", "?"]);
});

test("no line of the real table is longer than 120 characters, whatever it has to say", () => {
  const ids = Object.keys(conformanceColumns);
  const results = ids.flatMap((column) =>
    Array.from({ length: 30 }, (_, at) =>
      result(column, `${UPDATES} ${String(at)}`, "skipped", `${column}: ${"a long reason ".repeat(20)}`),
    ),
  );
  const { text } = conformanceTable(conformanceColumns, results);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});
