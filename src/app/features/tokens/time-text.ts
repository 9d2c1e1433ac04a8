import { toMillis } from "#contract/instant.ts";
import { MILLIS_PER_DAY } from "./token-index.ts";

// Made when first needed: the first one costs a page's start more than everything else here, so start.js makes one like
// `day` ahead.
let day: Intl.DateTimeFormat | undefined;
let exact: Intl.DateTimeFormat | undefined;

// Formatting costs more than anything else in a cell, and a list has far fewer days than rows.
const dayTexts = new Map<number, string>();
const MOST_DAY_TEXTS = 4096;

/** The local day of an instant, as a table shows it. */
export function dayText(instant: string): string {
  const millis = toMillis(instant);
  const local = millis - new Date(millis).getTimezoneOffset() * 60_000;
  const dayNumber = Math.floor(local / MILLIS_PER_DAY);
  let text = dayTexts.get(dayNumber);
  if (text === undefined) {
    if (dayTexts.size === MOST_DAY_TEXTS) dayTexts.clear();
    day ??= new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
    text = day.format(millis);
    dayTexts.set(dayNumber, text);
  }
  return text;
}

/** Local date and time with the zone. */
export function localText(instant: string): string {
  exact ??= new Intl.DateTimeFormat(undefined, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
  return exact.format(toMillis(instant));
}

/** The same and the instant itself, for tooltips. */
export function exactText(instant: string): string {
  return `${localText(instant)} (${instant})`;
}

export function clockText(millis: number): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(millis);
}

/** Within this many days of its end a token counts as expiring. */
export const EXPIRING_DAYS = 14;

/** "in 12 days", "in 3 hours", "just now", "2 years ago": the largest unit that is not zero. */
export function relativeText(millis: number, now: number): string {
  const difference = millis - now;
  const size = Math.abs(difference);
  if (size < 45_000) return "just now";
  const amount =
    size < 90_000
      ? "a minute"
      : size < 3_600_000
        ? `${Math.round(size / 60_000)} minutes`
        : size < 2 * 3_600_000
          ? "an hour"
          : size < MILLIS_PER_DAY
            ? `${Math.floor(size / 3_600_000)} hours`
            : size < 2 * MILLIS_PER_DAY
              ? "1 day"
              : size < 60 * MILLIS_PER_DAY
                ? `${Math.floor(size / MILLIS_PER_DAY)} days`
                : size < 730 * MILLIS_PER_DAY
                  ? `${Math.floor(size / (30.44 * MILLIS_PER_DAY))} months`
                  : `${Math.floor(size / (365.25 * MILLIS_PER_DAY))} years`;
  return difference >= 0 ? `in ${amount}` : `${amount} ago`;
}
