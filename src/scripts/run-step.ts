import { spawn } from "node:child_process";

export interface StepResult {
  name: string;
  ok: boolean;
  seconds: number;
  /** What it said on both streams, in order; empty for a step whose output went straight to the terminal. */
  output: string;
  /** What must be read although it did not fail. */
  remark?: string;
}

export interface StepOptions {
  env?: Record<string, string>;
  /** Show the output as it comes instead of keeping it. */
  live?: boolean;
  minutes?: number;
}

/** Runs one command of Node's from the project's folder. Never throws: a step that cannot start is a failed step. */
export function runStep(
  name: string,
  args: readonly string[],
  options: StepOptions = {},
): Promise<StepResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    let output = "";
    const end = (ok: boolean) => {
      resolve({ name, ok, seconds: (performance.now() - started) / 1000, output });
    };
    const child = spawn(process.execPath, args, {
      stdio: options.live === true ? "inherit" : ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
      timeout: (options.minutes ?? 10) * 60_000,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", (error) => {
      output += error.message;
      end(false);
    });
    child.on("close", (code, signal) => {
      if (signal !== null) output += `\nstopped by ${signal}`;
      end(code === 0);
    });
  });
}

/** The script behind a package's command, so that no shell and no npx stands between us and its exit code. */
export const tools = {
  tsc: "node_modules/typescript/bin/tsc",
  oxlint: "node_modules/oxlint/bin/oxlint",
  oxfmt: "node_modules/oxfmt/bin/oxfmt",
  vitest: "node_modules/vitest/vitest.mjs",
  playwright: "node_modules/@playwright/test/cli.js",
} as const;

export function reportStep(step: StepResult): void {
  console.log(`${step.ok ? "ok    " : "FAILED"} ${step.name} (${step.seconds.toFixed(1)} s)`);
  if (step.remark !== undefined) console.log(`       ${step.remark.trim().replaceAll("\n", "\n       ")}`);
  if (!step.ok && step.output.trim() !== "") console.log(`${step.output.trim()}\n`);
}
