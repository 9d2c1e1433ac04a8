import { defineConfig, type Project } from "@playwright/test";
import { testsElsewhere } from "#e2e/fault-matrix/printed.ts";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";

/** How long something takes is asked of a browser as people have it. */
const timed = /\/(?:speed|main-thread-tasks)\.e2e\.ts$/;

/**
 * What every change is tried with: each operation under each fault, what revokes, and every check of security, whose names
 * begin with their numbers. The breadth of the screens is beside it: see docs/decisions/0034.
 */
const first = [
  /\b(?:fault-matrix|guards|revoke|smoke)\.e2e\.ts |(?:^| )\d+\. /,
  // Cells of the matrix that are tests elsewhere.
  ...testsElsewhere().map(({ title }) => new RegExp(` ${title.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")}$`)),
];

/** A page lives for two seconds: to compile its functions better, and to draw what moves, costs more than it gives. */
const shortLived: Project["use"] = {
  launchOptions: {
    executablePath: ensureChromium(),
    args: [...chromiumArguments, "--js-flags=--no-opt --no-maglev"],
  },
  contextOptions: { reducedMotion: "reduce" },
};

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.e2e.ts",
  fullyParallel: true,
  // Two more than the cores of a small machine: the tests wait for timers and starting gateways much of the time.
  workers: 4,
  // A test that passes at the second attempt tells of a fault in the test or in the product.
  retries: 0,
  // Tells what hangs, also on a machine that others use: how long something may take is for the tests that say so.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: "list",
  outputDir: "test-results/e2e",
  use: {
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    // Recording slows every test; ask for it when one needs looking into.
    trace: process.env["TOKENWARD_TRACE"] === undefined ? "off" : "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: { executablePath: ensureChromium(), args: [...chromiumArguments] },
  },
  projects: [
    // The longest first.
    { name: "timed", testMatch: timed },
    { name: "first", testIgnore: timed, grep: first, use: shortLived },
    { name: "screens", testIgnore: timed, grepInvert: first, use: shortLived },
  ],
});
