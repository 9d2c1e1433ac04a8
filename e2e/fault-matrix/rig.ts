import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { FaultLine } from "#e2e/fault-line.ts";
import { FaultProxy } from "#e2e/fault-proxy.ts";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import { PageGuards } from "#e2e/page-guards.ts";
import { someToken, type ImportedToken } from "#e2e/some-tokens.ts";
import { cellName, cellsOf, type Leg, type PlacedCell } from "./matrix.ts";

/**
 * What all cells are played on: one gateway, one signed-in page, and a fault proxy on either leg. The gateway is also the
 * InfluxDB behind itself: its second cluster leads through the proxy to its own API, so that one database is the oracle
 * for both legs.
 */
export interface Rig {
  gateway: GatewayProcess;
  /** Between the browser and the gateway. */
  browserLine: FaultProxy;
  /** Between the gateway and the API that its second cluster is asked at. */
  upstreamLine: FaultProxy;
  /** The TCP in front of each of the two. */
  wires: Readonly<Record<Leg, FaultLine>>;
  context: BrowserContext;
  page: Page;
  guards: PageGuards;
  /** Another session took the place of the first, so that the second cluster has to be given its token again. */
  needsCredential: boolean;
  /** The next cell can go on with the page as it is. */
  canStay: boolean;
}

/** Which cluster of the rig a leg is tried on. */
export const slugs = { browser: "default", upstream: "cloud" } as const;

/** What a cell's own token is called; of a bulk run's there are three, with a number behind it. */
export function tokenName({ operation, fault, leg }: Omit<PlacedCell, "cell">): string {
  return `${operation} ${fault} ${leg ?? "either"}`;
}

/** Name of a window whose next page is to know nothing of the last one. */
export const FORGETS = "forgets";

export const BULK = 3;
export const GRANTS = "read:builds write:builds";

function tokensOfCells(): ImportedToken[] {
  return cellsOf()
    .filter(({ cell, operation }) => cell.by === "scenario" && operation !== "create")
    .flatMap((cell) => {
      const name = tokenName(cell);
      if (cell.operation === "bulk") {
        return Array.from({ length: BULK }, (_, at) => someToken(`${name} ${String(at + 1)}`, GRANTS));
      }
      const isOver = cell.operation === "list" && cell.fault === "clocks";
      // Over for an hour: a browser whose clock is a day behind must not think otherwise.
      const expiresAt = new Date(Date.now() - 3_600_000).toISOString();
      return someToken(name, GRANTS, isOver ? { expiresAt } : {});
    });
}

function portOf(proxy: FaultProxy): number {
  return Number(new URL(proxy.url).port);
}

async function startRig(newContext: (baseURL: string) => Promise<BrowserContext>) {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-matrix-"));
  const browserLine = await FaultProxy.start();
  const browserWire = await FaultLine.start({ port: portOf(browserLine) });
  const publicUrl = `http://localhost:${String(browserWire.port)}`;
  const upstreamLine = await FaultProxy.start(undefined, new URL(publicUrl).host);
  const upstreamWire = await FaultLine.start({ port: portOf(upstreamLine) });
  const managementToken = `canary-${"0123456789abcdef".repeat(3)}`;
  const file = join(folder, "config.toml");
  const profiles = `
[[profile]]
name = "default"
product = "own"

[[profile]]
name = "Cloud"
product = "clustered"
host = "localhost"
port = "${String(upstreamWire.port)}"
mgmt_token = "${managementToken}"
[profile.tls]
disable = true
`;
  await writeFile(file, profiles, { mode: 0o600 });
  const gateway = await GatewayProcess.start({
    args: ["--config", file],
    importTokens: [
      ...tokensOfCells(),
      someToken("Keeper of builds", GRANTS),
      someToken("Reader of sensors", "read:sensors"),
    ],
    publicUrl,
    managementToken,
  });
  browserLine.target = gateway.ownUrl;
  upstreamLine.target = gateway.ownUrl;
  const context = await newContext(gateway.url);
  const guards = new PageGuards(gateway);
  await guards.watch(context);
  // Deadlines too go by the page's clock, which the scenarios turn forward: nobody waits 15 s for one.
  await context.addInitScript(() => {
    AbortSignal.timeout = (milliseconds) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("timed out", "TimeoutError")), milliseconds);
      return controller.signal;
    };
  });
  // A page that goes may write down what it was about to ask for: the next one forgets it before it begins.
  await context.addInitScript((name) => {
    if (window.name !== name) return;
    window.name = "";
    sessionStorage.clear();
  }, FORGETS);
  await context.clock.install();
  const page = await context.newPage();
  // Leaving a form that was changed is asked about, and meant.
  page.on("dialog", (dialog) => void dialog.accept().catch(() => undefined));
  await page.goto(gateway.signInLink);
  await expect(page.getByRole("heading", { level: 1, name: /^Database Tokens/ })).toBeVisible();
  const rig: Rig = {
    gateway,
    browserLine,
    upstreamLine,
    wires: { browser: browserWire, upstream: upstreamWire },
    context,
    page,
    guards,
    needsCredential: false,
    canStay: false,
  };
  return {
    rig,
    async close() {
      await context.close();
      await gateway.dispose();
      await Promise.all([browserWire, upstreamWire, browserLine, upstreamLine].map((one) => one.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One rig for all the cells that a worker plays; a cell that fails ends the worker, and its rig with it. */
export const test = base.extend<object, { rig: Rig }>({
  rig: [
    async ({ browser }, use) => {
      const { rig, close } = await startRig((baseURL) =>
        browser.newContext({
          baseURL,
          viewport: { width: 1440, height: 900 },
          locale: "en-GB",
          timezoneId: "Europe/Berlin",
          // Drawing what moves costs more than what is looked at here.
          reducedMotion: "reduce",
        }),
      );
      await use(rig);
      await close();
    },
    { scope: "worker" },
  ],
});

export { cellName, expect };
