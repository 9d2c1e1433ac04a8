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

/** More than any emoji joins to its first pictograph. */
const MAX_JOINED = 5;
const PICTOGRAPH = String.raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F)?`;
/** Those that are pictures anyway have no use for a selector. */
const SELECTED = String.raw`[\p{Extended_Pictographic}--\p{Emoji_Presentation}][\uFE0E\uFE0F]`;
// In this order: letters and signs that stand for nothing but themselves, as many as there are; a key cap, a flag of
// a region; pictographs that are joined; a pictograph with the selector that asks for its colour or text form; a flood
// of marks; anything unseen; anything else. The look ahead keeps what is about emoji from being tried on every letter.
// \p{RGI_Emoji} would say all about emoji in one word, and takes longer to compile than a page takes to draw.
const pieces = pattern(
  String.raw`[[\x21-\x7E\p{L}]--[\p{Emoji}\p{Default_Ignorable_Code_Point}]]+` +
    String.raw`|(?=\p{Emoji})(?:[#*0-9]\uFE0F\u20E3|\p{RGI_Emoji_Tag_Sequence}` +
    String.raw`|(?<joined>${PICTOGRAPH}(?:\u200D${PICTOGRAPH}){1,${MAX_JOINED}})|${SELECTED})` +
    String.raw`|(?<marks>\p{M}{${MAX_MARKS + 1},})` +
    `|(?<hidden>${UNSEEN})` +
    String.raw`|[\s\S]`,
  "gv",
);
const joinedEmoji = pattern(String.raw`^\p{RGI_Emoji_ZWJ_Sequence}$`, "v");
const firstPictograph = pattern(`^(?:${SELECTED}|.)`, "v");

const JOINER = "\u200D";
const MODIFIED = /(?:[\u{1F3FB}-\u{1F3FF}]|\uFE0F)$/u;

/** The longest beginning of joined pictographs that is one emoji; the first of them when none is. */
function oneEmoji(joined: string): string {
  for (let end = joined.length; end > 0; end = joined.lastIndexOf(JOINER, end - 1)) {
    const beginning = joined.slice(0, end);
    if (joinedEmoji().test(beginning)) return beginning;
    // What modifies the last of them may belong to no emoji.
    const bare = beginning.replace(MODIFIED, "");
    if (bare !== beginning && joinedEmoji().test(bare)) return bare;
  }
  return firstPictograph().exec(joined)?.[0] ?? joined;
}

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

  const expression = pieces();
  let from = 0;
  while (from < text.length) {
    expression.lastIndex = from;
    const match = expression.exec(text);
    if (match === null) return;
    from = expression.lastIndex;
    const [piece] = match;
    const atEdge = match.index < first || match.index >= end;
    if (match.groups?.hidden !== undefined || atEdge) {
      yield { text: escapeOf(piece), escaped: true };
    } else if (match.groups?.marks !== undefined) {
      const marks = Array.from(piece);
      const kept = marks.slice(0, MAX_MARKS).filter((mark) => !unseen().test(mark));
      yield { text: kept.join(""), escaped: false };
      yield { text: `⟨${marks.length - kept.length} more marks⟩`, escaped: true };
    } else if (match.groups?.joined !== undefined) {
      const emoji = oneEmoji(piece);
      from = match.index + emoji.length;
      yield { text: emoji, escaped: false };
    } else {
      yield { text: piece, escaped: false };
    }
  }
}

/** Texts of a list's cells come again with every keystroke, so what was found of them is kept; so many at most. */
const KEPT_TEXTS = 256;
/** UTF-16 units: longer ones are not worth the memory. */
const LONGEST_KEPT = 400;
const kept = new Map<string, readonly TextPart[]>();

function suspiciousParts(text: string): readonly TextPart[] {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const parts: TextPart[] = [];
  for (const part of piecesOf(text)) {
    const last = parts.at(-1);
    if (last?.escaped === part.escaped) last.text += part.text;
    else if (part.text !== "") parts.push(part);
  }
  if (text.length <= LONGEST_KEPT) {
    if (kept.size === KEPT_TEXTS) kept.clear();
    kept.set(text, parts);
  }
  return parts;
}

/**
 * Cuts what somebody typed into parts that can be shown on one line and cannot mislead: invisible, bidirectional
 * and control characters, line breaks and spaces at either end become escapes such as `⟨U+202E⟩`, a flood of
 * combining marks is cut, an emoji joined by U+200D stays whole. `limit` is in UTF-16 units and cuts at a code
 * point; the mark `…` is then the last part.
 */
export function visibleParts(text: string, limit = Infinity): readonly TextPart[] {
  const cut = text.length > limit ? cutAt(text, limit) : text;
  // Nearly every text is harmless, and tables ask for each of their cells.
  const parts = isSuspicious(cut) ? suspiciousParts(cut) : cut === "" ? [] : [{ text: cut, escaped: false }];
  return cut.length < text.length ? [...parts, { text: "…", escaped: true }] : parts;
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
