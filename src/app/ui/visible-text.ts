/** A stretch of text, and whether it is an escape of ours in place of what cannot be seen. */
export interface TextPart {
  text: string;
  escaped: boolean;
}

/** More marks than any orthography stacks on one letter; what goes beyond is there to paint over the next line. */
const MAX_MARKS = 6;

// What has no picture of its own: controls, format characters, lone surrogates, private use and unassigned (\p{C}),
// line and paragraph separators, spaces that look like the space, and letters that draw nothing (the Hangul
// fillers, the Braille blank, variation selectors). The wide space of Chinese and Japanese text is plainly a space.
const UNSEEN = String.raw`[[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]--[ \u3000]]`;

/** Text of letters and signs that everybody sees, as nearly all of it is: told without the patterns below. */
const ordinary =
  /^[!-~\u00a1-\u00ac\u00ae-\u017f](?:[ -~\u00a1-\u00ac\u00ae-\u017f]*[!-~\u00a1-\u00ac\u00ae-\u017f])?$/;

/**
 * Made when first needed: compiling one takes longer than much else at a page's start. From strings, since the `v` flag
 * (whole emoji sequences as a property, set difference) is younger than the syntax that the build may emit.
 */
function pattern(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined;
  return () => (made ??= new RegExp(source, flags));
}

const unseen = pattern(UNSEEN, "v");
const suspicious = pattern(String.raw`${UNSEEN}|^ | $|\p{M}{${MAX_MARKS + 1},}`, "v");

// In this order: letters and signs that stand for nothing but themselves, as many as there are; an emoji with its
// joiners; a pictograph with the selector that asks for its colour or text form; a flood of marks; anything unseen;
// anything else. The look ahead keeps the long list of emoji from being tried on every letter.
const pieces = pattern(
  String.raw`[[\x21-\x7E]--[#*0-9]]+` +
    String.raw`|(?=[\p{Emoji}\p{Regional_Indicator}])(?:\p{RGI_Emoji}|\p{Extended_Pictographic}[\uFE0E\uFE0F])` +
    String.raw`|(?<marks>\p{M}{${MAX_MARKS + 1},})` +
    `|(?<hidden>${UNSEEN})` +
    String.raw`|[\s\S]`,
  "gv",
);

/** Whether something in a text cannot be seen as it is. */
function isSuspicious(text: string): boolean {
  return !ordinary.test(text) && suspicious().test(text);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

function* piecesOf(text: string): Generator<TextPart> {
  // By hand: as a pattern, a long run of spaces in the middle would be walked once for each of its spaces.
  let first = 0;
  while (text[first] === " ") first++;
  let end = text.length;
  while (text[end - 1] === " ") end--;

  for (const match of text.matchAll(pieces())) {
    const [piece] = match;
    const atEdge = match.index < first || match.index >= end;
    if (match.groups?.hidden !== undefined || atEdge) {
      yield { text: escapeOf(piece), escaped: true };
    } else if (match.groups?.marks !== undefined) {
      const marks = Array.from(piece);
      const kept = marks.slice(0, MAX_MARKS).filter((mark) => !unseen().test(mark));
      yield { text: kept.join(""), escaped: false };
      yield { text: `⟨${marks.length - kept.length} more marks⟩`, escaped: true };
    } else {
      yield { text: piece, escaped: false };
    }
  }
}

/**
 * Cuts what somebody typed into parts that can be shown on one line and cannot mislead: invisible, bidirectional
 * and control characters, line breaks and spaces at either end become escapes such as `⟨U+202E⟩`, a flood of
 * combining marks is cut, an emoji joined by U+200D stays whole. `limit` is in UTF-16 units and cuts at a code
 * point; the mark `…` is then the last part.
 */
export function visibleParts(text: string, limit = Infinity): TextPart[] {
  const cut = text.length > limit ? cutAt(text, limit) : text;
  const parts: TextPart[] = [];
  // Nearly every text is harmless, and tables ask for each of their cells.
  if (!isSuspicious(cut)) parts.push({ text: cut, escaped: false });
  else {
    for (const part of piecesOf(cut)) {
      const last = parts.at(-1);
      if (last?.escaped === part.escaped) last.text += part.text;
      else parts.push(part);
    }
  }
  if (cut.length < text.length) parts.push({ text: "…", escaped: true });
  return parts.filter((part) => part.text !== "");
}

function cutAt(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? limit - 1 : limit);
}

/** The same as one string, for accessible names, tooltips and messages. */
export function visibleText(text: string, limit = Infinity): string {
  if (text.length <= limit && !isSuspicious(text)) return text;
  return visibleParts(text, limit)
    .map((part) => part.text)
    .join("");
}
