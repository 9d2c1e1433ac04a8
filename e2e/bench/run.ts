import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "@playwright/test";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";
import { reportStep, runStep } from "#scripts/run-step.ts";
import type { BenchedApp, ServedApp } from "./app.ts";
import { peerTanstack } from "./peer-tanstack.ts";
import { machineLine, markdownTable, type Samples, writeIntoReadme } from "./report.ts";
import { tokenward } from "./tokenward.ts";
import { Expected, makeTokens, type Shown } from "./tokens.ts";

/** The first is the one that the others are compared with. */
const APPS: readonly BenchedApp[] = [tokenward, peerTanstack];
/** Typed key by key. Words without accents, so that every way of folding agrees on what they find. */
/** Found alike by every application, whatever it does with ids and accents. */
const QUERIES = ["telegraf austin", "grafana praha"];
const REVOKES = 3;
const DEADLINE_SECONDS = 20;

/** What page-probe.js puts into the page. */
interface Probe {
  read(): { first: string } | undefined;
  firstRow: Promise<number>;
  whole(wanted: Wanted): Promise<number>;
  arm(kind: string, wanted: Wanted): void;
  result: Promise<number>;
}
declare global {
  interface Window {
    probe: Probe;
  }
}

interface Wanted extends Partial<Shown> {
  /** Header and direction, as in "Description ascending". */
  sort?: string;
  /** What the first row must no longer be. */
  firstNot?: string;
}

type Record = (metric: string, value: number) => void;

const { values: flags } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,10000,100000" },
    rounds: { type: "string", default: "5" },
    /** Only applications whose name contains this. */
    app: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const sizes = flags.sizes.split(",").map(Number);
const rounds = Number(flags.rounds);
if (![...sizes, rounds].every((value) => Number.isInteger(value) && value > 0)) {
  throw new Error("--sizes and --rounds take whole numbers above zero, as in --sizes 1000,10000 --rounds 3");
}

