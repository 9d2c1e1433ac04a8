import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dayAndTime,
  expiryWords,
  localFields,
  localZone,
  offsetAt,
  offsetText,
  parseLocal,
  readExpiry,
  resolveLocal,
  yearAfter,
  zoneText,
  type ExpiryChoice,
  type ExpiryValue,
} from "./expiry.ts";

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/St_Johns",
  "UTC",
] as const;
const zone = fc.constantFrom(...zones);
/** Whole minutes of the years 2000 to 2050. */
const minutes = fc
  .integer({ min: Date.parse("2000-01-01T00:00Z") / 60_000, max: Date.parse("2050-01-01T00:00Z") / 60_000 })
  .map((minute) => minute * 60_000);
/** The same, within two days of a change of clocks in 2027. */
const nearChange = fc
  .tuple(
    fc.constantFrom("2027-03-14", "2027-03-28", "2027-04-04", "2027-10-03", "2027-10-31", "2027-11-07"),
    fc.integer({ min: -2880, max: 2880 }),
  )
  .map(([day, minute]) => Date.parse(`${day}T00:00Z`) + minute * 60_000);
const instant = fc.oneof(minutes, nearChange);

const at = (text: string) => Date.parse(text);
const local = (text: string) => {
  const millis = parseLocal(text.slice(0, 10), text.slice(11));
  if (millis === undefined) throw new Error(`${text} is no local time`);
  return millis;
};
const exact = (text: string): ExpiryValue => ({
  choice: "exact",
  date: text.slice(0, 10),
  time: text.slice(11),
});
const now = at("2026-11-22T09:30:20.500Z");

