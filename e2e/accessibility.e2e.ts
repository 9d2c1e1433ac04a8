import { REQUEST_HEADER } from "#contract/headers.ts";
import { expectAxeCleanInBothThemes as expectClean } from "./axe.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, comeBack, drawnRows, openOptions, rowOf, searchBox, tokensTable } from "./table.ts";

// What small clusters lack: rows further down than the screen, names and permissions of every length, and management
// tokens that may be revoked.
test("axe finds nothing on the lists of the sample", async ({ signedInPage: page }) => {
  await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
  await expectClean(page, "many tokens");
  await page.getByRole("link", { name: "Management Tokens" }).click();
  const management = tokensTable(page, "Management Tokens");
  await expect(drawnRows(management).first()).toBeVisible();
  await expectClean(page, "management tokens");
  await askToRevoke(drawnRows(management).first(), "Management");
  await expectClean(page, "management revoke dialog");
});

test.describe("with few rows, which axe is quick about", () => {
  test.use({ gatewayOptions: { importTokens: smallCluster() } });

  test("axe notices what is wrong, also on a page that it looked at before", async ({ page }) => {
    await page.goto("/sign-in");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expectClean(page, "sign-in");
    await page.evaluate(() => document.querySelector("main, body")?.append(document.createElement("img")));
    await expect(expectClean(page, "an image without words")).rejects.toThrow("image-alt");
    await page.evaluate(() => document.querySelector("img")?.remove());
    await page.evaluate(() => {
      for (const heading of document.querySelectorAll("h1")) heading.style.color = "#777";
      document.body.style.setProperty("background", "#888", "important");
    });
    await expect(expectClean(page, "a heading that is hard to read")).rejects.toThrow("color-contrast");
  });

  test("axe finds nothing on the sign-in pages and the lists", async ({ page, gateway }) => {
    await page.goto("/sign-in");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expectClean(page, "sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expectClean(page, "sign-in with an error");

    await page.goto(gateway.signInLink);
    const table = tokensTable(page);
    await expect(drawnRows(table).first()).toBeVisible();
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

  test("axe finds nothing on the revoke dialogs", async ({ signedInPage: page }) => {
    const dialog = await askToRevoke(drawnRows(tokensTable(page)).nth(3));
    await expectClean(page, "revoke dialog");
    await dialog.understood.check();
    await dialog.root.getByText("See more details").click();
    await expectClean(page, "revoke dialog, ticked, with details");
    await dialog.cancel.click();
    await expect(dialog.root).toBeHidden();
  });

  test("axe finds nothing on menus", async ({ signedInPage: page }) => {
    const table = tokensTable(page);
    const menu = await openOptions(drawnRows(table).first());
    await expectClean(page, "options menu");
    await menu.press("Escape");
    await expect(menu).toBeHidden();

    await page.getByRole("button", { name: "Sort", exact: true }).click();
    await expect(page.getByRole("menu")).toBeVisible();
    await expectClean(page, "sort menu");
  });

  test("axe finds nothing on what creates a token", async ({ signedInPage: page }) => {
    await page.getByRole("button", { name: "Add Database Token" }).click();
    const form = page.getByRole("dialog", { name: "Add Database Token" });
    await expect(form).toBeVisible();
    await expectClean(page, "empty form");
    await form.getByRole("radio", { name: "Date and time" }).check();
    await form.getByLabel("Day", { exact: true }).fill("2020-01-01");
    await form.getByRole("button", { name: "Create Token" }).click();
    await expect(form).toContainText("The expiry must be in the future.");
    for (const name of ["*", "sensors"]) {
      await form.getByRole("combobox").fill(name);
      await form.getByRole("combobox").press("Enter");
    }
    await form.getByRole("combobox").fill("b");
    await expectClean(page, "form with errors, permissions and an open list");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog", { name: /^Discard/ })).toBeVisible();
    await expectClean(page, "discard");
    await page.keyboard.press("Escape");
    // What is typed there and not added would be asked about.
    await form.getByRole("combobox").fill("");
    await form.getByRole("radio", { name: "Never" }).check();
    await form.getByRole("textbox", { name: "Description" }).fill("CI writer");
    await form.getByRole("button", { name: "Create Token" }).click();
    const secret = page.getByRole("dialog", { name: "Database Token Created" });
    await expect(secret).toBeVisible();
    await expectClean(page, "secret, masked");
    await secret.getByRole("button", { name: "Show", exact: true }).click();
    await expectClean(page, "secret, shown");
  });

  test("axe finds nothing on filters and keys", async ({ signedInPage: page }) => {
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

  test("axe finds nothing on a narrow screen", async ({ signedInPage: page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(page.getByRole("button", { name: "Menu" })).toBeVisible();
    await expectClean(page, "narrow");
    await page.getByRole("button", { name: "Menu" }).click();
    await expect(page.getByRole("link", { name: "Database Tokens" })).toBeVisible();
    await expectClean(page, "narrow, menu open");
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const dialog = await askToRevoke(drawnRows(tokensTable(page)).first());
    await expectClean(page, "narrow, revoke dialog");
    await dialog.understood.check();
    await expectClean(page, "narrow, revoke dialog, ticked");
  });
});

test.describe("when something is wrong", () => {
  test.use({ gatewayOptions: { importTokens: smallCluster() }, throughFaultProxy: true });

  test("axe finds nothing while a list loads, when it failed, and when it is old", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    const list = { method: "GET", path: /\/tokens$/ };
    faultProxy.fail(list, { kind: "hold" });
    await page.reload();
    await expect(page.locator("[aria-busy=true]").first()).toBeVisible();
    await expectClean(page, "loading");

    // Not 503: that one is tried three times before the screen says so.
    guards.expectFailedRequest(/\/tokens$/, 403);
    faultProxy.clear();
    const refusal = refuse(403, "forbidden", "This account may not read tokens.");
    faultProxy.fail(list, refusal);
    await page.reload();
    await expect(page.getByText("This account may not read tokens.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Retry" })).toBeVisible();
    await expectClean(page, "the first reading failed");

    faultProxy.clear();
    await page.getByRole("button", { name: "Retry" }).click();
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    faultProxy.fail(list, refusal);
    await comeBack(page);
    await expect(page.getByText(/^Not refreshed since/)).toBeVisible();
    await expectClean(page, "an old list");
  });

  test("axe finds nothing when the session ended", async ({ signedInPage: page, guards }) => {
    guards.expectFailedRequest("/api/", 401);
    await page.evaluate(
      (header) => fetch("/api/session", { method: "DELETE", headers: { [header]: "interactive" } }),
      REQUEST_HEADER,
    );
    await comeBack(page);
    await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
    await expectClean(page, "session ended");
  });
});

test.describe("in an empty cluster", () => {
  test.use({ gatewayOptions: { args: ["--no-sample"] }, own: "context" });

  test("axe finds nothing without tokens, and when the session is about to end", async ({
    page,
    gateway,
  }) => {
    await page.clock.install();
    await page.goto(gateway.signInLink);
    await expect(page.getByText("No tokens yet")).toBeVisible();
    await expectClean(page, "no tokens");
    await page.clock.fastForward("14:10");
    await expect(page.getByRole("dialog", { name: "Are you still there?" })).toBeVisible();
    await expectClean(page, "about to be signed out");
  });
});

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
