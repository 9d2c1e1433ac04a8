import { toMillis } from "#contract/instant.ts";

let format: Intl.DateTimeFormat | undefined;

// Formatting costs more than anything else in a cell, and rows come back while somebody scrolls.
const texts = new Map<number, string>();
const MOST_TEXTS = 4096;

/** Local date and time to the second, without zone: as short as an administrator can do with beside a log. */
export function shortText(instant: string): string {
  const second = Math.floor(toMillis(instant) / 1000);
  let text = texts.get(second);
  if (text === undefined) {
    if (texts.size === MOST_TEXTS) texts.clear();
    format ??= new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });
    text = format.format(second * 1000);
    texts.set(second, text);
  }
  return text;
}
