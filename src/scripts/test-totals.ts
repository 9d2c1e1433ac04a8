/** What a run counts. A step that should have reported and did not is one failure. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/** The part of Playwright's JSON report that is counted. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: unknown[];
}

/** A non-zero exit without a counted failure (an unhandled error, a broken global set-up) still is a failure. */
function atLeastOneFailure(totals: Totals, exitedWell: boolean): Totals {
  const empty = totals.passed + totals.failed === 0;
  return totals.failed === 0 && (!exitedWell || empty) ? { ...totals, failed: 1 } : totals;
}

export function vitestTotals(report: VitestReport | undefined, exitedWell: boolean): Totals {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  // A file that does not load has no tests of its own to fail.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  return atLeastOneFailure(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    exitedWell,
  );
}

export function playwrightTotals(report: PlaywrightReport | undefined, exitedWell: boolean): Totals {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { expected, unexpected, flaky, skipped } = report.stats;
  return atLeastOneFailure(
    { passed: expected, failed: unexpected + flaky + report.errors.length, skipped },
    exitedWell,
  );
}

export function sum(all: readonly Totals[]): Totals {
  return all.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

export function totalsLine({ passed, failed, skipped }: Totals): string {
  const line = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped === 0 ? line : `${line}, ${String(skipped)} skipped`;
}
