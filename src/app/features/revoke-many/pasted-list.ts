/** One row of a pasted list or a file. */
export interface ListRecord {
  /** As it was written, without blanks at its ends. */
  line: string;
  /** Its cells without their quotes, and without blanks at their ends. Empty ones stand in their places. */
  cells: string[];
}

/**
 * Takes a text apart: records by lines, cells by commas, semicolons or tabs. A cell that begins with a quote ends with the
 * next single one, and may hold separators and line breaks in between; where none follows, the quote is a character.
 */
export function parseList(text: string): ListRecord[] {
  const records: ListRecord[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const begin = at;
    const cells: string[] = [];
    for (;;) {
      const cell = quotedCell(text, at) ?? plainCell(text, at);
      cells.push(cell.text);
      at = cell.end;
      if (at >= text.length || isBreak(text[at]!)) break;
      // Past the separator.
      at++;
    }
    const line = text.slice(begin, at).trim();
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    if (cells.some((cell) => cell !== "")) records.push({ line, cells });
  }
  return records;
}

interface Cell {
  text: string;
  /** Where its separator or line break stands. */
  end: number;
}

function isBreak(character: string): boolean {
  return character === "\n" || character === "\r";
}

function isSeparator(character: string): boolean {
  return character === "," || character === ";" || character === "\t";
}

function plainCell(text: string, from: number): Cell {
  let end = from;
  while (end < text.length && !isSeparator(text[end]!) && !isBreak(text[end]!)) end++;
  return { text: text.slice(from, end).trim(), end };
}

function quotedCell(text: string, from: number): Cell | undefined {
  let at = from;
  while (text[at] === " ") at++;
  if (text[at] !== '"') return undefined;
  let inside = "";
  for (at++; at < text.length; at++) {
    if (text[at] !== '"') {
      inside += text[at]!;
    } else if (text[at + 1] === '"') {
      inside += '"';
      at++;
    } else {
      at++;
      while (text[at] === " ") at++;
      const closed = at >= text.length || isSeparator(text[at]!) || isBreak(text[at]!);
      return closed ? { text: inside.trim(), end: at } : undefined;
    }
  }
  return undefined;
}
