import { afterEach, expect, test, vi } from "vitest";
import { measureLoopLag } from "./loop-lag.ts";

afterEach(() => void vi.useRealTimers());

test("one long turn is no lag; three in a row are, by the shortest of them, and the first punctual one ends it", () => {
  vi.useFakeTimers();
  let now = 0;
  const { lag, stop } = measureLoopLag(() => now);
  const turn = (late: number) => {
    now += 100 + late;
    vi.advanceTimersByTime(100);
    return lag();
  };
  expect(lag()).toBe(0);
  // The process has just begun, or its machine stood still.
  expect([turn(9000), turn(0), turn(0)]).toEqual([0, 0, 0]);
  expect([turn(1500), turn(1200), turn(2000), turn(1800)]).toEqual([0, 0, 1200, 1200]);
  expect(turn(0)).toBe(0);
  stop();
});
