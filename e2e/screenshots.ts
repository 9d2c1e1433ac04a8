import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page, request } from "@playwright/test";
import { REQUEST_HEADER } from "#contract/headers.ts";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";
import { reportStep, runStep } from "#scripts/run-step.ts";
import { FaultProxy, refuse } from "./fault-proxy.ts";
import { type GatewayOptions, GatewayProcess } from "./gateway-process.ts";
import { askToRevoke, confirmRevoke, drawnRows, openOptions, searchBox, tokensTable } from "./table.ts";

const SIZES = [
  { name: "wide", width: 1440, height: 900 },
  { name: "middle", width: 1024, height: 768 },
  { name: "narrow", width: 390, height: 844 },
];
const THEMES = ["light", "dark"] as const;
const PICTURE = "docs/pictures/database-tokens.png";
const PICTURE_BYTES = 300_000;

/** Everything a state may need. The browser reaches the gateway through the proxy; nothing is mocked. */
interface Scene {
  page: Page;
  gateway: GatewayProcess;
  proxy: FaultProxy;
}

interface State {
  name: string;
  gateway?: GatewayOptions;
  /** Not signed in before, for the states that are about that. */
  signedOut?: boolean;
  /** Prepares faults before the page is opened. */
  before?: (scene: Scene) => void;
  /** Drives the opened page to the state. */
  reach: (scene: Scene) => Promise<void>;
}

const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
const LIST = /^\/api\/v0\/.*\/tokens$/;

async function listShown(page: Page): Promise<void> {
  await drawnRows(tokensTable(page)).first().waitFor();
}

async function firstRow(page: Page) {
  await listShown(page);
  return drawnRows(tokensTable(page)).first();
}

const STATES: readonly State[] = [
  { name: "list-full", reach: ({ page }) => listShown(page) },
  {
    name: "list-with-inactive",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("switch", { name: "Show Inactive Tokens" }).click();
      await page.waitForURL(/inactive=1/);
    },
  },
  {
    name: "list-empty",
    gateway: { args: ["--no-sample"] },
    reach: ({ page }) =>
      page
        .getByText(/no database tokens|no tokens/i)
        .first()
        .waitFor(),
  },
  {
    name: "nothing-matches",
    async reach({ page }) {
      await listShown(page);
      await searchBox(page).fill("no such token anywhere");
      await page
        .getByText(/nothing matches/i)
        .first()
        .waitFor();
    },
  },
  {
    name: "loading",
    before: ({ proxy }) => void proxy.fail({ path: LIST }, { kind: "hold" }),
    async reach({ page }) {
      const skeleton = page.locator("[aria-busy=true]").first();
      await skeleton.waitFor();
      // Skeleton rows appear late by design: take the picture when their animations have begun.
      await page.waitForFunction(() =>
        document.getAnimations().some(({ currentTime }) => Number(currentTime) > 300),
      );
    },
  },
  {
    name: "error",
    before: ({ proxy }) =>
      void proxy.fail(
        { path: LIST },
        refuse(503, "unavailable", "The database is not available.", { requestId: REQUEST_ID }),
      ),
    reach: ({ page }) =>
      page
        .getByRole("button", { name: /retry|try again/i })
        .first()
        .waitFor(),
  },
  {
    name: "options-menu",
    async reach({ page }) {
      await openOptions(await firstRow(page));
    },
  },
  {
    name: "sort-menu",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("button", { name: "Sort", exact: true }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "filters-open",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "filters-in-force",
    async reach({ page }) {
      await listShown(page);
      await page.goto(`${page.url().split("?")[0] ?? ""}?access=write&expiry=30d`);
      await tokensTable(page).waitFor();
    },
  },
  {
    name: "revoke-dialog",
    async reach({ page }) {
      await askToRevoke(await firstRow(page));
    },
  },
  {
    name: "revoke-dialog-ticked",
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await dialog.understood.check();
    },
  },
  {
    name: "revoke-failed",
    before: ({ proxy }) =>
      void proxy.fail(
        { method: "DELETE", path: /tokens\// },
        refuse(403, "forbidden", "Your account may read tokens, not revoke them.", { requestId: REQUEST_ID }),
      ),
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await confirmRevoke(dialog);
      await dialog.root.getByText("Your account may read tokens").waitFor();
    },
  },
  {
    name: "revoked",
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await confirmRevoke(dialog);
      await page
        .getByText(/^Revoked /)
        .first()
        .waitFor();
    },
  },
  {
    name: "management-tokens",
    async reach({ page }) {
      await listShown(page);
      await page.goto(page.url().replace(/database-tokens.*/, "management-tokens"));
      await drawnRows(tokensTable(page, "Management Tokens")).first().waitFor();
    },
  },
  {
    name: "sign-in",
    signedOut: true,
    reach: ({ page }) =>
      page
        .getByRole("heading", { name: /sign in/i })
        .first()
        .waitFor(),
  },
  {
    name: "session-ended",
    async reach({ page, gateway }) {
      await listShown(page);
      // Ended on the server by another holder of the same cookie; the page finds out when it next asks.
      const other = await request.newContext({ storageState: await page.context().storageState() });
      const answer = await other.delete(`${gateway.url}/api/session`, {
        headers: { [REQUEST_HEADER]: "interactive", Origin: gateway.url },
      });
      if (!answer.ok()) throw new Error(`Could not end the session: ${await answer.text()}`);
      await other.dispose();
      await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
      await page.getByRole("dialog", { name: /session has ended/i }).waitFor({ timeout: 40_000 });
    },
  },
];

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "test-results/screenshots" },
    /** Only states whose name contains this. */
    only: { type: "string", default: "" },
  },
});

