import type { ConformanceColumn } from "#server/services/conformance-columns.ts";

/** What became of one case for one product. */
export interface ConformanceResult {
  /** A key of the columns. */
  column: string;
  /** The case. */
  title: string;
  outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped. */
  reason?: string;
}

export interface ConformanceTable {
  text: string;
  /** Cells that say that a case failed, or that nothing is known of it. */
  faults: number;
}

type Outcome = ConformanceResult["outcome"] | "missing";

const GAP = 2;
const SIGNS: Record<Outcome, string> = { passed: "✓", skipped: "–", failed: "✗", missing: "?" };
const WORST_FIRST = ["failed", "passed", "skipped"] as const;

interface Cell {
  outcome: Outcome;
  /** Of the reason, from 1. */
  reason?: number;
}

/**
 * Product × case, from what a test run says. Whatever it says nothing of is shown as missing: a whole column, when the
 * suite of a product was not run or could not be loaded. `width`: characters a line.
 */
export function conformanceTable(
  columns: Readonly<Record<string, ConformanceColumn>>,
  results: readonly ConformanceResult[],
  width = 120,
): ConformanceTable {
  const ids = Object.keys(columns);
  const titles = [...new Set(results.map(({ title }) => title))];
  const reasons: string[] = [];

  const cellOf = (column: string, title: string): Cell => {
    const found = results.filter((result) => result.column === column && result.title === title);
    const outcome = WORST_FIRST.find((worse) => found.some((result) => result.outcome === worse));
    if (outcome !== "skipped") return { outcome: outcome ?? "missing" };
    const reason = found[0]?.reason ?? "skipped without a word";
    if (!reasons.includes(reason)) reasons.push(reason);
    return { outcome, reason: reasons.indexOf(reason) + 1 };
  };
  const rows = titles.map((title) => ({ title, cells: ids.map((id) => cellOf(id, title)) }));

  const widths = ids.map((id) => Math.max(...headingOf(columns, id).map((line) => line.length)) + GAP);
  const room = width - widths.reduce((sum, one) => sum + one, 0);
  const line = (left: string, cells: readonly string[]) =>
    (left.padEnd(room) + cells.map((cell, at) => centred(cell, widths[at] ?? 0)).join("")).trimEnd();

  const lines: string[] = [];
  lines.push(
    line(
      "Conformance: what the token service",
      ids.map((id) => headingOf(columns, id)[0]),
    ),
  );
  lines.push(
    line(
      "of every product does",
      ids.map((id) => headingOf(columns, id)[1]),
    ),
  );
  lines.push("─".repeat(width));
  for (const { title, cells } of rows) {
    const [first = "", ...more] = wrapped(title, room - 1, "  ");
    lines.push(line(first, cells.map(cellText)), ...more);
  }
  if (rows.length === 0) lines.push("No case of any product was run.");
  lines.push("─".repeat(width));

  const counts = { passed: 0, skipped: 0, failed: 0, missing: 0 };
  for (const outcome of ["passed", "skipped", "failed", "missing"] as const) {
    const byColumn = ids.map((_, at) => rows.filter(({ cells }) => cells[at]?.outcome === outcome).length);
    counts[outcome] = byColumn.reduce((sum, one) => sum + one, 0);
    lines.push(line(`${SIGNS[outcome]} ${outcome}`, byColumn.map(String)));
  }
  const size = `${String(ids.length)} products × ${String(titles.length)} cases`;
  const sum = Object.entries(counts).map(([outcome, count]) => `${String(count)} ${outcome}`);
  lines.push(`${size}: ${sum.join(", ")}`);

  reasons.forEach((reason, at) => {
    const number = `–${String(at + 1)}`.padStart(4);
    lines.push(...wrapped(`${number}  ${reason}`, width, " ".repeat(6)));
  });
  const silent = ids.filter((id) => !results.some(({ column }) => column === id));
  if (silent.length > 0) {
    const names = silent.map((id) => columns[id]?.name ?? id).join("; ");
    lines.push(...wrapped(`MISSING, since no case of it was run: ${names}`, width, "  "));
  }
  const partly = ids.filter(
    (id, at) => !silent.includes(id) && rows.some(({ cells }) => cells[at]?.outcome === "missing"),
  );
  if (partly.length > 0) {
    const names = partly.map((id) => columns[id]?.name ?? id).join("; ");
    lines.push(...wrapped(`MISSING, some cases of: ${names}`, width, "  "));
  }
  return { text: lines.join("\n"), faults: counts.failed + counts.missing + silent.length };
}

function headingOf(columns: Readonly<Record<string, ConformanceColumn>>, id: string) {
  return columns[id]?.heading ?? [id, ""];
}

function cellText({ outcome, reason }: Cell): string {
  return SIGNS[outcome] + (reason === undefined ? "" : String(reason));
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return (" ".repeat(Math.max(0, left)) + text).padEnd(width);
}

/** Lines of words; those after the first begin with the indent. Spaces at the beginning stay. */
function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? "";
  let isEmpty = true;
  for (const word of text.trimStart().split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
