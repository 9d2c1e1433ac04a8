import { describe, expect, test } from "vitest";
import { playwrightTotals, sum, totalsLine, vitestTotals } from "./test-totals.ts";

const unit = (
  passed: number,
  failed: number,
  files: { status: string; assertionResults: { status: string }[] }[] = [],
) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: files,
});
const endToEnd = (expected: number, unexpected: number, errors: unknown[] = []) => ({
  stats: { expected, unexpected, flaky: 0, skipped: 0 },
  errors,
});

describe("vitest", () => {
  test("counts passed, failed and skipped tests", () => {
    const failedFile = { status: "failed", assertionResults: [{ status: "failed" }] };
    expect(vitestTotals(unit(5, 1, [failedFile]), false)).toEqual({ passed: 5, failed: 1, skipped: 2 });
  });

  test("counts a file that does not load as one failure", () => {
    const brokenFile = { status: "failed", assertionResults: [] };
    expect(vitestTotals(unit(5, 0, [brokenFile]), false).failed).toBe(1);
  });

  test.each([
    ["no report", undefined, true],
    ["no test at all", unit(0, 0), true],
    ["a bad exit with only passed tests", unit(5, 0), false],
  ])("%s is one failure", (_what, report, exitedWell) => {
    expect(vitestTotals(report, exitedWell).failed).toBe(1);
  });
});

describe("playwright", () => {
  test("counts expected and unexpected outcomes and errors outside of tests", () => {
    expect(playwrightTotals(endToEnd(3, 1, ["set-up"]), false)).toEqual({ passed: 3, failed: 2, skipped: 0 });
  });

  test.each([
    ["no report", undefined, true],
    ["no test at all", endToEnd(0, 0), true],
    ["a bad exit with only passed tests", endToEnd(5, 0), false],
  ])("%s is one failure", (_what, report, exitedWell) => {
    expect(playwrightTotals(report, exitedWell).failed).toBe(1);
  });
});

test("the line names skipped tests only when there are any", () => {
  const all = [
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 3, failed: 1, skipped: 0 },
  ];
  expect(totalsLine(sum(all))).toBe("5 passed, 1 failed");
  expect(totalsLine({ passed: 1, failed: 0, skipped: 2 })).toBe("1 passed, 0 failed, 2 skipped");
});
