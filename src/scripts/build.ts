import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const stampFile = join(dist, "build-stamp.json");
const lockFile = join(root, "node_modules", ".tokenward-build.lock");

/** What a build is made from; everything else can change without one. */
const inputs = [
  "src/app",
  "src/contract",
  "src/server",
  "src/scripts/build.ts",
  "public",
  "index.html",
  "vite.config.ts",
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
];

/** Whether dist is what a build would make now. */
export async function isBuilt(): Promise<boolean> {
  return isCurrent(await hashInputs());
}

/** Builds browser and server into dist unless the last build was made from the very same inputs. */
export async function ensureBuilt(print: (line: string) => void): Promise<void> {
  if (await isBuilt()) return;
  await alone(async () => {
    // Whoever held the lock before may have built what we want.
    const stamp = await hashInputs();
    if (await isCurrent(stamp)) return;
    print("Building…");
    await rm(stampFile, { force: true });
    await build();
    await writeFile(stampFile, `${JSON.stringify({ inputs: stamp })}\n`);
  });
}

async function build(): Promise<void> {
  // Loaded only when needed: an up-to-date start does not pay for it.
  const vite = await import("vite");
  const settings = { root, logLevel: "warn" as const };
  await vite.build(settings);
  await compress(join(dist, "browser"));
  await vite.build({ ...settings, build: { ssr: "src/server/main.ts" } });
}

const compressible = new Set([".js", ".css", ".svg", ".json", ".webmanifest", ".txt"]);

async function compress(directory: string): Promise<void> {
  const brotli = promisify(brotliCompress);
  const gz = promisify(gzip);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isFile() || !compressible.has(extname(entry.name))) return;
      const path = join(entry.parentPath, entry.name);
      const plain = await readFile(path);
      const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
      await writeFile(`${path}.br`, await brotli(plain, { params: quality }));
      await writeFile(`${path}.gz`, await gz(plain, { level: 9 }));
    }),
  );
}

async function isCurrent(stamp: string): Promise<boolean> {
  const complete = ["browser/index.html", "server/main.js"].every((file) => existsSync(join(dist, file)));
  if (!complete) return false;
  const text = await readFile(stampFile, "utf8").catch(() => "");
  return text.trim() === JSON.stringify({ inputs: stamp });
}

/** By content, not by time: a fresh clone and a switched branch are told apart from an edit. */
async function hashInputs(): Promise<string> {
  const files = (await Promise.all(inputs.map((input) => filesOf(join(root, input))))).flat().sort();
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file.slice(root.length)}\n`);
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  }
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** One build at a time, also across processes. A lock whose holder died is taken over. */
async function alone(work: () => Promise<void>): Promise<void> {
  await mkdir(join(root, "node_modules"), { recursive: true });
  for (;;) {
    try {
      const lock = await open(lockFile, "wx");
      await lock.writeFile(String(process.pid));
      await lock.close();
      break;
    } catch {
      const holder = Number(await readFile(lockFile, "utf8").catch(() => ""));
      // Empty for a moment while its holder writes its number.
      if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true });
      else await sleep(200);
    }
  }
  try {
    await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureBuilt((line) => console.log(line));
}
