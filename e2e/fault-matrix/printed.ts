import { cellName, cellsOf, faults, keysOf, operations, type NamedTest, type PlacedCell } from "./matrix.ts";

/** What became of a test in a run. */
export interface TestOutcome extends NamedTest {
  passed: boolean;
}

export const SCENARIOS = "e2e/fault-matrix.e2e.ts";

/** Which tests show a cell; none where it cannot occur. */
export function testsOf(placed: PlacedCell): readonly NamedTest[] {
  const { cell } = placed;
  switch (cell.by) {
    case "none":
      return [];
    case "scenario":
      return [{ file: SCENARIOS, title: cellName(placed) }];
    case "test":
      return cell.tests;
  }
}

/** The tests that cells stand on and that are not made from the table. */
export function testsElsewhere(): readonly NamedTest[] {
  return cellsOf()
    .filter(({ cell }) => cell.by === "test")
    .flatMap(testsOf);
}

export function countsOf(cells: readonly PlacedCell[]): {
  cells: number;
  tested: number;
  impossible: number;
} {
  const impossible = cells.filter(({ cell }) => cell.by === "none").length;
  return { cells: cells.length, tested: cells.length - impossible, impossible };
}

type Sign = "✓" | "✗" | "?" | "–";

function signOf(placed: PlacedCell, outcomes: readonly TestOutcome[]): Sign {
  const wanted = testsOf(placed);
  if (wanted.length === 0) return "–";
  const found = wanted.map((one) =>
    outcomes.filter(({ file, title }) => file === one.file && title === one.title),
  );
  if (found.some((runs) => runs.length === 0)) return "?";
  return found.flat().every(({ passed }) => passed) ? "✓" : "✗";
}

const WIDTHS = { fault: 50, operation: 13 };

/** The matrix with what became of each cell, and how many are without a passed test. Two signs: browser leg, upstream leg. */
export function printedMatrix(
  outcomes: readonly TestOutcome[],
  cells: readonly PlacedCell[] = cellsOf(),
): { text: string; faults: number } {
  const signs = cells.map((placed) => ({ placed, sign: signOf(placed, outcomes) }));
  const count = (wanted: Sign) => signs.filter(({ sign }) => sign === wanted).length;
  const line = (first: string, rest: readonly string[]) =>
    (first.padEnd(WIDTHS.fault) + rest.map((text) => text.padEnd(WIDTHS.operation)).join("")).trimEnd();
  const rule = "─".repeat(WIDTHS.fault + WIDTHS.operation * keysOf(operations).length);
  const lines = [
    line("Fault matrix", Object.values(operations)),
    rule,
    ...keysOf(faults).map((fault) =>
      line(
        faults[fault],
        keysOf(operations).map((operation) =>
          signs
            .filter(({ placed }) => placed.fault === fault && placed.operation === operation)
            .map(({ sign }) => sign)
            .join(" "),
        ),
      ),
    ),
    rule,
    "two signs: browser leg, upstream leg   ✓ passed   ✗ failed   ? no test of it ran   – cannot occur",
  ];
  const tested = count("✓") + count("✗");
  lines.push(
    `${String(cells.length)} cells: ${String(tested)} tested, ${String(count("✓"))} passed, ${String(count("✗"))} failed, ${String(count("?"))} without a test that ran, ${String(count("–"))} cannot occur`,
  );
  for (const { placed, sign } of signs) {
    if (sign === "✗" || sign === "?") lines.push(`  ${sign} ${cellName(placed)}`);
  }
  return { text: lines.join("\n"), faults: count("✗") + count("?") };
}
