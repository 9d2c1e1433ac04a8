import * as z from "zod/mini";

/**
 * RFC 3339 date and time with a zone; 24:00:00, which Date.parse takes, and leap seconds are not among them. Fractions of any length are accepted and kept as they came;
 * comparisons use milliseconds.
 */
const rfc3339 =
  /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export function isInstant(text: string): boolean {
  if (!rfc3339.test(text) || Number.isNaN(Date.parse(text))) return false;
  // Date.parse rolls 31 February over to March: a date that does not exist is no instant.
  const day = Number(text.slice(8, 10));
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

export const instantSchema = z
  .string()
  .check(z.refine(isInstant, "must be an RFC 3339 date and time, such as 2030-01-31T12:00:00Z"));

/** Milliseconds since 1970 of an instant that instantSchema accepted. */
export function toMillis(instant: string): number {
  return Date.parse(instant);
}
