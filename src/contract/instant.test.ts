import { expect, test } from "vitest";
import { isInstant } from "./instant.ts";

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
