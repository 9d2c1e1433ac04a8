import { expect, test } from "vitest";
import { expectWithin, FIXED_WORK_QUIET, fixedWorkNow, slowness, type Try } from "./time-limits-for-tests.ts";

/** Tries that took so long on machines that were so many times slower, one after the other; the last is repeated. */
function tries(...given: { took: number[]; slow: number }[]) {
  const seen: number[] = [];
  const attempt = (number: number): Promise<Try> => {
    seen.push(number);
    const { took = [], slow = 1 } = given[Math.min(number, given.length) - 1] ?? {};
    return Promise.resolve({ took, fixedWork: [0, slow * FIXED_WORK_QUIET, 1000] });
  };
  return { seen, attempt };
}

test("a try within the limit is enough", async () => {
  const { seen, attempt } = tries({ took: [1, 50, 3], slow: 1 });
  await expectWithin(50, attempt);
  expect(seen).toEqual([1]);
});

test("what is too long in three tries is refused, and each is told", async () => {
  const { seen, attempt } = tries({ took: [51, 60], slow: 1 }, { took: [52], slow: 1 });
  await expect(expectWithin(50, attempt)).rejects.toThrow(
    /^Longer than 50 ms in each of 3 tries:\n51\.0, 60\.0 ms where 50\.0 are allowed[^]*\n52\.0 ms[^]*\n52\.0 ms/,
  );
  expect(seen).toEqual([1, 2, 3]);
});

test("one good try of three is enough", async () => {
  const { seen, attempt } = tries({ took: [500], slow: 1 }, { took: [51], slow: 1 }, { took: [50], slow: 1 });
  await expectWithin(50, attempt);
  expect(seen).toEqual([1, 2, 3]);
});

test.each([
  ["twice as fast", 0.5, 50],
  ["one and a half times as slow", 1.5, 75],
  ["three times as slow", 3, 150],
  ["ten times as slow", 10, 150],
])(
  "on a machine %s than a quiet one the limit is stretched by no more and no less",
  async (_, slow, most) => {
    await expectWithin(50, tries({ took: [most - 0.001], slow }).attempt);
    await expect(expectWithin(50, tries({ took: [most + 0.001], slow }).attempt)).rejects.toThrow(
      "Longer than",
    );
  },
);

test("without a word on the machine nothing is allowed", () => {
  expect(() => slowness({ took: [1], fixedWork: [] })).toThrow("Nothing says");
});

test("the fixed work costs something", () => {
  const times = fixedWorkNow();
  expect(times.length).toBeGreaterThan(4);
  for (const millis of times) expect(millis).toBeGreaterThan(0.2);
});
