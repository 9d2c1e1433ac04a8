import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { askToRevoke, drawnRows, openOptions, searchBox, tokensTable } from "./table.ts";

/** Every rule of WCAG 2.2 A and AA that can be checked by machine. */
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function expectClean(page: Page, screen: string): Promise<void> {
  // What is still moving has no colours of its own yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  expect(found, screen).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("axe finds nothing on the sign-in pages and the lists", async ({ page, gateway }) => {
      await page.goto("/sign-in");
      await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
      await expectClean(page, "sign-in");
      await page.getByRole("button", { name: "Sign in" }).click();
      await expectClean(page, "sign-in with an error");

      await page.goto(gateway.signInLink);
      const table = tokensTable(page);
      await expect(drawnRows(table).first()).toBeVisible();
      expect(await page.locator("html").getAttribute("data-theme")).toBe(colorScheme);
      await expectClean(page, "database tokens");
      await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
      await expectClean(page, "with inactive tokens");
      await searchBox(page).fill("no such token anywhere");
      await expect(page.getByText(/^Nothing matches/)).toBeVisible();
      await expectClean(page, "nothing matches");
      await page.goto("/nowhere");
      await expect(page.getByText("There is no such page")).toBeVisible();
      await expectClean(page, "no such page");
    });

    test("axe finds nothing on menus, filters and keys", async ({ signedInPage: page }) => {
      const table = tokensTable(page);
      const menu = await openOptions(drawnRows(table).first());
      await expectClean(page, "options menu");
      await menu.press("Escape");
      await expect(menu).toBeHidden();

      await page.getByRole("button", { name: "Sort", exact: true }).click();
      await expect(page.getByRole("menu")).toBeVisible();
      await expectClean(page, "sort menu");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await expect(page.getByRole("dialog", { name: "Filters" })).toBeVisible();
      await expectClean(page, "filters");
      await page.getByLabel("Expiry").selectOption({ label: "Never expires" });
      await page.keyboard.press("Escape");
      await expectClean(page, "with a filter");
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
      await expectClean(page, "keys");
    });

    test("axe finds nothing on the revoke dialogs", async ({ signedInPage: page }) => {
      const dialog = await askToRevoke(drawnRows(tokensTable(page)).nth(3));
      await expectClean(page, "revoke dialog");
      await dialog.understood.check();
      await dialog.root.getByText("See more details").click();
      await expectClean(page, "revoke dialog, ticked, with details");
      await dialog.cancel.click();
      await expect(dialog.root).toBeHidden();

      await page.getByRole("link", { name: "Management Tokens" }).click();
      const management = tokensTable(page, "Management Tokens");
      await expect(drawnRows(management).first()).toBeVisible();
      await expectClean(page, "management tokens");
      await askToRevoke(drawnRows(management).first(), "Management");
      await expectClean(page, "management revoke dialog");
    });

    test("axe finds nothing on a narrow screen", async ({ signedInPage: page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await expect(page.getByRole("button", { name: "Menu" })).toBeVisible();
      await expectClean(page, "narrow");
      await page.getByRole("button", { name: "Menu" }).click();
      await expect(page.getByRole("link", { name: "Database Tokens" })).toBeVisible();
      await expectClean(page, "narrow, menu open");
    });
  });
}

test("nothing is cut off at 320 px, and the revoke flow works there", async ({ signedInPage: page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const table = tokensTable(page);
  await expect(drawnRows(table).first()).toBeVisible();
  expect(await overflow()).toBeLessThanOrEqual(0);
  const dialog = await askToRevoke(drawnRows(table).first());
  await expect(dialog.revoke).toBeInViewport({ ratio: 1 });
  await expect(dialog.cancel).toBeInViewport({ ratio: 1 });
  expect(await overflow()).toBeLessThanOrEqual(0);
  await dialog.understood.check();
  await dialog.revoke.click();
  await expect(dialog.root).toBeHidden();
});
