import { test as base } from "@playwright/test";
import { expect, signIn } from "./fixtures.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { PageGuards } from "./page-guards.ts";

// The guards stand behind every other test, so they are shown to notice what they are for. Not with the usual
// fixtures: those would fail the test for the very thing that it provokes.

const provocations: { what: string; provoke: () => unknown; fault: RegExp }[] = [
  {
    what: "an uncaught exception",
    provoke: () => {
      setTimeout(() => {
        throw new Error("provoked");
      });
    },
    fault: /^Uncaught exception: .*provoked/,
  },
  {
    what: "an error on the console",
    provoke: () => console.error("provoked"),
    fault: /^Console error: provoked/,
  },
  {
    what: "an undeclared failed request",
    provoke: () => fetch("/no-such-file.js"),
    fault: /^Undeclared failed request: 404 .*no-such-file/,
  },
  {
    what: "a violation of the content security policy",
    provoke: () => document.body.append(Object.assign(document.createElement("script"), { text: "1" })),
    fault: /^(Content security policy violation|Uncaught exception|Console error): /,
  },
  {
    what: "a request to another origin",
    provoke: () => void Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }),
    fault: /^(Request to another origin|Content security policy violation): /,
  },
];

base(
  "the page guards notice what no test may cause, and keep quiet about what is declared",
  async ({ browser }) => {
    const gateway = await GatewayProcess.start();
    try {
      const context = await browser.newContext({ baseURL: gateway.url });
      const guards = new PageGuards(gateway);
      await guards.watch(context);
      const page = await context.newPage();
      await signIn(page, gateway.signInLink);
      expect(await guards.faults()).toEqual([]);

      guards.expectFailedRequest("/declared-missing.js", 404);
      const answered = page.waitForResponse(/declared-missing/);
      await page.evaluate(() => fetch("/declared-missing.js"));
      await answered;
      expect(await guards.faults()).toEqual([]);

      for (const { what, provoke, fault } of provocations) {
        await page.evaluate(provoke).catch(() => {
          // Trusted Types refuse some of it by throwing, which is the point.
        });
        await expect.poll(() => guards.faults(), what).toContainEqual(expect.stringMatching(fault));
      }
      await context.close();
    } finally {
      await gateway.dispose();
    }
  },
);
