import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks } from "./check.ts";
import { ensureChromium } from "./find-chromium.ts";
import { securityChecks } from "./security-checks.ts";
import {
  failedTests,
  type NamedInPlaywright,
  type NamedInVitest,
  type NamedResult,
  playwrightResults,
  securityList,
  vitestResults,
} from "./security-list.ts";
import { reportStep, runStep, type StepResult, tools } from "./run-step.ts";
import {
  type PlaywrightReport,
  playwrightTotals,
  sum,
  type Totals,
  totalsLine,
  type VitestReport,
  vitestTotals,
} from "./test-totals.ts";

/** The breadth of the screens, too. */
const isWhole = process.argv.includes("--all");

const reports = mkdtempSync(join(tmpdir(), "tokenward-test-"));
const totals: Totals[] = [];
const results: NamedResult[] = [];
const failedSteps: string[] = [];

function countStep(step: StepResult): void {
  totals.push({ passed: step.ok ? 1 : 0, failed: step.ok ? 0 : 1, skipped: 0 });
  nameFailure(step);
}

/** Also where its report counts what failed: a run that ends without one names no test. */
function nameFailure(step: StepResult): void {
  if (!step.ok) failedSteps.push(step.name);
}

/** undefined when the run ended before it could write one. */
function readReport(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function script(name: string): string[] {
  return ["--import", "tsx", `src/scripts/${name}.ts`];
}

async function runUnitTests(): Promise<void> {
  const file = join(reports, "vitest.json");
  const step = await runStep(
    "unit and server tests",
    [
      tools.vitest,
      "run",
      "--reporter=dot",
      "--reporter=./src/scripts/conformance-reporter.ts",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    // Real gateways, databases and clients: from two to ten minutes, as slow as the machine is.
    { live: true, minutes: 30 },
  );
  const report = readReport(file) as (VitestReport & NamedInVitest) | undefined;
  totals.push(vitestTotals(report, step.ok));
  results.push(...vitestResults(report));
  reportStep(step);
  nameFailure(step);
}

async function runEndToEndTests(): Promise<void> {
  const file = join(reports, "playwright.json");
  const browser = findBrowser();
  if (!browser.ok) {
    reportStep(browser);
    countStep(browser);
    return;
  }
  const step = await runStep(
    "end-to-end tests",
    [
      tools.playwright,
      "test",
      ...(isWhole ? [] : ["--project=timed", "--project=first"]),
      "--reporter=dot,json,./e2e/fault-matrix/reporter.ts",
    ],
    {
      // All 363 in real browsers took 662 s on two cores that others used, too.
      minutes: 45,
      live: true,
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file, TOKENWARD_CHROMIUM: browser.output },
    },
  );
  const report = readReport(file) as (PlaywrightReport & NamedInPlaywright) | undefined;
  totals.push(playwrightTotals(report, step.ok));
  results.push(...playwrightResults(report));
  reportStep(step);
  nameFailure(step);
}

/** Its output is the browser's path, or what to do. */
function findBrowser(): StepResult {
  const started = performance.now();
  const result = (ok: boolean, output: string) => ({
    name: "a browser for the end-to-end tests",
    ok,
    seconds: (performance.now() - started) / 1000,
    output,
  });
  try {
    return result(true, ensureChromium());
  } catch (error) {
    return result(false, error instanceof Error ? error.message : String(error));
  }
}

// A failed step does not hide what the later ones would say; only what needs the build waits for it to be good.
const [checks, build] = await Promise.all([runChecks(), runStep("build", script("build"))]);
reportStep(build);
for (const step of [...checks, build]) countStep(step);

if (build.ok) {
  const budget = await runStep("bundle budget", script("bundle-budget"));
  reportStep(budget);
  countStep(budget);
}
await runUnitTests();
if (build.ok) await runEndToEndTests();
else {
  failedSteps.push("end-to-end tests: without a build there is nothing to test");
  totals.push({ passed: 0, failed: 1, skipped: 0 });
}

const security = securityList(securityChecks, results);
console.log(`\n${security.text}\n`);
totals.push({ passed: security.faults.length === 0 ? 1 : 0, failed: security.faults.length, skipped: 0 });

rmSync(reports, { recursive: true, force: true });
const all = sum(totals);
process.exitCode = all.failed === 0 ? 0 : 1;
// The end is what is read first, and of a long output often all that is kept.
for (const name of [...failedSteps, ...failedTests(results)]) console.log(`FAILED ${name}`);
if (!isWhole) console.log("Without the breadth of the screens: npm run test:all has it.");
console.log(totalsLine(all));
