import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { LockFile } from "./guards.ts";
import type { StepResult } from "./run-step.ts";

/** `npm audit --json`, as far as it is read. https://docs.npmjs.com/cli/v11/commands/npm-audit */
const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.enum(["info", "low", "moderate", "high", "critical"]),
      nodes: z.array(z.string()),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
});
/** What npm says instead when the registry did not answer as one that knows about advisories. */
const refusalSchema = z.object({ message: z.string() });

/** Where no audit can be had, that must not pass for one without findings. */
const NOT_DONE =
  "NO AUDIT WAS MADE: nobody knows whether a dependency has a known hole. Run npm audit where the registry answers it.";
const MINUTES = 1;

export type AuditVerdict =
  | { state: "clean" }
  | { state: "found"; findings: string[] }
  | { state: "not done"; why: string };

/**
 * What counts: anything at all in what runs in production, high and critical ones in what only builds and tests.
 * `output` is what `npm audit --json` printed on stdout.
 */
export function judgeAudit(output: string, lock: LockFile): AuditVerdict {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    return { state: "not done", why: "npm audit printed no report." };
  }
  const report = reportSchema.safeParse(json);
  if (!report.success) {
    const refusal = refusalSchema.safeParse(json);
    return {
      state: "not done",
      why: refusal.success ? refusal.data.message : "npm audit printed a report of another form.",
    };
  }
  const findings = Object.entries(report.data.vulnerabilities).flatMap(([name, { severity, nodes, via }]) => {
    const isForDevelopment = nodes.length > 0 && nodes.every((path) => isDevelopment(lock, path));
    if (isForDevelopment && severity !== "high" && severity !== "critical") return [];
    const reasons = via.map((one) =>
      typeof one === "string" ? `through ${one}` : `${one.title}, ${one.url}`,
    );
    return [`${name} (${severity}${isForDevelopment ? ", development" : ""}): ${reasons.join("; ")}`];
  });
  return findings.length === 0 ? { state: "clean" } : { state: "found", findings };
}

function isDevelopment(lock: LockFile, path: string): boolean {
  const entry = lock.packages[path];
  return entry?.dev === true || entry?.devOptional === true;
}

/** Asks the registry about all that the lock file of a folder names. Fails on findings, and says so when it could not ask. */
export async function auditStep(
  folder = ".",
  env: Readonly<Record<string, string>> = {},
): Promise<StepResult> {
  const started = performance.now();
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as LockFile;
  const verdict = judgeAudit(await npmAudit(folder, env), lock);
  return {
    name: "known holes in dependencies (npm audit)",
    ok: verdict.state !== "found",
    seconds: (performance.now() - started) / 1000,
    output: verdict.state === "found" ? verdict.findings.join("\n") : "",
    ...(verdict.state === "not done" ? { remark: `${NOT_DONE}\n${verdict.why}` } : {}),
  };
}

/** What it printed; nothing when it could not run. Findings and refusals both end it with 1. */
function npmAudit(folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn("npm", ["audit", "--json", "--fetch-retries=0", "--fetch-timeout=20000"], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: MINUTES * 60_000,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", () => resolve(""));
    child.once("close", () => resolve(output));
  });
}
