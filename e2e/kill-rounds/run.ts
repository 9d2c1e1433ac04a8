import { parseArgs } from "node:util";
import { runKillRounds, tallyLine } from "./rounds.ts";
import { ENGINES } from "./store.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    engine: { type: "string" },
    seed: { type: "string", default: String(Math.trunc(Math.random() * 2 ** 31)) },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const engines = ENGINES.filter((engine) => values.engine === undefined || engine === values.engine);
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed) || engines.length === 0) {
  console.error("npm run kill-rounds -- [--rounds 50] [--engine libsql|postgres] [--seed NUMBER]");
  process.exit(2);
}
// Otherwise a server that was started here would go on without us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

console.log(`Kill rounds with seed ${String(seed)}`);
const lines: string[] = [];
let isGood = true;
for (const engine of engines) {
  const started = performance.now();
  const tally = await runKillRounds({ engine, rounds, seed, onRound: (line) => console.log(line) });
  for (const fault of tally.faults) console.log(`  ${fault}`);
  isGood &&= tally.faults.length === 0;
  lines.push(`${tallyLine(engine, tally)} (${String(Math.round((performance.now() - started) / 1000))} s)`);
}
console.log(lines.join("\n"));
process.exitCode = isGood ? 0 : 1;
