import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "@playwright/test";
import { PREFER_HEADER, SHORT_ROWS } from "#contract/short-rows.ts";
import { TOKEN_COLUMNS } from "#contract/token-columns.ts";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import { keepNoBodies } from "#e2e/keep-no-bodies.ts";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";
import { reportStep, runStep } from "#scripts/run-step.ts";
import { type BenchedApp, LIST_PATH, type ServedApp } from "./app.ts";
import { droppedFrames } from "./frames.ts";
import { judge } from "./limits.ts";
import {
  addProbe,
  heapAfterCollection,
  orTooLate,
  rest,
  settle,
  shownAt,
  timed,
  type Wanted,
} from "./page-probe.ts";
import { peerByHand } from "./peer-by-hand.ts";
import { peerTanstack } from "./peer-tanstack.ts";
import { failures, machineLine, markdownTable, writeIntoReadme } from "./report.ts";
import type { Metric, Samples } from "./samples.ts";
import { tokenward } from "./tokenward.ts";
import { Expected, makeTokens } from "./tokens.ts";

/** The first is the one that the others are compared with. */
const APPS: readonly BenchedApp[] = [tokenward, peerTanstack, peerByHand];
/**
 * Typed key by key. Found alike by every application, whatever it does with ids and accents: the letters that stand
 * alone at the beginning of a word are none of the digits of ids.
 */
const QUERIES = ["telegraf austin", "grafana praha", "praha grafana"];
const KEY_MILLIS = 100;
const REVOKES = 3;
/** A quick hand on a wheel: 7,500 px a second, by notches of 240 px. */
const WHEEL = { seconds: 2, everyMillis: 32, pixels: 240 };

type Record = (metric: Metric, value: number) => void;

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

async function measureLoad(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  // Until its load event and its first row, whichever is later. Menus and dialogs come after both, while idle.
  const sent = new Map<string, number>();
  const sizes = new Map<string, number>();
  let loadedAt = Infinity;
  devTools.on("Network.requestWillBeSent", ({ requestId, type, timestamp }) => {
    if (["Document", "Script", "Stylesheet"].includes(type ?? "")) sent.set(requestId, timestamp);
  });
  // Bodies as they travel; headers are the gateway's affair, and the peers' server has fewer.
  devTools.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
    sizes.set(requestId, (sizes.get(requestId) ?? 0) + encodedDataLength);
  });
  devTools.on("Page.loadEventFired", ({ timestamp }) => (loadedAt = timestamp));
  await devTools.send("Page.enable");
  await devTools.send("Network.enable");
  await page.goto(app.url, { waitUntil: "commit" });
  const firstRow = await orTooLate(
    page,
    page.evaluate(() => window.probe.firstRow),
    {},
  );
  record("firstRow", firstRow);
  await shownAt(page, expected.all());
  await rest(page);
  const begun = Math.min(...sent.values());
  const last = Math.max(loadedAt, begun + firstRow / 1000);
  const first = [...sent].filter(([, at]) => at <= last).map(([requestId]) => sizes.get(requestId) ?? 0);
  record("bytes", first.reduce((sum, size) => sum + size, 0) / 1000);
  await devTools.detach();
  const { heap, buffers } = await heapAfterCollection(page);
  record("heap", heap / 1e6);
  if (buffers !== undefined) record("buffers", buffers / 1e6);
}

/** How long after navigation a search finds a token of the list's end, asked for before the first row is there. */
async function measureWhole(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const { id, description } = expected.last();
  const wanted = { count: 1, first: description };
  await page.goto(app.url, { waitUntil: "commit" });
  const found = page.evaluate(([text, what]) => window.probe.found(text, what), [id, wanted] as const);
  record("whole", await orTooLate(page, found, wanted));
  await app.search(page).fill("");
  await shownAt(page, expected.all());
}

async function measureTyping(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const search = app.search(page);
  for (const query of QUERIES) {
    await search.focus();
    let before = expected.all();
    for (let length = 1; length <= query.length; length++) {
      const key = query[length - 1] ?? "";
      const wanted = expected.search(query.slice(0, length));
      const took = await timed(page, "keydown", wanted, () => page.keyboard.press(key));
      // Where the result stays what it was the frame before the key shows it already: nothing can be timed.
      if (wanted.count !== before.count || wanted.first !== before.first) record("keystroke", took);
      before = wanted;
      // Ten keys a second: whoever types does not wait until the page is idle.
      await wait(KEY_MILLIS);
    }
    await search.fill("");
    await shownAt(page, expected.all());
    await settle(page);
  }
}

