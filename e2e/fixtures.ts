import { test as base, type BrowserContext, expect, type Page } from "@playwright/test";
import { expectInvariants, isOfMatrix } from "./fault-matrix/elsewhere.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import {
  cleanContext,
  GatewayPool,
  refuseWhatStays,
  type SharedGateway,
  watchedContext,
  type WatchedContext,
} from "./gateway-pool.ts";
import type { GatewayOptions, GatewayProcess } from "./gateway-process.ts";
import { storedTokens } from "./invariants.ts";
import type { PageGuards } from "./page-guards.ts";

export { expect };

interface Options {
  /** How the gateway is started: `test.use({ gatewayOptions: { args: ["--no-sample"] } })`. */
  gatewayOptions: GatewayOptions;
  /** Puts a fault proxy between browser and gateway: `test.use({ throughFaultProxy: true })`. */
  throughFaultProxy: boolean;
  /**
   * What the test has to itself, beside the data and its pages, which are always its own. A test that looks at what a
   * gateway prints, at its folder or its memory wants the gateway; one that gives the context of the browser what cannot
   * be taken back (a clock, scripts) the context.
   */
  own: "pages" | "context" | "gateway";
}

interface Fixtures {
  gateway: GatewayProcess;
  /** The proxy that the browser goes through; needs `throughFaultProxy`. */
  faultProxy: FaultProxy;
  guards: PageGuards;
  /** The test's page, signed in and showing the database tokens. */
  signedInPage: Page;
}

interface Internal {
  /** The gateway and its proxy, shared or not. */
  served: SharedGateway;
  browsing: WatchedContext;
  /** What a cell of the fault matrix stands on ends with the rules that hold after everything. */
  matrixRules: void;
}

interface OfWorker {
  pool: GatewayPool;
}

/** Opens a one-time link and waits until somebody is signed in. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expectList(page);
}

async function expectList(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1, name: /^Database Tokens/ })).toBeVisible();
}

/** As its link does, without the page in between. */
async function signInByCookie(context: BrowserContext, gateway: GatewayProcess): Promise<void> {
  const code = new URL(gateway.signInLink).searchParams.get("code");
  const answer = await gateway.api("/api/session", {
    method: "POST",
    cookie: "",
    body: { method: "link", code },
  });
  const [cookie = ""] = [answer.headers["set-cookie"] ?? []].flat();
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(cookie) ?? [];
  if (name === undefined || value === undefined) throw new Error(`Nobody was signed in: ${answer.text}`);
  await context.addCookies([{ name, value, url: gateway.url, httpOnly: true, sameSite: "Strict" }]);
}

export const test = base.extend<Options & Fixtures & Internal, OfWorker>({
  gatewayOptions: [{}, { option: true }],
  throughFaultProxy: [false, { option: true }],
  own: ["pages", { option: true }],

  pool: [
    // The browser is closed after it.
    async ({ browser: _browser }, use) => {
      const pool = new GatewayPool();
      await use(pool);
      await pool.close();
    },
    { scope: "worker" },
  ],

  served: async ({ gatewayOptions, throughFaultProxy, own, pool }, use, testInfo) => {
    const wanted = { options: gatewayOptions, isProxied: throughFaultProxy, isOwn: own === "gateway" };
    const served = await pool.take(wanted);
    const before = served.gateway.log.length;
    await use(served);
    await pool.giveBack(served, wanted);
    if (testInfo.status !== testInfo.expectedStatus) {
      const body = served.gateway.log.slice(before);
      await testInfo.attach("gateway.log", { body, contentType: "text/plain" });
    }
  },

  gateway: async ({ served }, use) => {
    await use(served.gateway);
  },

  faultProxy: async ({ served }, use) => {
    if (served.proxy === undefined) throw new Error("Say test.use({ throughFaultProxy: true }) first.");
    await use(served.proxy);
  },

  baseURL: async ({ gateway }, use) => {
    await use(gateway.url);
  },

  browsing: async (
    {
      browser,
      gateway,
      own,
      pool,
      baseURL,
      permissions,
      viewport,
      hasTouch,
      colorScheme,
      locale,
      contextOptions,
    },
    use,
  ) => {
    const make = () => browser.newContext(baseURL === undefined ? {} : { baseURL });
    // Permissions that a context is made with would be taken back after the first test.
    const shared = own === "pages" && permissions === undefined ? pool.of(gateway) : undefined;
    const kind = JSON.stringify({ viewport, hasTouch, colorScheme, locale, contextOptions });
    if (shared?.watched !== undefined && shared.watched.kind !== kind) {
      await shared.watched.context.close();
      shared.watched = undefined;
    }
    const watched = shared?.watched ?? (await watchedContext(make, gateway, kind));
    if (shared !== undefined) refuseWhatStays(watched.context);
    await use(watched);
    if (shared === undefined) {
      await watched.context.close();
    } else {
      await cleanContext(watched, gateway.url);
      shared.watched = watched;
    }
  },

  context: async ({ browsing }, use) => {
    await use(browsing.context);
  },

  guards: [
    async ({ browsing: { guards } }, use) => {
      await use(guards);
      expect(await guards.faults(), "what no test may cause").toEqual([]);
    },
    { auto: true },
  ],

  matrixRules: [
    async ({ gateway, context, pool }, use, testInfo) => {
      const before = isOfMatrix(testInfo) ? await storedTokens(gateway) : undefined;
      await use();
      if (before === undefined || testInfo.status !== testInfo.expectedStatus) return;
      await expectInvariants(gateway, context, pool.of(gateway)?.proxy, before);
    },
    { auto: true },
  ],

  signedInPage: async ({ page, context, gateway }, use) => {
    await signInByCookie(context, gateway);
    await page.goto("/");
    await expectList(page);
    await use(page);
  },
});
