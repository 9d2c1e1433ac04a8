import { cellsOf, databaseStates, faults, keysOf, legs, operations, type PlacedCell } from "./matrix.ts";
import { countsOf } from "./printed.ts";

export const PAGE = "docs/fault-matrix.md";

/** The page of the documentation, as Markdown that is not formatted yet. */
export function matrixPage(cells: readonly PlacedCell[] = cellsOf()): string {
  const { cells: count, tested, impossible } = countsOf(cells);
  return [
    "# The fault matrix",
    "<!-- Written by `npm run fault-matrix -- --page` from e2e/fault-matrix/matrix.ts. Changes here are lost. -->",
    "What an administrator sees, and what the database holds, when something breaks in the middle of an operation. " +
      `${String(count)} cells: ${String(tested)} are tested, each by the test that its row names, and ${String(impossible)} cannot occur, for the reason that stands there. ` +
      "Where it matters which line breaks there is a row for each: the _browser leg_ is the line between browser and gateway, " +
      "the _upstream leg_ that between the gateway and the InfluxDB behind it.",
    "Words in quotation marks stand on the screen like that; `{name}` is the token's description. After each of the table's own scenarios " +
      "the whole database is compared with what it held before, and the invariants I1 to I9 with screen, wire and files " +
      "(`e2e/invariants.ts`). `npm run fault-matrix` plays all of it and prints the table.",
    ...keysOf(operations).flatMap((operation) => [
      `## ${operations[operation]}`,
      [
        "| fault | what the screen says | the database afterwards | shown by |",
        "| --- | --- | --- | --- |",
        ...cells.filter((cell) => cell.operation === operation).map(rowOf),
      ].join("\n"),
    ]),
    "",
  ].join("\n\n");
}

function rowOf({ fault, leg, cell }: PlacedCell): string {
  const name = faults[fault] + (leg === undefined ? "" : ` (${legs[leg]})`);
  const columns =
    cell.by === "none"
      ? [name, `– ${cell.why}`, "", ""]
      : [
          name,
          cell.by === "scenario" ? quoted(cell.screen) : cell.screen.join("; "),
          databaseStates[cell.database],
          cell.by === "scenario"
            ? "scenario"
            : cell.tests.map(({ file, title }) => `\`${file.slice("e2e/".length)}\`: ${title}`).join("; "),
        ];
  return `| ${columns.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

function quoted(words: readonly string[]): string {
  return words.length === 0
    ? "nothing of it"
    : words.map((one) => `“${one.replaceAll("{name}", "`{name}`")}”`).join(" ");
}
