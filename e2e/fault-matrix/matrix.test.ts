import { expect, test } from "vitest";
import { cellName, cellsOf, faults, keysOf, matrix, operations, type PlacedCell } from "./matrix.ts";
import { gapsIn } from "./gaps.ts";
import { matrixPage } from "./page.ts";
import { printedMatrix, testsOf, type TestOutcome } from "./printed.ts";
import { specialFor } from "./special.ts";

test("every operation has a cell for every fault, with a test that is there, or with why it cannot occur", () => {
  expect(gapsIn(cellsOf())).toEqual([]);
  expect(keysOf(matrix)).toEqual(keysOf(operations));
});

test("a missing cell, a missing test and a missing reason are noticed", () => {
  const [first, ...others] = cellsOf();
  if (first === undefined) throw new Error("There are no cells.");
  const { operation, fault } = first;
  const without = others.filter((cell) => cell.operation !== operation || cell.fault !== fault);
  expect(gapsIn(without)).toEqual([`there is no cell ${operations[operation]} × ${faults[fault]}`]);
  const gone: PlacedCell = {
    ...first,
    cell: {
      by: "test",
      screen: [],
      database: "same",
      tests: [{ file: "e2e/list.e2e.ts", title: "no such test" }],
    },
  };
  expect(gapsIn([gone, ...others])).toEqual([
    `${cellName(first)}: e2e/list.e2e.ts has no test "no such test"`,
  ]);
  expect(gapsIn([{ ...first, cell: { by: "none", why: "" } }, ...others])).toEqual([
    `${cellName(first)} cannot occur, and does not say why`,
  ]);
});

test("names of cells are unique, since tests are found by them", () => {
  const names = cellsOf().map(cellName);
  expect(new Set(names).size).toBe(names.length);
});

test("whatever is no fault of the wire has a way to be played that is its own", () => {
  const onTheWire = specialFor("update", "before");
  for (const { operation, fault, cell } of cellsOf()) {
    if (cell.by !== "scenario") continue;
    if (!["session", "leaving", "killed", "clocks", "hostile", "others"].includes(fault)) continue;
    expect(specialFor(operation, fault), `${operation} × ${fault}`).not.toBe(onTheWire);
  }
});

test("the printed table counts what passed, and fails for what failed or did not run", () => {
  const outcomes: TestOutcome[] = cellsOf()
    .flatMap(testsOf)
    .map((wanted) => ({ ...wanted, passed: true }));
  const all = printedMatrix(outcomes);
  expect(all.faults).toBe(0);
  const impossible = cellsOf().filter(({ cell }) => cell.by === "none").length;
  const tested = cellsOf().length - impossible;
  expect(all.text).toContain(
    `${String(cellsOf().length)} cells: ${String(tested)} tested, ${String(tested)} passed, 0 failed, 0 without a test that ran, ${String(impossible)} cannot occur`,
  );
  const [first, ...others] = outcomes;
  if (first === undefined) throw new Error("There are no outcomes.");
  const left = printedMatrix(others);
  expect(left.faults).toBe(1);
  expect(left.text).toContain(`? ${first.title}`);
  const failed = printedMatrix([{ ...first, passed: false }, ...others]);
  expect(failed.faults).toBe(1);
  expect(failed.text).toContain(`✗ ${first.title}`);
});

test("the page of the documentation has every cell, with its words or its reason", () => {
  const page = matrixPage();
  for (const { cell } of cellsOf()) {
    if (cell.by === "none") expect(page).toContain(cell.why);
    if (cell.by === "test") for (const { title } of cell.tests) expect(page).toContain(title);
  }
  expect(page).toContain("“Paused: three in a row were not revoked.”".slice(1, -1));
});
