import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

export const BUDGET_BYTES = 120_000;

/** What the first load was made of when it was last looked at; `--record` writes it. */
const RECORD_FILE = "src/scripts/bundle-sizes.json";
const MOST_NAMED = 12;

/** Vite's manifest, as far as the first load depends on it. */
export type Manifest = Record<
  string,
  { file: string; isEntry?: boolean; imports?: string[]; dynamicImports?: string[]; css?: string[] }
>;

/** Route modules that the token page loads before it can show a row; whatever else is dynamic loads while idle. */
const TOKEN_PAGE = /^src\/app\/pages\/(database-)?tokens?-page\.tsx$/;

/** Files of the first load of the token page, as the manifest and the HTML name them, without repetition. */
export function firstLoadFiles(manifest: Manifest, html: string): string[] {
  const files = new Set<string>(["index.html"]);
  const seen = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined || seen.has(key)) return;
    seen.add(key);
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) visit(imported);
    for (const dynamic of chunk.dynamicImports ?? []) if (TOKEN_PAGE.test(dynamic)) visit(dynamic);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry === true) visit(key);
  // Scripts beside the bundle (the theme, an early fetch) stand in the HTML only.
  for (const match of html.matchAll(/\b(?:src|href)="\/([^"?#]+\.(?:js|css))"/g)) files.add(match[1] ?? "");
  return [...files];
}

export function brotliBytes(content: Buffer): number {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).byteLength;
}

/** Sizes of the first load in the built folder, largest first. Throws when there is no build. */
export function measureFirstLoad(folder: string): { file: string; bytes: number }[] {
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Manifest;
  const html = readFileSync(join(folder, "index.html"), "utf8");
  return firstLoadFiles(manifest, html)
    .map((file) => ({ file, bytes: brotliBytes(readFileSync(join(folder, file))) }))
    .toSorted((left, right) => right.bytes - left.bytes);
}

/**
 * Bytes of code by module, without comments and blanks and before compression: our own by file, others by package.
 */
export type ModuleSizes = Record<string, number>;

/** By which name a module is counted. */
export function moduleName(id: string, root: string): string {
  const packaged = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id);
  if (packaged?.[1] !== undefined) return packaged[1];
  // Those that the bundler makes up begin with NUL.
  return id.replaceAll("\0", "").replace(`${root}/`, "");
}

/** What is larger now than it was, the largest growth first. */
export function growthBetween(before: ModuleSizes, now: ModuleSizes): { module: string; bytes: number }[] {
  return Object.entries(now)
    .map(([module, bytes]) => ({ module, bytes: bytes - (before[module] ?? 0) }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((left, right) => right.bytes - left.bytes);
}

/** Builds once more, in memory: what a module contributes is known to the bundler only. */
async function measureModules(root: string): Promise<ModuleSizes> {
  const { build, minifySync } = await import("vite");
  const built = await build({ root, logLevel: "silent", build: { write: false } });
  if (Array.isArray(built) || !("output" in built)) throw new Error("Vite gave more than one output.");
  const textOf = (name: string) => {
    const file = built.output.find(({ fileName }) => fileName === name);
    return file?.type === "asset" ? file.source.toString() : "";
  };
  const manifest = JSON.parse(textOf(".vite/manifest.json")) as Manifest;
  const first = new Set(firstLoadFiles(manifest, textOf("index.html")));
  const sizes: ModuleSizes = {};
  for (const file of built.output) {
    if (file.type !== "chunk" || !first.has(file.fileName)) continue;
    for (const [id, { code }] of Object.entries(file.modules)) {
      const name = moduleName(id, root);
      const bare = minifySync(id, code ?? "", { compress: false, mangle: false }).code;
      sizes[name] = (sizes[name] ?? 0) + Buffer.byteLength(bare);
    }
  }
  return sizes;
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
}

async function record(): Promise<void> {
  const sizes = Object.entries(await measureModules(process.cwd())).filter(([, bytes]) => bytes > 0);
  const sorted = Object.fromEntries(sizes.toSorted(([left], [right]) => (left < right ? -1 : 1)));
  writeFileSync(RECORD_FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}

async function check(): Promise<boolean> {
  const files = measureFirstLoad("dist/browser");
  const total = files.reduce((bytes, file) => bytes + file.bytes, 0);
  for (const { file, bytes } of files) console.log(`${kB(bytes)}  ${file}`);
  console.log(`${kB(total)}  first load of the token page, brotli; at most ${kB(BUDGET_BYTES).trim()}`);
  if (total <= BUDGET_BYTES) return true;
  const before = JSON.parse(readFileSync(RECORD_FILE, "utf8")) as ModuleSizes;
  const growth = growthBetween(before, await measureModules(process.cwd()));
  console.log(`\nLarger than in ${RECORD_FILE}, before compression:`);
  for (const { module, bytes } of growth.slice(0, MOST_NAMED)) console.log(`${kB(bytes)}  ${module}`);
  if (growth.length === 0) console.log("no module: the HTML or the styles grew");
  return false;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--record")) await record();
  else process.exitCode = (await check()) ? 0 : 1;
}
