/** Some whole elements of an array, in order. */
export interface Elements {
  values: unknown[];
  /** Whether a string in them may hold NUL or half of a surrogate pair: text that cannot be kept. */
  mayHoldFaultyText: boolean;
}

/**
 * Cuts the text of one JSON array, which comes piece by piece, into stretches of whole elements. Where each element stands
 * on a line of its own they come out while more is to come, otherwise all at the end.
 */
export interface ArrayCutter {
  /** Takes more text; gives the elements that are whole by now, undefined when there are none. */
  push(text: string): Elements | undefined;
  /** To be called after the last piece; gives the rest. Throws SyntaxError unless the array is closed and nothing follows. */
  end(): Elements;
}

/** What a decoder leaves is well-formed: only escapes can bring in such characters. */
const faultyEscape = /\\u(?:0000|d[89a-f])/i;

/** Hardly any text has such an escape at all, and that is found out much sooner. */
function mayHoldFaultyText(text: string): boolean {
  return text.includes("\\u") && faultyEscape.test(text);
}

/** A string has no line feed in it that is not escaped: this stands between two elements, or inside one of several lines. */
const BETWEEN_LINES = ",\n";

export function createArrayCutter(): ArrayCutter {
  /** Text that was not given out yet, from the array's own bracket on, or from where an element begins. */
  let pending = "";
  let hasBegun = false;
  let isInLines = true;

  return {
    push(text) {
      pending += text;
      // Where no element can have ended the text is not gone through, again and again as it grows.
      if (!isInLines || !text.includes("\n") || (!hasBegun && pending[0] !== "[")) return undefined;
      const values: unknown[] = [];
      let start = hasBegun ? 0 : 1;
      try {
        for (let at; (at = pending.indexOf(BETWEEN_LINES, start)) >= 0; start = at + BETWEEN_LINES.length) {
          values.push(JSON.parse(pending.slice(start, at)));
        }
      } catch {
        // Elements have several lines, or it is no JSON: the end tells.
        isInLines = false;
      }
      if (values.length === 0) return undefined;
      const elements = { values, mayHoldFaultyText: mayHoldFaultyText(pending) };
      pending = pending.slice(start);
      hasBegun = true;
      return elements;
    },
    end() {
      const values: unknown = JSON.parse(hasBegun ? `[${pending}` : pending);
      // Behind a comma there must be something.
      if (!Array.isArray(values) || (hasBegun && values.length === 0)) throw new SyntaxError("no array");
      return { values, mayHoldFaultyText: mayHoldFaultyText(pending) };
    },
  };
}
