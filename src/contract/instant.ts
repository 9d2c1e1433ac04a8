/**
 * RFC 3339 date and time with a zone; 24:00:00, which Date.parse takes, and leap seconds are not among them. Fractions
 * of any length are accepted and kept as they came; comparisons use milliseconds.
 */
const rfc3339 =
  /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export function isInstant(text: string): boolean {
  if (!Number.isNaN(plainMillis(text))) return true;
  if (!rfc3339.test(text) || Number.isNaN(Date.parse(text))) return false;
  // Date.parse rolls 31 February over to March: a date that does not exist is no instant.
  return Number(text.slice(8, 10)) <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

/** Milliseconds since 1970 of an instant that instantSchema accepted. */
export function toMillis(instant: string): number {
  const plain = plainMillis(instant);
  return Number.isNaN(plain) ? Date.parse(instant) : plain;
}

const DAYS_BEFORE_1970 = 719_468;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const T = 84;
const Z = 90;

/** Not a number where a character is no digit. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970 in the Gregorian calendar. The year is counted from March, so that the leap day is its last. */
function daysSince1970(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? year : year - 1;
  const monthFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(fromMarch / 4) - Math.floor(fromMarch / 100) + Math.floor(fromMarch / 400);
  return fromMarch * 365 + leapDays + Math.floor((153 * monthFromMarch + 2) / 5) + day - 1 - DAYS_BEFORE_1970;
}

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ` or `YYYY-MM-DDTHH:MM:SS.sssZ`; NaN for every other text,
 * instants that are written otherwise included. Date.parse takes three times as long.
 */
export function plainMillis(text: string): number {
  const { length } = text;
  if (length !== 20 && length !== 24) return Number.NaN;
  if (
    text.charCodeAt(4) !== MINUS ||
    text.charCodeAt(7) !== MINUS ||
    text.charCodeAt(10) !== T ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON ||
    text.charCodeAt(length - 1) !== Z
  ) {
    return Number.NaN;
  }
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  let millis = 0;
  if (length === 24) {
    if (text.charCodeAt(19) !== DOT) return Number.NaN;
    // The middle digit is read twice, and counts once.
    millis = twoDigits(text, 20) * 10 + (twoDigits(text, 21) % 10);
  }
  const exists =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59;
  if (!exists) return Number.NaN;
  return (((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis;
}

/** The text that plainMillis reads, with or without milliseconds. */
export function plainText(millis: number, fraction: boolean): string {
  const text = new Date(millis).toISOString();
  return fraction ? text : `${text.slice(0, 19)}Z`;
}
