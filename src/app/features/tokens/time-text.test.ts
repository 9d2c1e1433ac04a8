import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { relativeText } from "./time-text.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("relativeText", () => {
  it.each([
    [0, "just now"],
    [-44_000, "just now"],
    [MINUTE, "in a minute"],
    [-5 * MINUTE, "5 minutes ago"],
    [90 * MINUTE, "in an hour"],
    [23.9 * HOUR, "in 23 hours"],
    [DAY, "in 1 day"],
    [12 * DAY + HOUR, "in 12 days"],
    [-59 * DAY, "59 days ago"],
    [-100 * DAY, "3 months ago"],
    [800 * DAY, "in 2 years"],
  ])("says %i ms as %s", (difference, words) => {
    expect(relativeText(NOW + difference, NOW)).toBe(words);
  });
});

describe("dayText", () => {
  afterEach(() => vi.unstubAllEnvs());

  // Clocks that change at midnight, an offset that is no whole hour, a day that was left out.
  it.each(["UTC", "America/Havana", "Australia/Adelaide", "Pacific/Apia", "Europe/Berlin"])(
    "is the local day in %s, whatever was asked before",
    async (zone) => {
      vi.stubEnv("TZ", zone);
      vi.resetModules();
      const { dayText } = await import("./time-text.ts");
      const plain = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
      expect(plain.resolvedOptions().timeZone).toBe(zone);
      const instants = fc.oneof(
        fc.date({ min: new Date("1880-01-01"), max: new Date("2080-01-01"), noInvalidDate: true }),
        // Neighbours in one week, where a wrong day would be taken from its neighbour.
        fc.nat(7 * 24 * 60).map((minutes) => new Date(Date.UTC(2011, 11, 27) + minutes * MINUTE)),
        fc.nat(7 * 24 * 60).map((minutes) => new Date(Date.UTC(2026, 9, 28) + minutes * MINUTE)),
      );
      fc.assert(
        fc.property(instants, (date) => {
          expect(dayText(date.toISOString())).toBe(plain.format(date));
        }),
        { numRuns: 500 },
      );
    },
  );
});
