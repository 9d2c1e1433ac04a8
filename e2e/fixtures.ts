import { test as base, expect, type Page } from "@playwright/test";
import { expectInvariants, isOfMatrix } from "./fault-matrix/elsewhere.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { type GatewayOptions, GatewayProcess } from "./gateway-process.ts";
import { storedTokens } from "./invariants.ts";
import { PageGuards } from "./page-guards.ts";

export { expect };

interface Options {
  /** How the test's own gateway is started: `test.use({ gatewayOptions: { args: ["--no-sample"] } })`. */
  gatewayOptions: GatewayOptions;
  /** Puts a fault proxy between browser and gateway: `test.use({ throughFaultProxy: true })`. */
  throughFaultProxy: boolean;
}

interface Fixtures {
  gateway: GatewayProcess;
  /** The proxy that the browser goes through; needs `throughFaultProxy`. */
  faultProxy: FaultProxy;
  guards: PageGuards;
  /** The test's page, signed in by the one-time link and showing the database tokens. */
  signedInPage: Page;
}

interface Internal {
  proxyWhenWanted: FaultProxy | undefined;
  /** What a cell of the fault matrix stands on ends with the rules that hold after everything. */
  matrixRules: void;
}

/** Opens a one-time link and waits until somebody is signed in. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: /^Database Tokens/ })).toBeVisible();
}

export const test = base.extend<Options & Fixtures & Internal>({
  gatewayOptions: [{}, { option: true }],
  throughFaultProxy: [false, { option: true }],

  proxyWhenWanted: async ({ throughFaultProxy }, use) => {
    const proxy = throughFaultProxy ? await FaultProxy.start() : undefined;
    await use(proxy);
    await proxy?.stop();
  },

  faultProxy: async ({ proxyWhenWanted }, use) => {
    if (proxyWhenWanted === undefined) throw new Error("Say test.use({ throughFaultProxy: true }) first.");
    await use(proxyWhenWanted);
  },

  gateway: async ({ gatewayOptions, proxyWhenWanted }, use, testInfo) => {
    const gateway = await GatewayProcess.start(
      proxyWhenWanted === undefined ? gatewayOptions : { ...gatewayOptions, publicUrl: proxyWhenWanted.url },
    );
    if (proxyWhenWanted !== undefined) proxyWhenWanted.target = gateway.ownUrl;
    await use(gateway);
    await gateway.dispose();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("gateway.log", { body: gateway.log, contentType: "text/plain" });
    }
  },

  baseURL: async ({ gateway }, use) => {
    await use(gateway.url);
  },

  guards: [
    async ({ gateway, context }, use) => {
      const guards = new PageGuards(gateway);
      await guards.watch(context);
      await use(guards);
      expect(await guards.faults(), "what no test may cause").toEqual([]);
    },
    { auto: true },
  ],

  matrixRules: [
    async ({ gateway, context, proxyWhenWanted }, use, testInfo) => {
      const before = isOfMatrix(testInfo) ? await storedTokens(gateway) : undefined;
      await use();
      if (before === undefined || testInfo.status !== testInfo.expectedStatus) return;
      await expectInvariants(gateway, context, proxyWhenWanted, before);
    },
    { auto: true },
  ],

  signedInPage: async ({ page, gateway }, use) => {
    await signIn(page, gateway.signInLink);
    await use(page);
  },
});
