import { expect, it } from "vitest";
import { numberText } from "./number-text.ts";

it.each([0, 7, 999, 1_000, 12_345, 100_000, 1_234_567])("writes %i as English does", (value) => {
  expect(numberText(value)).toBe(new Intl.NumberFormat("en").format(value));
});