describe("resolveLocal", () => {
  it("finds every instant again by what its clocks show, the first when they show it twice", () => {
    fc.assert(
      fc.property(instant, zone, (millis, name) => {
        const shown = millis + offsetAt(millis, name);
        const found = resolveLocal(shown, name);
        if (found.kind === "gap") throw new Error("a time that clocks show was taken for a gap");
        const all = found.kind === "twice" ? [found.millis, found.again] : [found.millis];
        expect(all).toContain(millis);
        for (const one of all) expect(one + offsetAt(one, name)).toBe(shown);
        if (found.kind === "twice") expect(found.millis).toBeLessThan(found.again);
      }),
      { numRuns: 400 },
    );
  });

  it("says a gap only of what no clock shows, and between which times it lies", () => {
    fc.assert(
      fc.property(nearChange, zone, (shown, name) => {
        const found = resolveLocal(shown, name);
        if (found.kind !== "gap") return;
        expect(found.before).toBeLessThanOrEqual(shown);
        expect(found.after).toBeGreaterThan(shown);
        for (let minute = -26 * 60; minute <= 26 * 60; minute++) {
          const candidate = shown + minute * 60_000;
          expect(candidate + offsetAt(candidate, name)).not.toBe(shown);
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["Europe/Berlin", "2027-03-28T02:30", "2027-03-28T02:00", "2027-03-28T03:00"],
    ["America/New_York", "2027-03-14T02:00", "2027-03-14T02:00", "2027-03-14T03:00"],
    // Half an hour only.
    ["Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:00", "2027-10-03T02:30"],
    // A whole day, when Samoa went to the other side of the date line.
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T00:00", "2011-12-31T00:00"],
  ])("has a gap in %s at %s", (name, text, before, after) => {
    expect(resolveLocal(local(text), name)).toEqual({
      kind: "gap",
      before: local(before),
      after: local(after),
    });
  });

  it.each([
    ["Europe/Berlin", "2027-03-28T03:00", "2027-03-28T01:00Z"],
    ["Australia/Lord_Howe", "2027-10-03T02:30", "2027-10-02T15:30Z"],
    ["UTC", "2027-03-28T02:30", "2027-03-28T02:30Z"],
  ])("goes on in %s at %s", (name, text, instantText) => {
    expect(resolveLocal(local(text), name)).toEqual({ kind: "once", millis: at(instantText) });
  });

  it.each([
    ["Europe/Berlin", "2027-10-31T02:30", "2027-10-31T00:30Z", "2027-10-31T01:30Z"],
    ["America/New_York", "2027-11-07T01:00", "2027-11-07T05:00Z", "2027-11-07T06:00Z"],
    ["Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45Z", "2027-04-03T15:15Z"],
  ])("comes twice in %s at %s", (name, text, first, second) => {
    expect(resolveLocal(local(text), name)).toEqual({ kind: "twice", millis: at(first), again: at(second) });
  });
});

describe("parseLocal", () => {
  it.each([
    "2027-02-29",
    "2027-13-01",
    "2027-00-10",
    "27-01-01",
    "12027-01-01",
    "2027-1-1",
    "2027-01-01x",
    "x2027-01-01",
  ])("knows no day %s", (day) => expect(parseLocal(day, "12:00")).toBeUndefined());
  it.each(["24:00", "12:60", "1:00", "noon"])("knows no time %s", (time) =>
    expect(parseLocal("2027-01-01", time)).toBeUndefined(),
  );
  it("reads seconds where they are given, and leap days", () => {
    expect(parseLocal("2028-02-29", "23:59")).toBe(at("2028-02-29T23:59Z"));
    expect(parseLocal("2027-01-01", "12:00:07")).toBe(at("2027-01-01T12:00:07Z"));
  });
});

describe("readExpiry", () => {
  const read = (value: ExpiryValue, name = "Europe/Berlin") => readExpiry(value, { now, zone: name });
  const preset = (choice: ExpiryChoice): ExpiryValue => ({ choice, date: "", time: "" });

  it("sends nothing for never", () => {
    expect(read(preset("never"))).toEqual({ kind: "never" });
  });

  it.each([
    ["7", "2026-11-29T09:31:00.000Z"],
    ["30", "2026-12-22T09:31:00.000Z"],
    ["90", "2027-02-20T09:31:00.000Z"],
    ["year", "2027-11-22T09:31:00.000Z"],
  ] as const)("counts %s from now, to the next full minute", (choice, expected) => {
    expect(read(preset(choice))).toEqual({
      kind: "instant",
      millis: at(expected),
      instant: expected,
      note: undefined,
    });
  });

  it("sends the instant of a local time", () => {
    expect(read(exact("2027-07-01T12:00"))).toMatchObject({ instant: "2027-07-01T10:00:00.000Z" });
    expect(read(exact("2027-01-01T12:00"))).toMatchObject({ instant: "2027-01-01T11:00:00.000Z" });
  });

  it("gives back the instant whose fields were entered", () => {
    fc.assert(
      fc.property(
        instant.filter((millis) => millis > now),
        zone,
        (millis, name) => {
          const reading = read({ choice: "exact", ...localFields(millis, name) }, name);
          if (reading.kind !== "instant") throw new Error(`refused: ${JSON.stringify(reading)}`);
          expect(Date.parse(reading.instant)).toBe(reading.millis);
          expect(localFields(reading.millis, name)).toEqual(localFields(millis, name));
          if (reading.note === undefined) expect(reading.millis).toBe(millis);
          else expect(reading.millis).toBeLessThanOrEqual(millis);
        },
      ),
    );
  });

  it("refuses a time that does not exist, with the reason", () => {
    expect(read(exact("2027-03-28T02:30"))).toEqual({
      kind: "wrong",
      field: "time",
      missing: false,
      reason: "This time does not exist in Europe/Berlin: clocks go from 02:00 to 03:00 on that day.",
    });
  });

  it("takes the first of two, and says so with both offsets", () => {
    expect(read(exact("2027-10-31T02:30"))).toEqual({
      kind: "instant",
      millis: at("2027-10-31T00:30Z"),
      instant: "2027-10-31T00:30:00.000Z",
      note: "Clocks go back, so this time comes twice: the first one, at UTC+02:00, is taken, not the one at UTC+01:00.",
    });
  });

  it("must be in the future by the clock it is given", () => {
    const past = { kind: "wrong", field: "date", reason: "The expiry must be in the future." };
    expect(read(exact("2026-11-22T10:30"))).toMatchObject(past);
    expect(read(exact("2026-11-22T10:30:20"))).toMatchObject(past);
    expect(read(exact("2026-11-22T10:30:21"))).toMatchObject({ instant: "2026-11-22T09:30:21.000Z" });
    expect(
      readExpiry(exact("2027-01-01T00:00"), { now: at("2027-01-01T00:00Z"), zone: "UTC" }),
    ).toMatchObject(past);
  });

  it("says what is missing", () => {
    expect(read({ choice: "exact", date: "", time: "12:00" })).toMatchObject({
      field: "date",
      missing: true,
    });
    expect(read({ choice: "exact", date: "2027-01-01", time: "" })).toMatchObject({
      field: "time",
      missing: true,
    });
    expect(read(exact("2027-02-30T12:00"))).toMatchObject({ kind: "wrong", field: "date", missing: false });
  });
});

describe("yearAfter", () => {
  it.each([
    ["2027-11-22T09:30Z", "2028-11-22T09:30Z", "UTC"],
    // A leap year between makes it 366 days.
    ["2027-06-01T00:00Z", "2028-06-01T00:00Z", "UTC"],
    ["2028-02-29T12:00Z", "2029-02-28T12:00Z", "UTC"],
    // The last hour of February in Berlin is still the leap day there.
    ["2028-02-29T22:30Z", "2029-02-28T22:30Z", "Europe/Berlin"],
    // Summer time begins on another day: 02:30 was there, and is not a year later.
    ["2027-03-26T01:30Z", "2028-03-26T01:00Z", "Europe/Berlin"],
    ["2026-10-02T15:45Z", "2027-10-02T15:30Z", "Australia/Lord_Howe"],
  ])("of %s is %s in %s", (from, to, name) => {
    expect(new Date(yearAfter(at(from), name)).toISOString()).toBe(new Date(at(to)).toISOString());
  });

  it("is the same day and time of the next year, but where the calendar or the clocks leave it out", () => {
    fc.assert(
      fc.property(instant, zone, (millis, name) => {
        const before = localFields(millis, name);
        const after = localFields(yearAfter(millis, name), name);
        expect(Number(after.date.slice(0, 4))).toBe(Number(before.date.slice(0, 4)) + 1);
        const wanted = `${after.date.slice(0, 4)}${before.date.slice(4)}`;
        const there = parseLocal(wanted, before.time);
        if (there === undefined) expect(after.date.slice(5)).toBe("02-28");
        else if (resolveLocal(there, name).kind !== "gap")
          expect(after).toEqual({ date: wanted, time: before.time });
      }),
    );
  });
});

describe("words", () => {
  it("writes day and time in the zone, and seconds only where there are some", () => {
    const words = (text: string) => dayAndTime(at(text), "Asia/Kathmandu").replaceAll("\u202f", " ");
    const minute = words("2027-07-01T00:05:00Z");
    for (const part of [/Thu/, /July/, /2027/, /\b0?1\b/, /05:50(?!:)/]) expect(minute).toMatch(part);
    expect(words("2027-07-01T00:05:07Z")).toMatch(/05:50:07/);
  });
  it("knows a zone to begin with", () => {
    expect(offsetText(now, localZone())).toMatch(/^UTC[+-]\d\d:\d\d$/);
    expect(localZone()).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  });
  it("says what to enter", () => {
    const reasonOf = (date: string, time: string) => {
      const reading = readExpiry({ choice: "exact", date, time }, { now, zone: "UTC" });
      return reading.kind === "wrong" ? reading.reason : undefined;
    };
    expect(reasonOf("", "12:00")).toBe("Enter the day.");
    expect(reasonOf("2027-01-01", "")).toBe("Enter the time.");
    expect(reasonOf("2027-02-30", "12:00")).toBe("This is no date and time of the years 1 to 9999.");
    expect(reasonOf("2027-01-01", "12:00")).toBeUndefined();
  });
  it("writes offsets of either side, with their minutes", () => {
    const millis = at("2027-01-01T00:00Z");
    expect(offsetText(millis, "UTC")).toBe("UTC+00:00");
    expect(offsetText(millis, "Asia/Kathmandu")).toBe("UTC+05:45");
    expect(offsetText(millis, "America/St_Johns")).toBe("UTC-03:30");
  });
  it("names the zone as it is at that instant", () => {
    expect(zoneText(at("2027-07-01T00:00Z"), "Europe/Berlin")).toMatch(
      /Summer.* \(Europe\/Berlin, UTC\+02:00\)$/,
    );
    expect(zoneText(at("2027-01-01T00:00Z"), "Europe/Berlin")).toMatch(
      /Standard.* \(Europe\/Berlin, UTC\+01:00\)$/,
    );
  });
});

describe("expiryWords", () => {
  const zone = "Europe/Berlin";
  it("says what was chosen, once and with what there is to know of it", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const said = (date: string, time: string) =>
      expiryWords(readExpiry({ choice: "exact", date, time }, { now, zone }), zone);
    expect(said("2026-10-25", "02:30")).toMatch(/UTC\+02:00\).*Clocks go back/);
    expect(said("2026-07-01", "12:00")).toMatch(/Europe\/Berlin, UTC\+02:00\)$/);
    expect(said("2026-03-29", "02:30")).toBe("");
    expect(expiryWords({ kind: "never" }, zone)).toContain("until somebody revokes it");
  });
});
