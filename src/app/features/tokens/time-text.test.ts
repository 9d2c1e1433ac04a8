import { describe, expect, it } from "vitest";
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
