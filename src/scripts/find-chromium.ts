import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";

/** The one without windows first: the same engine, without what draws a browser's own frame (a fifth of the work). */
const HEADLESS_SHELL = "chromium-headless-shell";
const SYSTEM_NAMES = [
  HEADLESS_SHELL,
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
const MINUTE = 60_000;

/** What Playwright 1.65 switches off. Of two such arguments the browser takes the last, so ours has to say it too. */
export const switchedOffByPlaywright: readonly string[] = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "TcpPortRandomizationWin",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
  "msForceBrowserSignIn",
  "msEdgeUpdateLaunchServicesPreferredVersion",
];

/**
 * Pages of the browser's own that nobody sees: each new context loads those of the address bar's suggestions, which costs
 * as much as the page under test, and every navigation starts one more process in case of another.
 */
const unseenPages = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"];

/** Chromium's own sandbox refuses to run as root; the rest keeps the browser from talking to anyone but us. */
export const chromiumArguments: readonly string[] = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${[...switchedOffByPlaywright, ...unseenPages].join(",")}`,
];

function onPath(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** A file is not enough: Ubuntu's chromium-browser is a stub that asks for a snap, and libraries may be missing. */
function runs(file: string): boolean {
  return (
    existsSync(file) && spawnSync(file, ["--version"], { timeout: MINUTE / 2, stdio: "ignore" }).status === 0
  );
}

/** Path of a Chromium that starts, or undefined. Throws when TOKENWARD_CHROMIUM names one that does not. */
export function findChromium(): string | undefined {
  const named = process.env["TOKENWARD_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (!runs(named)) throw new Error(`TOKENWARD_CHROMIUM is ${named}, and no browser starts there.`);
    return named;
  }
  const candidates = [chromium.executablePath(), ...SYSTEM_NAMES.map(onPath)];
  return candidates.find((file) => file !== undefined && runs(file));
}

function attempt(what: string, command: string, args: string[], minutes: number): void {
  console.log(`No Chromium found: ${what}`);
  spawnSync(command, args, {
    stdio: "inherit",
    timeout: minutes * MINUTE,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Finds a Chromium, and where there is none installs one. Throws with what to do when that fails too. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;

  attempt("installing Playwright's own", "npx", ["playwright", "install", "chromium"], 4);
  const installed = findChromium();
  if (installed !== undefined) return installed;

  if (process.getuid?.() === 0 && onPath("apt-get") !== undefined) {
    attempt("asking apt-get for its packages", "apt-get", ["update"], 2);
    for (const name of [HEADLESS_SHELL, "chromium"]) {
      attempt(`installing ${name} with apt-get`, "apt-get", ["install", "-y", name], 5);
      const packaged = findChromium();
      if (packaged !== undefined) return packaged;
    }
  }
  throw new Error(
    "The end-to-end tests need a Chromium. Install one (npx playwright install --with-deps chromium, or your system's package), " +
      "or set TOKENWARD_CHROMIUM to the path of its executable.",
  );
}
