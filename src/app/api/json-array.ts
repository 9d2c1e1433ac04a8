/** Some whole elements of an array, in order. */
export interface Elements {
  values: unknown[];
  /** Whether a string in them may hold NUL or half of a surrogate pair: text that cannot be kept. */
  mayHoldFaultyText: boolean;
}

/** Cuts the text of one JSON array, which comes piece by piece, into stretches of whole elements. */
export interface ArrayCutter {
  /** Takes more text; gives the elements that are whole by now, undefined when there are none. Throws SyntaxError. */
  push(text: string): Elements | undefined;
  /** To be called after the last piece; gives the rest. Throws SyntaxError unless the array is closed and nothing follows. */
  end(): Elements;
}

/** What a decoder leaves is well-formed: only escapes can bring in such characters. */
const faultyEscape = /\\u(?:0000|d[89a-f])/i;

function parseElements(text: string): Elements {
  const values: unknown = JSON.parse(text);
  // Cannot be: the caller put brackets around it.
  if (!Array.isArray(values)) throw new SyntaxError("not an array");
  // Hardly any text has such an escape at all, and that is found out much sooner.
  return { values, mayHoldFaultyText: text.includes("\\u") && faultyEscape.test(text) };
}

/** Between commas, and behind the last one, there must be something. */
function someElements(text: string): Elements {
  const elements = parseElements(text);
  if (elements.values.length === 0) throw new SyntaxError("a comma without an element");
  return elements;
}

export function createArrayCutter(): ArrayCutter {
  /** Text that was not given out yet; begins where an element does. */
  let pending = "";
  let opened = false;
  let boundary: string | undefined;
  let scan: Scan | undefined;
  /** A comma was the last thing given out: an element must follow it. */
  let owed = false;

  /** Where the last whole element ends in `pending`: at the comma behind it. -1: nowhere yet. */
  function cut(): number {
    if (scan === undefined) {
      // Rows of one list mostly begin with the same key. Inside a string its quotes would be escaped, so this can
      // only be a boundary, or one of an object further in; whether it is, parsing tells.
      boundary ??= boundaryOf(pending);
      if (boundary === undefined) return -1;
      return pending.lastIndexOf(boundary) + 1 || -1;
    }
    scanOn(scan, pending);
    return scan.comma;
  }

  return {
    push(text) {
      // Space in front of an element, however much, is not kept.
      pending = pending === "" ? text.trimStart() : pending + text;
      if (pending === "") return undefined;
      if (!opened) {
        if (pending[0] !== "[") throw new SyntaxError("not an array");
        pending = pending.slice(1).trimStart();
        opened = true;
      }
      let at = cut();
      if (at < 0 && scan === undefined && pending.length > LONGEST_GUESS) {
        scan = newScan();
        at = cut();
      }
      if (at < 0 && pending.length > LONGEST_ELEMENT) throw new SyntaxError("an element without end");
      if (at < 0) return undefined;
      let elements: Elements;
      try {
        elements = someElements(`[${pending.slice(0, at)}]`);
      } catch (error) {
        if (scan !== undefined) throw error;
        // The guess was wrong, or the text is no JSON: from here on every character is looked at.
        scan = newScan();
        at = cut();
        if (at < 0) return undefined;
        elements = someElements(`[${pending.slice(0, at)}]`);
      }
      pending = pending.slice(at + 1);
      owed = true;
      if (scan !== undefined) scan = { ...newScan(), closed: scan.closed };
      return elements;
    },
    end() {
      if (!opened) throw new SyntaxError("not an array");
      return owed ? someElements(`[${pending}`) : parseElements(`[${pending}`);
    },
  };
}

/** UTF-16 units that may wait for a boundary of the usual form before every character is looked at. */
const LONGEST_GUESS = 1 << 20;

/** UTF-16 units of one element, which has to be put together before it can be read. */
const LONGEST_ELEMENT = 1 << 24;

const firstKey = /^\{"[^"\\]+":/;

function boundaryOf(text: string): string | undefined {
  const key = firstKey.exec(text.slice(0, 200))?.[0];
  return key === undefined ? undefined : `},${key}`;
}

/** A walk over every character that knows strings and nesting. */
interface Scan {
  at: number;
  depth: number;
  inString: boolean;
  /** The last comma between elements; -1 when there was none. */
  comma: number;
  /** The array's own bracket was seen. */
  closed: boolean;
}

function newScan(): Scan {
  return { at: 0, depth: 0, inString: false, comma: -1, closed: false };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function scanOn(scan: Scan, text: string): void {
  let { at, depth, inString } = scan;
  for (; at < text.length && !scan.closed; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) {
        // The escaped character may not be here yet.
        if (at + 1 === text.length) break;
        at++;
      } else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) scan.closed = true;
      depth--;
    } else if (code === COMMA && depth === 0) scan.comma = at;
  }
  scan.at = at;
  scan.depth = depth;
  scan.inString = inString;
}
