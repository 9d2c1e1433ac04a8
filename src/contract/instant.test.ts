import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isInstant, plainMillis, plainText, toMillis } from "./instant.ts";

test("an instant is a date and time that exists, with a zone", () => {
  for (const text of [
    "2030-01-31T00:00:00Z",
    "2030-01-31t23:59:59.123456789z",
    "2028-02-29T12:00:00+23:59",
    "2030-01-31T12:00:00-05:30",
  ]) {
    expect(isInstant(text), text).toBe(true);
  }
  for (const text of [
    "2030-01-31T24:00:00Z",
    "2030-01-31T25:00:00Z",
    "2030-01-31T23:60:00Z",
    "2030-01-31T23:59:60Z",
    "2030-01-31T12:00:00+24:00",
    "2030-01-31T12:00:00+05:60",
    "2030-02-29T12:00:00Z",
    "2030-13-01T12:00:00Z",
    "2030-01-00T12:00:00Z",
    "2030-01-31T12:00:00",
    "2030-01-31 12:00:00Z",
    "2030-01-31",
  ]) {
    expect(isInstant(text), text).toBe(false);
  }
});

const number = (length: number, max = 10 ** length - 1) =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(length, "0"));

test("the quick way says what the language's own says", () => {
  const parts = fc.tuple(
    number(4),
    number(2, 13),
    number(2, 32),
    number(2, 25),
    number(2, 61),
    number(2, 61),
    fc.oneof(
      fc.constant(""),
      number(3).map((text) => `.${text}`),
    ),
  );
  const dates = fc.date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        parts.map(([y, mo, d, h, mi, s, f]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}Z`),
        dates.map((date) => date.toISOString()),
      ),
      (text) => {
        const millis = Date.parse(text);
        // Date.parse rolls over what does not exist, and prints it differently then.
        const exists = !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text.slice(0, 19));
        expect(isInstant(text)).toBe(exists);
        if (exists) expect(toMillis(text)).toBe(millis);
      },
    ),
    { numRuns: 5000 },
  );
});

test("a character that is no digit is no instant", () => {
  const good = "2030-01-31T12:34:56.789Z";
  for (let at = 0; at < good.length; at++) {
    for (const odd of ["x", " ", "/", ":", "-", "٣"]) {
      if (good[at] === odd) continue;
      const text = good.slice(0, at) + odd + good.slice(at + 1);
      expect(isInstant(text), text).toBe(false);
    }
  }
});

const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

describe("plainMillis", () => {
  it("reads what plainText writes, as Date.parse does", () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), fc.boolean(), (millis, fraction) => {
        const written = plainText(millis, fraction);
        expect(plainMillis(written)).toBe(Date.parse(written));
        expect(plainMillis(written)).toBe(fraction ? millis : Math.floor(millis / 1000) * 1000);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    "1970-01-01T00:00:00Z",
    "2000-02-29T12:34:56.789Z",
    "2024-12-31T23:59:59Z",
    "0000-03-01T00:00:00.000Z",
  ])("reads %s", (text) => {
    expect(plainMillis(text)).toBe(Date.parse(text));
  });

  it.each([
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01t00:00:00Z",
    "2026-01-01T00:00:00z",
    "2026-01-01T00:00:00.12Z",
    "2026-01-01T00:00:00,123Z",
    "2026-01-01T00:00:00.1a3Z",
    "2026-01-01T00:00:00+00:00",
    "20a6-01-01T00:00:00Z",
    "2026-01-01 00:00:00Z",
    "",
  ])("leaves %j to others", (text) => {
    expect(plainMillis(text)).toBeNaN();
  });

  it("leaves to others what it would not write the same way", () => {
    const changed = fc
      .tuple(fc.integer({ min: FIRST, max: LAST }), fc.nat(23), fc.stringMatching(/^[0-9 \-:.TZaz]$/))
      .map(([millis, at, sign]) => {
        const written = plainText(millis, true);
        return written.slice(0, at) + sign + written.slice(at + 1);
      });
    fc.assert(
      fc.property(changed, (text) => {
        const millis = plainMillis(text);
        if (!Number.isNaN(millis)) expect(plainText(millis, true)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
