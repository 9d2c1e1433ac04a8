// Text that is hard to keep, to show or to tell from other text. Written with escapes: what cannot be seen cannot be
// reviewed.

const at = (...codes: number[]) => String.fromCodePoint(...codes);
const between = (characters: string) => Array.from(characters, (character) => `pay${character}pal`);
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, offset) => at(first + offset));

/** Overrides, embeddings, isolates and marks of direction, each alone and left open. */
const directions = between("\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C");

const directionTricks = [
  "invoice\u202Egnp.exe",
  "\u202E\u202E\u202Ereversed three times",
  "\u2067\u202Eread \u2069\u2066admin\u2069\u202C",
  "safe\u202A\u202B\u202C\u202C\u202C\u202Ctoo many ends",
  "\u2069\u2069\u202C\u202Cends without a beginning",
  "\u202E".repeat(70),
  "\u2066".repeat(126),
];

/** What takes no room. */
const unseen = between(
  "\u200B\u200C\u200D\u2060\u2061\u2062\u2063\u2064\uFEFF\u00AD\u034F\u180E\u115F\u1160\u3164\uFFA0\u17B4\u17B5\u206A\u206F",
);

const blanks = between("\u00A0\u1680\u2000\u2002\u2003\u2007\u2009\u200A\u202F\u205F\u3000\u2800");

const lines = [
  "two\nlines",
  "two\r\nlines",
  "two\rlines",
  "next\u0085line",
  "line\u2028separator",
  "paragraph\u2029separator",
  "vertical\u000Btab",
  "form\u000Cfeed",
  "\n\n\n",
  "tab\tin it",
  'a line that ends"}\n{"level":"error","message":"forged',
];

const controls = [
  ...[1, 7, 8, 0x1b, 0x1f, 0x7f, 0x80, 0x90, 0x9b, 0x9c, 0x9d].map((code) => `control ${at(code)} in it`),
  "\u001B[31mred\u001B[0m",
  "\u001B]0;title\u0007",
  "\u001B]8;;https://example.com\u001B\\link\u001B]8;;\u001B\\",
  "\u001B[2J\u001B[H",
  "\u009B31mred",
  "back\u0008\u0008\u0008\u0008space",
];

/** Letters that are not seen, of which whole sentences can be made. */
const tagged = [
  Array.from("revoke all", (letter) => at(0xe0000 + (letter.codePointAt(0) ?? 0))).join(""),
  `visible${at(0xe0001, 0xe0065, 0xe006e, 0xe007f)}`,
  `flag \u{1F3F4}${at(0xe0067, 0xe0062, 0xe0073, 0xe0063, 0xe0074, 0xe007f)}`,
];

const variations = [
  `a${range(0xfe00, 0xfe0f).join("")}`,
  `b${range(0xe0100, 0xe011f).join("")}`,
  "\u2764\uFE0F and \u2764\uFE0E",
  "\u{1F600}\uFE0E",
  "1\uFE0F\u20E3",
];

const marks = [
  `Z${"\u0335\u0321\u0322\u031B\u0315".repeat(20)}algo`,
  "a" + "\u0300".repeat(500),
  "\u0301 a mark before anything",
  "\u20DDa circle around nothing",
  "\u0488\u0489".repeat(30),
  "\u0E01\u0E49".repeat(3) + "\u0E49".repeat(80),
  "\u0BA8\u0BBF\u0BA8\u0BBF",
  "\u1100\u1161\u11A8".repeat(10),
  "\u0915\u094D\u0937\u093F",
  "\uFDFD\uFDFA",
  "\u{12031}\u{12219}\u{1242B}",
];

/** Pairs that look alike, or are one text in another form. */
const alike = [
  "admin",
  "\u0430dmin",
  "\uFF41\uFF44\uFF4D\uFF49\uFF4E",
  "adm\u0131n",
  "adm\u0456n",
  "\u{1D41A}\u{1D41D}\u{1D426}\u{1D422}\u{1D427}",
  "ADM\u0130N",
  "stra\u00DFe",
  "STRA\u1E9EE",
  "caf\u00E9",
  "cafe\u0301",
  "\u212B",
  "\u00C5",
  "A\u030A",
  "\uFB01n",
  "\u1E9B\u0323",
  "\u1E69",
  "s\u0323\u0307",
  "\u01C5",
  "\u2126 and \u03A9",
  "\uAC00",
  "\u1100\u1161",
  "\u0344",
  "\uFA0E\uFA0F",
];

const emoji = [
  "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}",
  "\u{1F3F3}\uFE0F\u200D\u{1F308}",
  "\u{1F44D}\u{1F3FD}",
  "\u{1F1E9}\u{1F1EA}\u{1F1EB}",
  "\u{1F469}\u200D".repeat(40),
  "\u200D\u{1F469}",
  "\u{1FAE8}\u{1FADC}",
];

const rightToLeft = [
  "\u05D0\u05E1\u05D9\u05DE\u05D5\u05DF \u05E8\u05D0\u05E9\u05D9",
  "\u0631\u0645\u0632 \u0627\u0644\u0648\u0635\u0648\u0644 (admin) 123",
  "\u05D0 1 < 2 \u05D1",
  "production \u05DC\u05D0 \u05DC\u05DE\u05D7\u05D5\u05E7 staging",
  "\u0627\u0644\u0644\u0647\u200F\u200F!",
  "\u0710\u0712\u0713",
  "\u07D3\u07DE",
];

/** Code points without a meaning, or with everybody's own. */
const meaningless = [
  "\uE000private\uF8FF",
  at(0xf0000, 0x10fffd),
  at(0xfdd0, 0xfdef),
  at(0xfffe, 0xffff),
  at(0x1fffe, 0x10ffff),
  "\uFFFD",
  "\uFFF9\uFFFA\uFFFB",
  at(0x378, 0x0e80, 0x2fffd),
  "\u2FF0\u2FFB",
];

const forms = [
  "",
  " ",
  "\u3000",
  " a space around ",
  "null",
  "undefined",
  "NaN",
  "__proto__",
  "constructor",
  "[object Object]",
  "%s%n%x",
  "%00",
  "\\u0000",
  "&#x202E;",
  "'; DROP TABLE database_tokens; --",
  "\\",
  '"',
  "a".repeat(10_000),
  "\u{1F469}".repeat(2_000),
  "\u05D0".repeat(5_000),
];

/** Kept as they are, wherever text may stand that is long enough for them. Each is different. */
export const hostileUnicode: readonly string[] = [
  ...directions,
  ...directionTricks,
  ...unseen,
  ...blanks,
  ...lines,
  ...controls,
  ...tagged,
  ...variations,
  ...marks,
  ...alike,
  ...emoji,
  ...rightToLeft,
  ...meaningless,
  ...forms,
];

/** Refused with a reason: no store keeps them as they are. */
export const unstorable: readonly string[] = [
  "\u0000",
  "cut\u0000here",
  "\u0000".repeat(10),
  "\uD800",
  "\uDC00",
  "half \uD83D of one",
  "\uDC00\uD800",
  "\u{1F469}\uD83D",
  "\uDFFF\uDBFF",
  "a".repeat(100) + "\uDE00",
];
