import { expect, test } from "vitest";
import { appNames } from "./app.ts";
import { judge, type Verdict } from "./limits.ts";
import { failures, markdownTable, putBetweenMarkers, quantile } from "./report.ts";
import type { Metric, Samples } from "./samples.ts";
import { Expected, makeTokens } from "./tokens.ts";

test("quantiles are by nearest rank, whatever the order", () => {
  expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
  expect(quantile([], 0.5)).toBeNaN();
});

test("the table gives median and p95 of everything, and sets the first application against the others", () => {
  const samples: Samples[] = [
    { app: "A", size: 1000, metric: "keystroke", values: [10, 20, 30] },
    { app: "B", size: 1000, metric: "keystroke", values: [40, 40, 40] },
    { app: "A", size: 1000, metric: "heap", values: [9.25, 8, 12] },
  ];
  expect(markdownTable(["A", "B"], samples, []).split("\n")).toEqual([
    "| median / p95 | rows | A | B | ratio to B | at most | |",
    "|---|---:|---:|---:|---:|---|---|",
    "| keystroke to painted result | 1,000 | 20 / 30 ms | 40 / 40 ms | 0.50 |  |  |",
    "| JS heap after collection | 1,000 | 9.3 / 12 MB | – / – MB | – |  |  |",
  ]);
});

/** Samples of Tokenward and of the page without a framework, and of plain TanStack Table where it is given. */
function samplesOf(
  metric: Metric,
  size: number,
  own: number[],
  byHand: number[],
  tanstack: number[] = [],
): Samples[] {
  return [
    { app: appNames.tokenward, size, metric, values: own },
    { app: appNames.byHand, size, metric, values: byHand },
    { app: appNames.tanstack, size, metric, values: tanstack },
  ];
}

const judged = (verdicts: readonly Verdict[], metric: Metric) =>
  verdicts
    .filter(({ limit }) => limit.metric === metric)
    .map(({ limit: { share, times }, isWorse }) => ({ share, times, isWorse }));

test("a ratio to the page without a framework may be 15 % over what is asked for, and no more", () => {
  // Asked for: 14 ms against 10, and 20 against 15 at the 95th percentile.
  const just = judge(samplesOf("keystroke", 100_000, [16, 16, 22.9], [10, 10, 15]));
  expect(judged(just, "keystroke")).toEqual([
    { share: 0.5, times: appNames.byHand, isWorse: false },
    { share: 0.95, times: appNames.byHand, isWorse: false },
  ]);
  const slower = judge(samplesOf("keystroke", 100_000, [16.2, 16.2, 22.9], [10, 10, 15]));
  expect(judged(slower, "keystroke").map(({ isWorse }) => isWorse)).toEqual([true, false]);
  const ragged = judge(samplesOf("keystroke", 100_000, [16, 16, 23.1], [10, 10, 15]));
  expect(judged(ragged, "keystroke").map(({ isWorse }) => isWorse)).toEqual([false, true]);
});

test("limits belong to their size, and the first row has one against each peer", () => {
  const verdicts = judge([
    ...samplesOf("firstRow", 1000, [111], [100], [100]),
    ...samplesOf("firstRow", 10_000, [156], [100], [100]),
    ...samplesOf("firstRow", 100_000, [254], [100], [100]),
    ...samplesOf("sortCreated", 10_000, [900], [100]),
  ]);
  expect(verdicts.filter(({ isWorse }) => isWorse).map(({ limit, size }) => [size, limit.times])).toEqual([
    [1000, appNames.tanstack],
    [100_000, appNames.byHand],
  ]);
  expect(judged(verdicts, "sortCreated").filter(({ isWorse }) => isWorse)).toEqual([]);
});

test("frames, typed arrays and bytes have limits of their own, at every size but for the arrays", () => {
  const worse = (metric: Metric, size: number, own: number) =>
    judge(samplesOf(metric, size, [own], [own])).some(({ isWorse }) => isWorse);
  expect(worse("dropped", 10_000, 0)).toBe(false);
  expect(worse("dropped", 10_000, 1)).toBe(true);
  expect(worse("buffers", 100_000, 10)).toBe(false);
  expect(worse("buffers", 100_000, 10.1)).toBe(true);
  expect(worse("bytes", 1000, 120)).toBe(false);
  expect(worse("bytes", 1000, 120.1)).toBe(true);
});

test("what is worse is marked in the table and said in a sentence; what was not measured is not judged", () => {
  const apps = [appNames.tokenward, appNames.byHand];
  const samples = [
    ...samplesOf("keystroke", 1000, [10, 10, 24], [8, 8, 12]),
    ...samplesOf("bytes", 1000, [132], [3]),
    ...samplesOf("dropped", 1000, [0], [0]),
    ...samplesOf("firstRow", 1000, [80], [78]),
  ];
  const verdicts = judge(samples);
  expect(
    markdownTable(apps, samples, verdicts)
      .split("\n")
      .slice(2)
      .map((line) => line.split(" | ").slice(2)),
  ).toEqual([
    [
      "80 / 80 ms",
      "78 / 78 ms",
      "1.03",
      "median 1.62 × page without a framework, median 1.10 × plain TanStack Table",
      "not measured |",
    ],
    [
      "10 / 24 ms",
      "8 / 12 ms",
      "1.25 / 2.00",
      "median 1.58 × page without a framework, p95 1.53 × page without a framework",
      "**worse: p95 2.00** |",
    ],
    ["0 / 0", "0 / 0", "–", "0", "ok |"],
    ["132 / 132 kB", "3 / 3 kB", "44.00", "120 kB", "**worse: median 132 kB** |"],
  ]);
  expect(failures(verdicts)).toEqual([
    "keystroke to painted result, 1,000 tokens, p95: 2.00 times the page without a framework, at most 1.53",
    "HTML, JS and CSS of the first load, as sent, 1,000 tokens, median: 132 kB, at most 120 kB",
  ]);
});

test("the report goes between the markers and leaves the rest alone", () => {
  const readme = "a\n<!-- bench:start -->\nold\n<!-- bench:end -->\nz";
  expect(putBetweenMarkers(readme, "new")).toBe("a\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\nz");
  expect(() => putBetweenMarkers("none", "new")).toThrow("markers");
});

test("the same seed makes the same tokens, without a doubled id or instant", () => {
  const tokens = makeTokens(2000);
  expect(makeTokens(2000)).toEqual(tokens);
  expect(new Set(tokens.map(({ id }) => id)).size).toBe(2000);
  expect(new Set(tokens.map(({ createdAt }) => createdAt)).size).toBe(2000);
});

test("the expected list holds active tokens by id and forgets a revoked one", () => {
  const tokens = makeTokens(500);
  const expected = new Expected(tokens);
  const before = expected.all().count;
  expect(before).toBeLessThan(500);
  expect(expected.search("telegraf oslo").count).toBeGreaterThan(0);
  expect(expected.search(expected.last().id)).toEqual({ count: 1, first: expected.last().description });
  expected.remove(expected.first());
  expect(expected.all().count).toBe(before - 1);
});

test("the first by description is the smallest number of its kind, by either way to order symbols", () => {
  const at = (description: string) => ({ ...makeTokens(1)[0]!, description, revokedAt: undefined });
  const tokens = ["Sensor 10", "sensor 9", "🌡️ 10", "🌡️ 9", "Überlauf 1"].map(at);
  expect(new Expected(tokens).firstByDescription()).toEqual(["🌡️ 9", "sensor 9"]);
});
