import { expect, test } from "vitest";
import { markdownTable, putBetweenMarkers, quantile } from "./report.ts";
import { Expected, makeTokens } from "./tokens.ts";

test("quantiles are by nearest rank, whatever the order", () => {
  expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
  expect(quantile([], 0.5)).toBeNaN();
});

test("the table gives median and p95 of everything, and sets the first application against the others", () => {
  const samples = [
    { app: "A", size: 1000, metric: "keystroke", values: [10, 20, 30] },
    { app: "B", size: 1000, metric: "keystroke", values: [40, 40, 40] },
    { app: "A", size: 1000, metric: "heap", values: [9, 8, 12] },
  ];
  expect(markdownTable(samples).split("\n").slice(2)).toEqual([
    "| keystroke to painted result | 1,000 | 20 / 30 ms | 40 / 40 ms | 0.50 |",
    "| JS heap after collection | 1,000 | 9.0 / 12 MB | – / – MB | – |",
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
  expected.remove(expected.first());
  expect(expected.all().count).toBe(before - 1);
});
