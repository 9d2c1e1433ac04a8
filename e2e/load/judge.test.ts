import { expect, test } from "vitest";
import { judgeMemory, judgeSpeed, type Measured } from "./judge.ts";

const step = (good: number, millis: number, more: Partial<Measured> = {}): Measured => ({
  good,
  seconds: 1,
  millis: Float64Array.of(millis),
  shed: 0,
  errors: new Map(),
  ...more,
});
const target = { least: 300, p99: 100 };
const isMet = (...steps: Measured[]) => judgeSpeed("changes", target, steps).isMet;

test("a speed is met by one step that is fast enough, in time and clean", () => {
  expect(isMet(step(299, 5), step(300, 99))).toBe(true);
  expect(isMet(step(299, 5))).toBe(false);
  expect(isMet(step(900, 100), step(299, 5))).toBe(false);
  expect(isMet(step(900, 5, { shed: 1 }))).toBe(false);
  expect(isMet(step(900, 5, { errors: new Map([["status 500", 1]]) }))).toBe(false);
  expect(isMet()).toBe(false);
});

test("memory is flat when its last fifth is near its second, whatever was in the first", () => {
  const flat = [50, 400, 100, 100, 100, 900, 100, 100, 109, 109];
  expect(judgeMemory(flat, 5).isMet).toBe(true);
  expect(judgeMemory([...flat.slice(0, 8), 111, 111], 5).isMet).toBe(false);
  expect(judgeMemory([100, 100], 5).isMet).toBe(false);
});
