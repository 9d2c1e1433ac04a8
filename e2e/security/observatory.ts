import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import { localhostCertificate } from "#server/certificate-for-tests.ts";

// Mozilla's HTTP Observatory looks at a gateway of this build that serves https. No dependency of the project: why not, and
// why this version, is in docs/decisions/0030.
const PACKAGE = "@mdn/mdn-http-observatory";
const VERSION = "1.4.8";
const INSTALL_MINUTES = 10;
const SCAN_MINUTES = 2;

const resultSchema = z.object({
  scan: z.object({
    grade: z.string(),
    score: z.number(),
    testsFailed: z.number(),
    testsQuantity: z.number(),
  }),
  tests: z.record(z.string(), z.object({ pass: z.boolean(), result: z.string(), scoreModifier: z.number() })),
});

/** Runs one command and gives its stdout; its stderr is in the error. */
function run(
  command: string,
  args: readonly string[],
  { cwd, env = {}, minutes }: { cwd: string; env?: Record<string, string>; minutes: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: minutes * 60_000,
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${String(code ?? signal)}:\n${errors || output}`));
    });
  });
}

async function install(folder: string): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional"];
  await run("npm", ["install", ...flags, `${PACKAGE}@${VERSION}`], { cwd: folder, minutes: INSTALL_MINUTES });
  // Its install script would download the list of hosts that browsers know to be https: localhost is none of them.
  const conf = join(folder, "node_modules", PACKAGE, "conf");
  await mkdir(conf, { recursive: true });
  await writeFile(join(conf, "hsts-preload.json"), "{}");
}

const folder = await mkdtemp(join(tmpdir(), "tokenward-observatory-"));
let gateway: GatewayProcess | undefined;
try {
  console.log(`Installing ${PACKAGE} ${VERSION} into a temporary folder, without its scripts…`);
  await install(folder);
  const { cert, key } = localhostCertificate();
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  gateway = await GatewayProcess.start({
    args: ["--no-sample", "--tls-cert", files.cert, "--tls-key", files.key],
  });
  const module = pathToFileURL(join(folder, "node_modules", PACKAGE, "src/index.js")).href;
  const program =
    "const { scan } = await import(process.argv[1]); console.log(JSON.stringify(await scan(process.argv[2])));";
  const args = ["--input-type=module", "--eval", program, module, new URL(gateway.url).host];
  // What vouches for the certificate, as an authority does for a real one.
  const env = { NODE_EXTRA_CA_CERTS: files.cert };
  const text = await run(process.execPath, args, { cwd: folder, env, minutes: SCAN_MINUTES });
  const { scan, tests } = resultSchema.parse(JSON.parse(text));
  for (const [name, { pass, result, scoreModifier }] of Object.entries(tests)) {
    const points = scoreModifier > 0 ? `+${String(scoreModifier)}` : String(scoreModifier);
    console.log(`${pass ? "✓" : "✗"} ${name.padEnd(30)} ${points.padStart(4)}  ${result}`);
  }
  const passed = scan.testsQuantity - scan.testsFailed;
  console.log(
    `Grade ${scan.grade}, ${String(scan.score)} points, ${String(passed)} of ${String(scan.testsQuantity)} tests passed.`,
  );
  if (scan.grade !== "A+" || scan.testsFailed > 0) process.exitCode = 1;
} catch (error) {
  console.error(
    `NOTHING WAS JUDGED by the HTTP Observatory. ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
} finally {
  await gateway?.dispose();
  await rm(folder, { recursive: true, force: true });
}
