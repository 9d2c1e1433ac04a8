import { expect, test } from "vitest";
import { failedTests, playwrightResults, securityList, vitestResults } from "./security-list.ts";
import { securityChecks } from "./security-checks.ts";

const checks = { 1: "Policy", 2: "Headers", 10: "Reach" };
const passed = (...titles: string[]) => ({ titles, outcome: "passed" as const });

test("each check is listed with its tests, by the number of the test or of a suite around it", () => {
  const results = [
    passed("1. is on every answer"),
    passed("something else"),
    passed("file.e2e.ts", "2. Headers of an answer", "come at once"),
    { titles: ["2. are for all"], outcome: "skipped" as const },
    passed("10. nobody gets in"),
    passed("it is 1. of two"),
  ];
  expect(securityList(checks, results)).toEqual({
    faults: [],
    text: [
      "Security checks, and the tests that show them",
      " 1  Policy",
      "    ✓ is on every answer",
      " 2  Headers",
      "    ✓ Headers of an answer: come at once",
      "    – are for all",
      "10  Reach",
      "    ✓ nobody gets in",
      "All 3 security checks hold, in 4 tests.",
    ].join("\n"),
  });
});

test("a check without a passed test, or with a failed one, is at fault", () => {
  const results = [
    passed("1. good"),
    { titles: ["1. bad"], outcome: "failed" as const },
    { titles: ["2. skipped"], outcome: "skipped" as const },
  ];
  const { faults, text } = securityList(checks, results);
  expect(faults).toEqual([1, 2, 10]);
  expect(text).toContain("    ✗ bad");
  expect(text).toContain("10  Reach\n    ✗ NO TEST OF THIS PASSED");
  expect(text).toContain("Security checks that are not shown: 1, 2, 10.");
});

test("both reports say what became of each test, and a report that is missing says nothing", () => {
  const vitest = {
    testResults: [
      {
        assertionResults: [
          { ancestorTitles: ["A suite"], title: "1. a", status: "passed" },
          { ancestorTitles: [], title: "1. b", status: "failed" },
          { ancestorTitles: [], title: "1. c", status: "pending" },
        ],
      },
    ],
  };
  expect(vitestResults(vitest)).toEqual([
    { titles: ["A suite", "1. a"], outcome: "passed" },
    { titles: ["1. b"], outcome: "failed" },
    { titles: ["1. c"], outcome: "skipped" },
  ]);
  const spec = (title: string, status: "expected" | "unexpected" | "flaky" | "skipped") => ({
    title,
    tests: [{ status }],
  });
  const inner = { title: "In a suite", specs: [spec("2. d", "unexpected"), spec("2. e", "flaky")] };
  const suites = [
    { title: "x.e2e.ts", specs: [spec("2. f", "expected"), spec("2. g", "skipped")], suites: [inner] },
  ];
  expect(playwrightResults({ suites })).toEqual([
    { titles: ["x.e2e.ts", "2. f"], outcome: "passed" },
    { titles: ["x.e2e.ts", "2. g"], outcome: "skipped" },
    { titles: ["x.e2e.ts", "In a suite", "2. d"], outcome: "failed" },
    { titles: ["x.e2e.ts", "In a suite", "2. e"], outcome: "failed" },
  ]);
  expect([...vitestResults(undefined), ...playwrightResults(undefined)]).toEqual([]);
});

test("the numbers are those of the document that the checks are from: 1 to 22", () => {
  expect(Object.keys(securityChecks)).toEqual(Array.from({ length: 22 }, (_, at) => String(at + 1)));
});

test("the tests that failed are named whole", () => {
  const results = [
    passed("good"),
    { titles: ["file.e2e.ts", "a suite", "bad"], outcome: "failed" as const },
    { titles: ["left out"], outcome: "skipped" as const },
  ];
  expect(failedTests(results)).toEqual(["file.e2e.ts › a suite › bad"]);
});
