import type { Page } from "@playwright/test";
import type { FaultProxy } from "./fault-proxy.ts";
import { expect, test as base } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { PageGuards } from "./page-guards.ts";

// The guards stand behind every other test, so they are shown to notice what they are for.

interface Watched {
  page: Page;
  gateway: GatewayProcess;
  proxy: FaultProxy;
  guards: PageGuards;
  /** Does it, and waits for a fault that was not there before and looks like this. */
  expectFault: (what: string, fault: RegExp, provoke: () => Promise<unknown>) => Promise<void>;
}

const test = base.extend<{ watched: Watched }>({
  // The usual one would fail the test for the very thing that it provokes.
  guards: async ({ browsing }, use) => use(browsing.guards),
  watched: async ({ signedInPage: page, gateway, faultProxy: proxy, guards }, use) => {
    expect(await guards.faults()).toEqual([]);
    const expectFault: Watched["expectFault"] = async (what, fault, provoke) => {
      const before = (await guards.faults()).length;
      await provoke();
      await expect
        .poll(async () => (await guards.faults()).slice(before), what)
        .toContainEqual(expect.stringMatching(fault));
    };
    await use({ page, gateway, proxy, guards, expectFault });
  },
});
test.use({ gatewayOptions: { args: ["--no-sample"] }, throughFaultProxy: true });

test("the page guards notice errors of the page, and keep quiet about what is declared", async ({
  watched: { page, proxy, guards, expectFault },
}) => {
  guards.expectFailedRequest("/declared-missing.js", 404);
  await page.evaluate(() => fetch("/declared-missing.js"));

  await expectFault("an uncaught exception", /^Uncaught exception: Error: provoked exception\b/, () =>
    page.evaluate(() => {
      setTimeout(() => {
        throw new Error("provoked exception");
      });
    }),
  );
  await expectFault("an unhandled rejection", /^Uncaught exception: Error: provoked rejection\b/, () =>
    page.evaluate(() => void Promise.reject(new Error("provoked rejection"))),
  );
  await expectFault("an error on the console", /^Console error: provoked line$/, () =>
    page.evaluate(() => console.error("provoked line")),
  );
  await expectFault("a failed request", /^Undeclared failed request: 404 \S+\/undeclared-missing\.js$/, () =>
    page.evaluate(() => fetch("/undeclared-missing.js")),
  );
  proxy.fail({ path: "/lost.js" }, { kind: "reset-before-forwarding" });
  await expectFault("a request without an answer", /^Undeclared failed request: network \S+\/lost\.js$/, () =>
    page.evaluate(() => fetch("/lost.js").catch(() => {})),
  );
  // Its line on the console came before all of the others.
  expect((await guards.faults()).filter((fault) => fault.includes("/declared-missing"))).toEqual([]);
});

test("the page guards notice a 503 but while the gateway is being started", async ({
  watched: { page, gateway, proxy, guards, expectFault },
}) => {
  const read = () =>
    page.evaluate(() =>
      fetch("/api/session").then(
        ({ status }) => status,
        () => 0,
      ),
    );
  // Of the parts that the page still loads while it is idle.
  guards.expectFailedRequest(gateway.url, "network");
  guards.expectFailedRequest("/api/", 401);
  await gateway.kill();
  const restarted = gateway.restart();
  const answer = { kind: "answer", status: 503 } as const;
  const starting = proxy.fail({ path: "/api/session" }, answer);
  expect(await read()).toBe(503);
  starting.remove();
  await restarted;
  expect(await read()).not.toBe(503);
  expect(await guards.faults()).toEqual([]);
  proxy.fail({ path: "/api/session" }, answer);
  await expectFault("a 503 afterwards", /^Undeclared failed request: 503 \S+\/api\/session$/, read);
});

test("the page guards notice violations of the content security policy", async ({
  watched: { page, expectFault },
}) => {
  await expectFault("a style attribute", /^Content security policy violation: style-src-attr inline /, () =>
    page.evaluate(() => document.body.setAttribute("style", "color: red")),
  );
  await expectFault(
    "a string as a script",
    /^Content security policy violation: require-trusted-types-for /,
    () =>
      page
        .evaluate(() => {
          document.createElement("script").text = "1";
        })
        // Trusted Types refuse it by throwing.
        .catch(() => {}),
  );
});

test("the page guards notice the management token in what a page is answered", async ({
  watched: { page, gateway, proxy, expectFault },
}) => {
  const { managementToken } = gateway;
  proxy.fail({ path: "/in-the-body" }, { kind: "answer", status: 200, body: `{"x": "${managementToken}"}` });
  proxy.fail(
    { path: "/in-a-header" },
    { kind: "answer", status: 200, headers: { "X-Echo": managementToken } },
  );
  for (const path of ["/in-the-body", "/in-a-header"]) {
    const fault = new RegExp(`^The management token is in the answer to GET \\S+${path}$`);
    await expectFault(path, fault, () =>
      page.evaluate((url) => fetch(url).then((answer) => answer.text()), path),
    );
  }
});

test("17. a request to another origin is noticed", async ({ watched: { page, gateway, expectFault } }) => {
  // The policy stops what a page loads before it becomes a request. A window that it opens is not the policy's.
  const elsewhere = gateway.ownUrl.replace("localhost", "127.0.0.1");
  const fault = new RegExp(`^Request to another origin: ${elsewhere}/elsewhere$`);
  await expectFault("a window of another origin", fault, () =>
    page.evaluate((url) => void window.open(url), `${elsewhere}/elsewhere`),
  );
});
