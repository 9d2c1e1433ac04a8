import { relative } from "node:path";
import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { printedMatrix, type TestOutcome } from "./printed.ts";

/**
 * Prints the fault matrix when a whole run is over. A cell whose test failed, was skipped, or is not there any more fails
 * the run: for parts of a run other reporters are to be used.
 */
export default class MatrixReporter implements Reporter {
  readonly #outcomes: TestOutcome[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    this.#outcomes.push({
      file: relative(process.cwd(), test.location.file).replaceAll("\\", "/"),
      title: test.title,
      passed: result.status === "passed",
    });
  }

  async onEnd(_result: FullResult): Promise<{ status: FullResult["status"] } | undefined> {
    const { text, faults } = printedMatrix(this.#outcomes);
    console.log(`\n${text}\n`);
    return faults > 0 ? { status: "failed" } : undefined;
  }

  printsToStdio(): boolean {
    return true;
  }
}
