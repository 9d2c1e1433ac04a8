import { expect, test } from "vitest";
import { isBuilt } from "#scripts/build.ts";
import { runKillRounds } from "./rounds.ts";

/** Needs no build; but from source each of the six starts takes three times as long. */
const source = ["--import", "tsx", "src/server/main.ts"];

/** Fifty of them, and as many with PostgreSQL, are a command of their own. */
test("five times the gateway is killed in the middle of changes, and nothing that it answered is lost", async () => {
  const program = (await isBuilt()) ? {} : { program: source };
  const tally = await runKillRounds({ engine: "libsql", rounds: 5, seed: 20_301, ...program });
  expect(tally.faults).toEqual([]);
  expect(tally.rounds).toBe(5);
  // Otherwise nothing was at stake.
  expect(tally.acknowledged).toBeGreaterThan(20);
  expect(tally.cutOff).toBeGreaterThan(5);
}, 300_000);