/** `metric` names what else goes on meanwhile. */
async function measureScrolling(
  page: Page,
  record: Record,
  metric: "dropped" | "droppedRefreshing",
): Promise<void> {
  await page.mouse.move(720, 600);
  const before = await page.evaluate(() =>
    Math.max(
      ...[...document.querySelectorAll("[aria-rowindex]")].map((row) =>
        Number(row.getAttribute("aria-rowindex")),
      ),
    ),
  );
  await page.evaluate(() => window.probe.watchFrames());
  const started = performance.now();
  for (let turn = 1; turn * WHEEL.everyMillis <= WHEEL.seconds * 1000; turn++) {
    await page.mouse.wheel(0, WHEEL.pixels);
    await wait(Math.max(0, started + turn * WHEEL.everyMillis - performance.now()));
  }
  record(metric, droppedFrames(await page.evaluate(() => window.probe.framesSeen())));
  // The rows came along: frames that show nothing would be easy to make.
  await page.waitForFunction(
    (least) =>
      [...document.querySelectorAll("[aria-rowindex]")].some(
        (row) => Number(row.getAttribute("aria-rowindex")) > least,
      ),
    before + 200,
  );
}

async function measureSorting(page: Page, app: ServedApp, expected: Expected, record: Record): Promise<void> {
  const press = (column: "Description" | "Created At", wanted: Wanted) =>
    timed(page, "click", wanted, () => app.sortButton(page, column).click());
  record(
    "sortDescription",
    await press("Description", {
      sort: "Description ascending",
      firstAmong: expected.firstByDescription(),
    }),
  );
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
  await inFreshProfile(browser, app, async (page) => {
    await measureLoad(page, app, expected, record);
    await measureTyping(page, app, expected, record);
    await measureScrolling(page, record, "dropped");
    if (app.refresh === undefined) return;
    await rest(page);
    const changed = Array.from({ length: REVOKES }, () => {
      const token = expected.first();
      expected.remove(token);
      return token;
    });
    const read = await app.refresh(page, changed);
    await measureScrolling(page, record, "droppedRefreshing");
    // Otherwise the figure would be that of scrolling alone.
    await read();
  });
  await inFreshProfile(browser, app, async (page) => {
    await measureWhole(page, app, expected, record);
    await rest(page);
    await measureSorting(page, app, expected, record);
  });
  await inFreshProfile(browser, app, async (page) => {
    await page.goto(app.url, { waitUntil: "commit" });
    await shownAt(page, expected.all());
    await rest(page);
    await measureRevoking(page, app, expected, record);
    await rest(page);
    await measureSorting(page, app, expected, record);
  });
}

/** A signed-in page with an empty cache, for as long as the work takes. */
async function inFreshProfile(
  browser: Browser,
  app: ServedApp,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  context.setDefaultTimeout(30_000);
  await addProbe(context);
  await app.signIn(context);
  const page = await context.newPage();
  await keepNoBodies(page);
  await work(page);
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
    // Whoever reads the list first after a start pays for making it; that is no application's doing.
    for (const Accept of [TOKEN_COLUMNS, "application/json"]) {
      await gateway.api(LIST_PATH, { headers: { Accept, [PREFER_HEADER]: SHORT_ROWS } });
    }
    for (let round = 0; round < rounds; round++) {
      const first = round % served.length;
      for (const { app, at } of [...served.slice(first), ...served.slice(0, first)]) {
        const started = performance.now();
        version = await measureInBrowser(at, expected, (metric, value) => {
          const same = samples.find(
            (each) => each.app === app.name && each.size === size && each.metric === metric,
          );
          if (same === undefined) samples.push({ app: app.name, size, metric, values: [value] });
          else same.values.push(value);
        });
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`${String(size)} tokens, round ${String(round + 1)}, ${app.name}: ${seconds} s`);
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
  const measured = APPS.map(({ name }) => name).filter((name) => samples.some(({ app }) => app === name));
  const verdicts = judge(samples);
  const report = `${markdownTable(measured, samples, verdicts)}\n\n${machineLine(version, rounds)}`;
  console.log(`\n${report}`);
  if (flags.write) writeIntoReadme(report);
  const worse = failures(verdicts);
  if (worse.length > 0) {
    console.log(`\nWorse than it may be:\n${worse.map((sentence) => `- ${sentence}`).join("\n")}`);
    process.exitCode = 1;
  }
} catch (error) {
  // What fails because its browser or gateway was taken away says nothing.
  if (!interruption.signal.aborted) throw error;
  console.log("Interrupted: gateways are ended, their data is removed.");
  process.exitCode = 130;
}
