/** How a new token's end is chosen. */
export const expiryChoices = ["never", "7", "30", "90", "year", "exact"] as const;
export type ExpiryChoice = (typeof expiryChoices)[number];

/** What stands in the form. */
export interface ExpiryValue {
  choice: ExpiryChoice;
  /** `YYYY-MM-DD` and `HH:MM` or `HH:MM:SS`, both of the zone in use; "" while nothing is entered. Only for "exact". */
  date: string;
  time: string;
}

export const INITIAL_EXPIRY: ExpiryValue = { choice: "90", date: "", time: "" };
export const NO_EXPIRY: ExpiryValue = { choice: "never", date: "", time: "" };

export interface Moment {
  /** Milliseconds of the server's clock. */
  now: number;
  /** IANA name, such as Europe/Berlin. */
  zone: string;
}

/** What a form's expiry means. */
export type ExpiryReading =
  | { kind: "never" }
  | {
      kind: "instant";
      millis: number;
      /** As it is sent: ISO 8601, UTC. */
      instant: string;
      /** What there is to know of a local time that occurs twice. */
      note: string | undefined;
    }
  /** `missing`: nothing is entered yet, which is wrong only when it is sent. */
  | { kind: "wrong"; field: "date" | "time"; missing: boolean; reason: string };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Reads what was chosen. Presets count from now and end on a full minute, never earlier than they say. */
export function readExpiry(value: ExpiryValue, { now, zone }: Moment): ExpiryReading {
  switch (value.choice) {
    case "never":
      return { kind: "never" };
    case "7":
    case "30":
    case "90":
      return instantReading(toFullMinute(now + Number(value.choice) * DAY));
    case "year":
      return instantReading(toFullMinute(yearAfter(now, zone)));
    case "exact":
      return readExact(value, { now, zone });
  }
}

function instantReading(millis: number, note?: string): ExpiryReading {
  return { kind: "instant", millis, instant: new Date(millis).toISOString(), note };
}

function toFullMinute(millis: number): number {
  return Math.ceil(millis / MINUTE) * MINUTE;
}

function readExact({ date, time }: ExpiryValue, { now, zone }: Moment): ExpiryReading {
  const wrong = (field: "date" | "time", reason: string, missing = false): ExpiryReading => ({
    kind: "wrong",
    field,
    missing,
    reason,
  });
  if (date === "") return wrong("date", "Enter the day.", true);
  if (time === "") return wrong("time", "Enter the time.", true);
  const local = parseLocal(date, time);
  if (local === undefined) return wrong("date", "This is no date and time of the years 1 to 9999.");
  const found = resolveLocal(local, zone);
  switch (found.kind) {
    case "gap": {
      const { before, after } = found;
      return wrong(
        "time",
        `This time does not exist in ${zone}: clocks go from ${clock(before)} to ${clock(after)} on that day.`,
      );
    }
    case "once":
    case "twice": {
      const { millis } = found;
      if (millis <= now) return wrong("date", "The expiry must be in the future.");
      if (found.kind === "once") return instantReading(millis);
      const [first, second] = [offsetText(millis, zone), offsetText(found.again, zone)];
      return instantReading(
        millis,
        `Clocks go back, so this time comes twice: the first one, at ${first}, is taken, not the one at ${second}.`,
      );
    }
  }
}

/** A local date and time as if it were UTC, in milliseconds; undefined when the calendar has no such day or time. */
export function parseLocal(date: string, time: string): number | undefined {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const hour = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/.exec(time);
  if (day === null || hour === null) return undefined;
  const text = `${date}T${time.slice(0, 5)}:${hour[3] ?? "00"}Z`;
  const millis = Date.parse(text);
  // 31 February would be rolled over, and 24:00 taken for the day after.
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(text.slice(0, 19))) return undefined;
  return millis;
}

export type LocalTime =
  | { kind: "once"; millis: number }
  /** The first of the two, and the other. */
  | { kind: "twice"; millis: number; again: number }
  /** No clock shows it. The local times, as if they were UTC, at which the clocks were changed. */
  | { kind: "gap"; before: number; after: number };

