import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

export const BUDGET_BYTES = 150_000;

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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = measureFirstLoad("dist/browser");
  const total = files.reduce((bytes, file) => bytes + file.bytes, 0);
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
  for (const { file, bytes } of files) console.log(`${kB(bytes)}  ${file}`);
  console.log(`${kB(total)}  first load of the token page, brotli; at most ${kB(BUDGET_BYTES).trim()}`);
  process.exitCode = total <= BUDGET_BYTES ? 0 : 1;
}
