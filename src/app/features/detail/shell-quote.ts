// What nobody sees, or what moves or breaks a line when it is shown or pasted: it must not stand in a command as it is.
// A line feed may: between quotes it is a line of its own, on screen and for the shell.
const UNSEEN = /(?![ \n])[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]/u;

// The group keeps them apart when a text is split.
const unseenRuns = new RegExp(`((?:${UNSEEN.source})+)`, "u");
const eachUnseen = new RegExp(UNSEEN.source, "gu");

/** Words that no POSIX shell reads as anything but themselves. */
const PLAIN = /^[A-Za-z0-9_./:@%+-]+$/;

/**
 * One word for a POSIX shell that stands for exactly this text, and in which everything can be seen: `plain`, `'a b'`,
 * `'it'\''s'`. What is invisible is made by printf from its octal bytes: `$'…'` is not known to every sh. The text
 * has no NUL.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    text
      .split(unseenRuns)
      .map((part, at) => {
        if (part === "") return "";
        return at % 2 === 1 ? `"$(printf '${octalBytes(part)}')"` : singleQuoted(part);
      })
      .join("") || "''"
  );
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function octalBytes(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(
    "",
  );
}

/** JSON in which everything can be seen: what is invisible is written as `\u` escapes. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(eachUnseen, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
