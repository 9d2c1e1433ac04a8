import { expect, test } from "vitest";
import { mapInTurns } from "./map-in-turns.ts";

test("makes of each row what map makes of it, in their order", async () => {
  for (const length of [0, 1, 4999, 5000, 5001, 12_000]) {
    const rows = Array.from({ length }, (_, at) => at);
    expect(await mapInTurns(rows, String)).toEqual(rows.map(String));
  }
});

test("lets others have their turn in the middle of a long list", async () => {
  let made = 0;
  const seen: number[] = [];
  const look = setInterval(() => seen.push(made), 0);
  await mapInTurns(Array.from({ length: 40_000 }), () => {
    // Long enough for the timer to be due at the next turn.
    if (++made % 5000 === 0) for (const end = performance.now() + 5; performance.now() < end;);
  });
  clearInterval(look);
  expect(seen.filter((count) => count > 0 && count < 40_000).length).toBeGreaterThan(3);
});
