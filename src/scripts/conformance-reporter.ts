import type { Reporter, TestCase, TestModule } from "vitest/node";
import { conformanceColumns } from "#server/services/conformance-columns.ts";
import { conformanceTable, type ConformanceResult } from "./conformance-table.ts";

/** Prints what the conformance suite found, product by product, when a whole test run is over. */
export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const results = modules.flatMap((module) => [...module.children.allTests()].flatMap(resultOf));
    const { text, faults } = conformanceTable(conformanceColumns, results);
    console.log(`\n${text}\n`);
    // A product that was not looked at must not pass for one that fulfils everything.
    if (faults > 0) process.exitCode = 1;
  }
}

/** Nothing of a case that belongs to no product, or that the run did not come to. */
function resultOf(test: TestCase): ConformanceResult[] {
  const suite = suiteOf(test);
  if (suite === undefined) return [];
  const result = test.result();
  if (result.state === "pending") return [];
  const found = { column: suite.column, title: test.name, outcome: result.state };
  if (result.state !== "skipped") return [found];
  return [{ ...found, reason: result.note ?? suite.outermost }];
}

function suiteOf(test: TestCase): { column: string; outermost: string } | undefined {
  let column: string | undefined;
  let outermost = "";
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) {
    column ??= parent.meta().conformance;
    outermost = parent.name;
  }
  return column === undefined ? undefined : { column, outermost };
}
