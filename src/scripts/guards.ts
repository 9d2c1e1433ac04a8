import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The part of package-lock.json that the guards read. */
export interface LockFile {
  packages: Record<
    string,
    {
      resolved?: string;
      license?: string;
      dev?: boolean;
      devOptional?: boolean;
      hasInstallScript?: boolean;
      optionalDependencies?: Record<string, string>;
    }
  >;
}

const PERMISSIVE = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "OFL-1.1",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "Unlicense",
]);

/** A lock file with download hosts ties every clone to the registry of whoever wrote it last. */
export function lockFileFaults(lock: LockFile): string[] {
  const entries = Object.entries(lock.packages);
  const hosts = entries
    .filter(([, entry]) => entry.resolved !== undefined && /^(https?|git)/.test(entry.resolved))
    .map(([path]) => `package-lock.json names a download host for ${path}`);
  return [...hosts, ...entries.flatMap(([path, entry]) => missingOptional(lock, path, entry))];
}

/** npm 11 refuses to install from a lock that lacks one, and npm 10 leaves that platform without its binary. */
function missingOptional(lock: LockFile, path: string, entry: LockFile["packages"][string]): string[] {
  return Object.keys(entry.optionalDependencies ?? {})
    .filter(
      (name) => !(`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages),
    )
    .map((name) => `package-lock.json lacks ${name}, which ${path} has for some platform`);
}

function isPermissive(expression: string): boolean {
  // SPDX: one of the alternatives is enough, all of a conjunction are needed.
  return expression
    .replaceAll(/[()]/g, "")
    .split(" OR ")
    .some((alternative) => alternative.split(" AND ").every((name) => PERMISSIVE.has(name.trim())));
}

/** What runs in production, by the lock file: every package with its licence and without a needed install script. */
export function runtimeDependencyFaults(
  lock: LockFile,
  licenceOnDisk: (path: string) => string | undefined,
): string[] {
  const faults: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "" || entry.dev === true || entry.devOptional === true) continue;
    const licence = entry.license ?? licenceOnDisk(path);
    if (licence === undefined) faults.push(`${path} states no licence`);
    else if (!isPermissive(licence)) faults.push(`${path} has the licence ${licence}`);
    if (entry.hasInstallScript === true) faults.push(`${path} wants to run an install script`);
  }
  return faults;
}

/** Documents name symbols, since line numbers are wrong after the next change; commands they name must exist. */
export function documentFaults(name: string, text: string, scripts: Record<string, unknown>): string[] {
  const faults: string[] = [];
  for (const [match] of text.matchAll(/\b[\w./-]+\.(?:tsx?|css|html):\d+|\b[Ll]ines? \d+/g)) {
    faults.push(`${name} names a line number: ${match}`);
  }
  for (const match of text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)) {
    const script = match[1] ?? match[2] ?? "";
    if (!(script in scripts)) faults.push(`${name} names a command that does not exist: ${match[0]}`);
  }
  return faults;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function markdownFiles(): string[] {
  const records = existsSync("docs") ? readdirSync("docs", { recursive: true, encoding: "utf8" }) : [];
  return ["README.md", ...records.map((file) => join("docs", file))].filter(
    (file) => file.endsWith(".md") && existsSync(file),
  );
}

/** All guards over the project in the working directory; each fault is one sentence. */
export function projectFaults(): string[] {
  const lock = readJson("package-lock.json") as LockFile;
  const { scripts } = readJson("package.json") as { scripts: Record<string, unknown> };
  const licenceOnDisk = (path: string) => {
    const file = join(path, "package.json");
    return existsSync(file) ? (readJson(file) as { license?: string }).license : undefined;
  };
  return [
    ...lockFileFaults(lock),
    ...runtimeDependencyFaults(lock, licenceOnDisk),
    ...markdownFiles().flatMap((file) => documentFaults(file, readFileSync(file, "utf8"), scripts)),
  ];
}
