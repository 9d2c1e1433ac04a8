import { expect, it } from "vitest";
import { isCount } from "./typed-count.ts";

it.each([
  ["12", 12, true],
  [" 12 ", 12, true],
  ["1,214", 1214, true],
  ["1 214", 1214, true],
  ["1.214", 1214, true],
  ["1", 12, false],
  ["012", 12, false],
  ["12 tokens", 12, false],
  ["twelve", 12, false],
  ["", 0, false],
])("%j for %i: %s", (text, count, is) => {
  expect(isCount(text, count)).toBe(is);
});