/** A page that never shows what is wanted must fail with what it shows instead. */
async function orTooLate(page: Page, measured: Promise<number>, wanted: Wanted): Promise<number> {
  const late = new AbortController();
  const deadline = wait(DEADLINE_SECONDS * 1000, undefined, { signal: late.signal }).then(async () => {
    const shown = await page.evaluate(() => window.probe.read());
    throw new Error(`Wanted ${JSON.stringify(wanted)}, and the page shows ${JSON.stringify(shown)}`);
  });
  try {
    return await Promise.race([measured, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => {});
  }
}

/** Does something on the page and gives the milliseconds from its event to the painted result. */
async function timed(page: Page, event: string, wanted: Wanted, act: () => Promise<void>): Promise<number> {
  await page.evaluate(([kind, what]) => window.probe.arm(kind, what), [event, wanted] as const);
  await act();
  return orTooLate(
    page,
    page.evaluate(() => window.probe.result),
    wanted,
  );
}

/** Milliseconds since navigation began until the page shows this. */
function shownAt(page: Page, wanted: Wanted): Promise<number> {
  return orTooLate(
    page,
    page.evaluate((what) => window.probe.whole(what), wanted),
    wanted,
  );
}

/** Lets the page finish what it does while idle, so that no measurement pays for the one before. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestIdleCallback(() => resolve(), { timeout: 2000 });
      }),
  );
}

async function firstText(page: Page): Promise<string> {
  return page.evaluate(() => window.probe.read()?.first ?? "");
}

async function measureLoad(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  // What the page asks for before its load event. Menus and dialogs come later, while idle, and are no part of it.
  const first = new Set<string>();
  let loaded = false;
  let bytes = 0;
  devTools.on("Network.requestWillBeSent", ({ requestId, type }) => {
    if (!loaded && ["Document", "Script", "Stylesheet"].includes(type ?? "")) first.add(requestId);
  });
  devTools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (first.delete(requestId)) bytes += encodedDataLength;
  });
  devTools.on("Page.loadEventFired", () => (loaded = true));
  await devTools.send("Page.enable");
  await devTools.send("Network.enable");
  await page.goto(app.url, { waitUntil: "commit" });
  record(
    "firstRow",
    await orTooLate(
      page,
      page.evaluate(() => window.probe.firstRow),
      {},
    ),
  );
  record("bytes", bytes / 1000);
  record("whole", await shownAt(page, expected.all()));
  await settle(page);
  await devTools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devTools.send("Runtime.getHeapUsage");
  record("heap", usedSize / 1e6);
  await devTools.detach();
}

async function measureTyping(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const search = app.search(page);
  for (const query of QUERIES) {
    await search.focus();
    for (let length = 1; length <= query.length; length++) {
      const key = query[length - 1] ?? "";
      const wanted = expected.search(query.slice(0, length));
      record("keystroke", await timed(page, "keydown", wanted, () => page.keyboard.press(key)));
      await settle(page);
    }
    await search.fill("");
    await shownAt(page, expected.all());
  }
}

async function measureSorting(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const press = (column: "Description" | "Created At", wanted: Wanted) =>
    timed(page, "click", wanted, () => app.sortButton(page, column).click());
  const firstNot = await firstText(page);
  record("sortDescription", await press("Description", { sort: "Description ascending", firstNot }));
  await settle(page);
  record(
    "sortCreated",
    await press("Created At", { sort: "Created At ascending", ...expected.oldestFirst() }),
  );
}

async function measureRevoking(
  page: Page,
  app: ServedApp,
  expected: Expected,
  record: Record,
): Promise<void> {
  for (let turn = 0; turn < REVOKES; turn++) {
    const token = expected.first();
    const button = await app.prepareRevoke(page, token);
    expected.remove(token);
    record("revoke", await timed(page, "click", expected.all(), () => button.click()));
    await settle(page);
  }
}

/** One application once, in a browser that has never seen it. */
async function measure(browser: Browser, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  context.setDefaultTimeout(30_000);
  await context.addInitScript({ path: "e2e/bench/page-probe.js" });
  await app.signIn(context);
  const page = await context.newPage();
  await measureLoad(page, app, expected, record);
  await measureTyping(page, app, expected, record);
  await page.goto(app.url, { waitUntil: "commit" });
  await shownAt(page, expected.all());
  await settle(page);
  await measureRevoking(page, app, expected, record);
  await measureSorting(page, app, expected, record);
  await context.close();
}

/** Takes one round's measurements of an application in a browser of its own, which an interruption closes. */
async function measureInBrowser(app: ServedApp, expected: Expected, record: Record): Promise<string> {
  const browser = await chromium.launch({
    executablePath,
    args: [...chromiumArguments],
    // Playwright's own handlers would end this process before the gateways are.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const close = () => void browser.close();
  interruption.signal.addEventListener("abort", close);
  try {
    interruption.signal.throwIfAborted();
    await measure(browser, app, expected, record);
    return browser.version();
  } finally {
    interruption.signal.removeEventListener("abort", close);
    await browser.close();
  }
}

/** All rounds over one gateway with so many tokens. Gives Chromium's version. */
async function measureSize(size: number, samples: Samples[]): Promise<string> {
  let version = "";
  const tokens = makeTokens(size);
  const gateway = await GatewayProcess.start({ importTokens: tokens });
  const expected = new Expected(tokens);
  const served: { app: BenchedApp; at: ServedApp }[] = [];
  try {
    for (const app of APPS.filter(({ name }) => name.includes(flags.app)))
      served.push({ app, at: await app.serve(gateway) });
    for (let round = 1; round <= rounds; round++) {
      for (const { app, at } of served) {
        const started = performance.now();
        version = await measureInBrowser(at, expected, (metric, value) => {
          const same = samples.find(
            (each) => each.app === app.name && each.size === size && each.metric === metric,
          );
          if (same === undefined) samples.push({ app: app.name, size, metric, values: [value] });
          else same.values.push(value);
        });
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`${String(size)} tokens, round ${String(round)}, ${app.name}: ${seconds} s`);
      }
    }
  } finally {
    for (const { at } of served) await at.stop();
    await gateway.dispose();
  }
  return version;
}

/** Ctrl-C or a signal lets go of everything first: gateways, browsers, folders. A second one ends it at once. */
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(new Error(`Interrupted by ${signal}.`)));
}

const build = await runStep("build", ["--import", "tsx", "src/scripts/build.ts"]);
reportStep(build);
if (!build.ok) process.exit(1);
const executablePath = ensureChromium();

try {
  const samples: Samples[] = [];
  let version = "";
  for (const size of sizes) version = await measureSize(size, samples);
  const report = `${markdownTable(samples)}\n\n${machineLine(version, rounds)}`;
  console.log(`\n${report}`);
  if (flags.write) writeIntoReadme(report);
} catch (error) {
  // What fails because its browser or gateway was taken away says nothing.
  if (!interruption.signal.aborted) throw error;
  console.log("Interrupted: gateways are ended, their data is removed.");
  process.exitCode = 130;
}