async function take(browser: Browser, state: State, out: string): Promise<void> {
  const proxy = await FaultProxy.start();
  const gateway = await GatewayProcess.start({ ...state.gateway, publicUrl: proxy.url });
  proxy.target = gateway.ownUrl;
  try {
    for (const theme of THEMES) {
      for (const { name, width, height } of SIZES) {
        const context = await browser.newContext({
          viewport: { width, height },
          colorScheme: theme,
          locale: "en-GB",
          timezoneId: "Europe/Berlin",
        });
        context.setDefaultTimeout(20_000);
        const page = await context.newPage();
        const scene = { page, gateway, proxy };
        state.before?.(scene);
        if (state.signedOut !== true) {
          const answer = await context.request.post(`${gateway.url}/api/session`, {
            data: { method: "management_token", managementToken: gateway.managementToken },
            headers: { [REQUEST_HEADER]: "interactive", Origin: gateway.url },
          });
          if (!answer.ok()) throw new Error(`Could not sign in: ${await answer.text()}`);
        }
        await page.goto(gateway.url);
        await state.reach(scene);
        await page.screenshot({
          path: join(out, `${state.name}-${name}-${theme}.png`),
          animations: "disabled",
        });
        if (state.name === "list-full" && name === "wide" && theme === "light") await takePicture(page);
        proxy.clear();
        await context.close();
      }
    }
  } finally {
    await proxy.stop();
    await gateway.dispose();
  }
}

/** The one in the README. */
async function takePicture(page: Page): Promise<void> {
  await page.screenshot({ path: PICTURE, animations: "disabled" });
  const bytes = statSync(PICTURE).size;
  if (bytes > PICTURE_BYTES)
    throw new Error(`${PICTURE} has ${String(bytes)} bytes; at most ${String(PICTURE_BYTES)}`);
}

const build = await runStep("build", ["--import", "tsx", "src/scripts/build.ts"]);
reportStep(build);
if (!build.ok) process.exit(1);
mkdirSync(flags.out, { recursive: true });
mkdirSync("docs/pictures", { recursive: true });

const browser = await chromium.launch({ executablePath: ensureChromium(), args: [...chromiumArguments] });
const failed: string[] = [];
const wanted = STATES.filter(({ name }) => name.includes(flags.only));
for (const state of wanted) {
  try {
    await take(browser, state, flags.out);
    console.log(`ok     ${state.name}`);
  } catch (error) {
    failed.push(state.name);
    console.log(`FAILED ${state.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await browser.close();
console.log(`${flags.out}: ${String(wanted.length - failed.length)} states, ${String(failed.length)} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
