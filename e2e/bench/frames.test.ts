import { expect, test } from "vitest";
import { droppedFrames } from "./frames.ts";

test("a gap counts the frames that would have fitted in, and jitter counts nothing", () => {
  expect(droppedFrames([])).toBe(0);
  expect(droppedFrames([5000])).toBe(0);
  expect(droppedFrames([0, 16.7, 33.3, 50])).toBe(0);
  expect(droppedFrames([0, 20, 33.3, 57.9, 66.7])).toBe(0);
  expect(droppedFrames([0, 33.4, 50])).toBe(1);
  expect(droppedFrames([0, 16.7, 83.4, 100, 133.3])).toBe(4);
});
