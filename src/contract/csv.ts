/**
 * What a spreadsheet takes for the beginning of a formula: not of a cell alone. One that expects semicolons or tabs between
 * cells splits there, whatever is quoted, and a line of its own begins at a line break. Full-width signs are the same to some.
 */
const FORMULA = /[=+\-@＝＋－＠](?<=(?:^|[;\t\r\n])\s*.)/g;
/** Some leave these out, and then see what comes behind. */
const LEFT_OUT = /^[\t\r\n]/;

/** A cell as text that no spreadsheet runs, quoted as RFC 4180 says where it has to be. */
export function csvCell(text: string): string {
  const marked = text.replace(FORMULA, "'$&");
  const harmless = LEFT_OUT.test(marked) ? `'${marked}` : marked;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Cells as a row, with a line break at its end. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Rows of cells as RFC 4180 has them, each with a line break at its end. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map(csvRow).join("");
}
