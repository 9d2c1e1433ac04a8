import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { tools } from "#scripts/run-step.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.trunc(Math.random() * 2 ** 31)) },
    engine: { type: "string" },
    length: { type: "string", default: "30" },
    path: { type: "string" },
    replay: { type: "string" },
  },
});
const { engine, path, replay } = values;
const [minutes, seed, length] = [Number(values.minutes), Number(values.seed), Number(values.length)];
const isGood =
  minutes > 0 &&
  Number.isSafeInteger(seed) &&
  Number.isSafeInteger(length) &&
  length > 0 &&
  [undefined, "libsql", "postgres"].includes(engine);
if (!isGood) {
  console.error(
    "npm run soak -- [--minutes 10] [--seed NUMBER] [--engine libsql|postgres] [--length 30] [--path P --replay R]",
  );
  process.exit(2);
}

// The time is for all engines together.
const each = engine === undefined ? minutes / 2 : minutes;
console.log(
  path === undefined
    ? `Stories for ${String(minutes)} min with seed ${String(seed)}, of up to ${String(length)} steps`
    : `The story at ${path} of seed ${String(seed)}`,
);
// The worlds that stories happen in are made by what tests make theirs with, which runs in Vitest alone.
const { status } = spawnSync(
  process.execPath,
  [tools.vitest, "run", "e2e/soak/soak.test.ts", "--reporter=dot", "--disable-console-intercept"],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      TOKENWARD_SOAK: JSON.stringify({ minutes: each, seed, length, engine, path, replay }),
    },
  },
);
process.exitCode = status ?? 1;
