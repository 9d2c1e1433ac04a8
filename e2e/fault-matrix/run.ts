import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format, type FormatConfig } from "oxfmt";
import { tools } from "#scripts/run-step.ts";
import { gapsIn } from "./gaps.ts";
import { cellsOf } from "./matrix.ts";
import { matrixPage, PAGE } from "./page.ts";
import { testsOf } from "./printed.ts";

/** `npm run fault-matrix`: plays every cell and prints the table. `--page` writes the documentation, `--check` compares it, and looks for gaps. */
const [mode] = process.argv.slice(2);

async function formattedPage(): Promise<string> {
  const settings = JSON.parse(readFileSync(".oxfmtrc.json", "utf8")) as FormatConfig;
  const { code, errors } = await format(PAGE, matrixPage(), settings);
  if (errors[0] !== undefined) throw new Error(errors[0].message);
  return code;
}

function node(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
}

function play(): number {
  const built = node(["--import", "tsx", "src/scripts/build.ts"]);
  if (built !== 0) return built;
  const tests = cellsOf().flatMap(testsOf);
  const files = [...new Set(tests.map(({ file }) => file))];
  const titles = [...new Set(tests.map(({ title }) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")))];
  return node([
    tools.playwright,
    "test",
    ...files,
    "--grep",
    `(${titles.join("|")})$`,
    "--reporter=list,./e2e/fault-matrix/reporter.ts",
  ]);
}

if (mode === "--page") writeFileSync(PAGE, await formattedPage());
else if (mode === "--check") {
  const faults = gapsIn(cellsOf());
  if (!existsSync(PAGE) || readFileSync(PAGE, "utf8") !== (await formattedPage())) {
    faults.push(`${PAGE} is not what the table says: npm run fault-matrix -- --page writes it anew`);
  }
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} else if (mode === undefined) process.exitCode = play();
else {
  console.log("npm run fault-matrix [-- --page | --check]");
  process.exitCode = 1;
}
