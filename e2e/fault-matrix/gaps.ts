import { existsSync, readFileSync } from "node:fs";
import { cellName, faults, keysOf, operations, type PlacedCell } from "./matrix.ts";

/** What a table lacks, a sentence each: a cell, the test that a cell names, the reason why one cannot occur. */
export function gapsIn(cells: readonly PlacedCell[]): string[] {
  const gaps: string[] = [];
  for (const operation of keysOf(operations)) {
    for (const fault of keysOf(faults)) {
      if (!cells.some((cell) => cell.operation === operation && cell.fault === fault)) {
        gaps.push(`there is no cell ${operations[operation]} × ${faults[fault]}`);
      }
    }
  }
  for (const placed of cells) {
    const { cell } = placed;
    const name = cellName(placed);
    if (cell.by === "none" && cell.why.length < 10) gaps.push(`${name} cannot occur, and does not say why`);
    if (cell.by === "scenario" && cell.screen.length === 0 && cell.database === "stated") {
      gaps.push(`${name} expects nothing`);
    }
    if (cell.by !== "test") continue;
    if (cell.tests.length === 0) gaps.push(`${name} names no test`);
    for (const { file, title } of cell.tests) {
      const source = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (!source.includes(`test("${title}"`)) gaps.push(`${name}: ${file} has no test "${title}"`);
    }
  }
  return gaps;
}