/** The instants at which clocks of the zone show a local time, given as if it were UTC. */
export function resolveLocal(local: number, zone: string): LocalTime {
  const offsets = new Set<number>();
  // Clocks are changed at most once in so many hours, and offsets are within 14 hours of UTC.
  for (const hours of [-30, -15, 0, 15, 30]) offsets.add(offsetAt(local + hours * HOUR, zone));
  const instants = [...offsets]
    .map((offset) => local - offset)
    .filter((instant) => instant + offsetAt(instant, zone) === local)
    .sort((a, b) => a - b);
  const [millis, again] = instants;
  if (millis === undefined) return gapAround(local, zone);
  return again === undefined ? { kind: "once", millis } : { kind: "twice", millis, again };
}

function gapAround(local: number, zone: string): LocalTime {
  let early = local - 30 * HOUR;
  let late = local + 30 * HOUR;
  const shows = (instant: number) => instant + offsetAt(instant, zone);
  // The last instant at which clocks show less, to the second.
  while (late - early > 1000) {
    const middle = Math.floor((early + late) / 2000) * 1000;
    if (shows(middle) < local) early = middle;
    else late = middle;
  }
  return { kind: "gap", before: late + offsetAt(early, zone), after: shows(late) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What is added to UTC to get the zone's local time at an instant, in milliseconds. */
export function offsetAt(millis: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(millis).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get("era") === "BC" ? 1 - part("year") : part("year");
  const date = new Date(0);
  date.setUTCFullYear(year, part("month") - 1, part("day"));
  date.setUTCHours(part("hour"), part("minute"), part("second"));
  return date.getTime() - Math.floor(millis / 1000) * 1000;
}

/** `UTC+05:30`, `UTC-03:00`, `UTC+00:00`. */
export function offsetText(millis: number, zone: string): string {
  const minutes = Math.round(offsetAt(millis, zone) / MINUTE);
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, "0");
  return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The zone in words at an instant: its name then, its place, its offset then. */
export function zoneText(millis: number, zone: string): string {
  const name = new Intl.DateTimeFormat(undefined, { timeZone: zone, timeZoneName: "long" })
    .formatToParts(millis)
    .find(({ type }) => type === "timeZoneName")?.value;
  const offset = offsetText(millis, zone);
  return name === undefined ? `${zone}, ${offset}` : `${name} (${zone}, ${offset})`;
}

/** Local day and time of an instant in words, without the zone. */
export function dayAndTime(millis: number, zone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    weekday: "short",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(millis % MINUTE === 0 ? {} : { second: "2-digit" }),
  }).format(millis);
}

/** `YYYY-MM-DD` and `HH:MM` that clocks of the zone show at an instant, as a form takes them. */
export function localFields(millis: number, zone: string): { date: string; time: string } {
  const text = new Date(millis + offsetAt(millis, zone)).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

function clock(local: number): string {
  const text = new Date(local).toISOString();
  return text.slice(17, 19) === "00" ? text.slice(11, 16) : text.slice(11, 19);
}

/** The same local day and time of the next year; 28 February after the 29th; the first that exists after a gap. */
export function yearAfter(millis: number, zone: string): number {
  const local = new Date(millis + offsetAt(millis, zone));
  const month = local.getUTCMonth();
  local.setUTCFullYear(local.getUTCFullYear() + 1);
  if (local.getUTCMonth() !== month) local.setUTCDate(0);
  const found = resolveLocal(local.getTime(), zone);
  if (found.kind !== "gap") return found.millis;
  return found.after - offsetAt(found.after - offsetAt(found.after, zone), zone);
}

export const NEVER_EXPIRES = "It works until somebody revokes it. A copy that leaks works just as long.";

/** What was chosen, for who hears it; "" where a field says what is wrong. */
export function expiryWords(reading: ExpiryReading, zone: string): string {
  switch (reading.kind) {
    case "never":
      return NEVER_EXPIRES;
    case "instant": {
      const { millis, note } = reading;
      const words = `${dayAndTime(millis, zone)}, ${zoneText(millis, zone)}`;
      return note === undefined ? words : `${words}. ${note}`;
    }
    case "wrong":
      return "";
  }
}
