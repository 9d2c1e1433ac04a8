/** Lines of a file count from 1. The parser keeps no positions, and a message without a line is of little help. */
export interface ProfileLines {
  /** Of the n-th `[[profile]]`, or of the first line when it is written in another way. */
  header(index: number): number;
  /** Of a key of the n-th profile, `tls.ca` for one of its table; of its header when it is not found. */
  key(index: number, path: string): number;
  /** Of a key of a table that is no profile's, such as `[oidc]`; of the table's header when it is not found. */
  tableKey(table: string, key: string): number;
}

const PROFILE_HEADER = /^\s*\[\[\s*["']?profile["']?\s*\]\]/;
const TABLE_HEADER = /^\s*\[+\s*([^\]]*?)\s*\]/;
const KEY = /^\s*([\w."'-]+(?:\s*\.\s*[\w."'-]+)*)\s*=/;

export function profileLines(text: string): ProfileLines {
  const headers: number[] = [];
  const keys: Map<string, number>[] = [];
  const others = new Map<string, number>();
  let table = "";
  for (const { line, number } of linesOutsideStrings(text)) {
    if (PROFILE_HEADER.test(line)) {
      headers.push(number);
      keys.push(new Map());
      table = "";
      continue;
    }
    const header = TABLE_HEADER.exec(line)?.[1];
    if (header !== undefined) {
      const path = plainKey(header);
      table = path.startsWith("profile.") ? path.slice("profile.".length) : `[${path}]`;
      note(table, number);
      continue;
    }
    const key = KEY.exec(line)?.[1];
    if (key !== undefined) note(table === "" ? plainKey(key) : `${table}.${plainKey(key)}`, number);
  }

  function note(path: string, number: number): void {
    if (path.startsWith("[") && !others.has(path)) others.set(path, number);
    const known = keys.at(-1);
    if (known !== undefined && !known.has(path)) known.set(path, number);
  }

  return {
    tableKey: (table, key) => others.get(`[${table}].${key}`) ?? others.get(`[${table}]`) ?? 1,
    header: (index) => headers[index] ?? 1,
    key(index, path) {
      const known = keys[index];
      // An inline table has the line of its own key.
      return known?.get(path) ?? known?.get(path.split(".")[0] ?? "") ?? headers[index] ?? 1;
    },
  };
}

function plainKey(key: string): string {
  return key.replace(/["'\s]/g, "");
}

/** Lines that do not begin inside a string of several lines. */
function linesOutsideStrings(text: string): { line: string; number: number }[] {
  const found: { line: string; number: number }[] = [];
  let open: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open === undefined) found.push({ line, number: index + 1 });
    open = openAtEnd(line, open);
  }
  return found;
}

/** The quotes of the string of several lines that is open at the end of a line. */
function openAtEnd(line: string, openBefore: string | undefined): string | undefined {
  let open = openBefore;
  // Escapes, both kinds of quotes, threefold first, and comments. What else there is says nothing about strings.
  for (const [part] of line.matchAll(/\\.|"""|'''|"|'|#/g)) {
    if (open === undefined) {
      if (part === "#") return undefined;
      if (!part.startsWith("\\")) open = part;
    } else if (part === open) {
      open = undefined;
    }
  }
  // A string in single quotes ends with its line at the latest.
  return open?.length === 3 ? open : undefined;
}
