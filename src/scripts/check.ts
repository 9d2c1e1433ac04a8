import { pathToFileURL } from "node:url";
import { auditStep } from "./audit.ts";
import { projectFaults } from "./guards.ts";
import { reportStep, runStep, type StepResult, tools } from "./run-step.ts";

function checkProject(): StepResult {
  const started = performance.now();
  const faults = projectFaults();
  return {
    name: "lock file, licences, documents",
    ok: faults.length === 0,
    seconds: (performance.now() - started) / 1000,
    output: faults.join("\n"),
  };
}

/** The quick part: types, lint, formatting and guards side by side. Reports each as it ends. */
export async function runChecks(): Promise<StepResult[]> {
  const steps = [
    runStep("types", [tools.tsc, "-b"]),
    runStep("lint", [tools.oxlint]),
    runStep("fault matrix and its page", ["--import", "tsx", "e2e/fault-matrix/run.ts", "--check"]),
    runStep("formatting", [tools.oxfmt, "--list-different"]),
    Promise.resolve().then(checkProject),
    auditStep(),
  ];
  for (const step of steps) void step.then(reportStep);
  return Promise.all(steps);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const steps = await runChecks();
  const failed = steps.filter((step) => !step.ok).length;
  console.log(`${String(steps.length - failed)} passed, ${String(failed)} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
