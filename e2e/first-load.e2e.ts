import { expect, test } from "./fixtures.ts";
import { drawnRows, tokensTable } from "./table.ts";

declare global {
  interface Window {
    /** Path of the list that the script in the head asked for. */
    askedEarly?: string;
  }
}

for (const [address, heading, list] of [
  ["/", "Database Tokens", /\/clusters\/[^/]+\/tokens$/],
  ["/clusters/own/database-tokens?q=a", "Database Tokens", /\/clusters\/[^/]+\/tokens$/],
  ["/clusters/own/management-tokens", "Management Tokens", /\/management-tokens$/],
] as const) {
  test(`${address} comes with its session and clusters, and asks for its list early and once`, async ({
    signedInPage: page,
  }) => {
    await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/")) asked.push(pathname);
    });
    await page.addInitScript(() => {
      let early: { path: string } | undefined;
      Object.defineProperty(window, "tokenwardEarlyList", {
        configurable: true,
        get: () => early,
        set(given: { path: string }) {
          early = given;
          window.askedEarly = given.path;
        },
      });
    });
    await page.goto(address);
    await expect(drawnRows(tokensTable(page, heading)).first()).toBeVisible();
    expect(await page.evaluate(() => window.askedEarly)).toMatch(list);
    expect(asked.filter((path) => list.test(path))).toHaveLength(1);
    expect(asked).not.toContain("/api/session");
    expect(asked).not.toContain("/api/clusters");
  });
}
