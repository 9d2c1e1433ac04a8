import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { smallCluster, someToken } from "./some-tokens.ts";
import {
  columnTexts,
  comeBack,
  drawnRows,
  expectRowCount,
  expectSortedBy,
  headers,
  rowCount,
  rowOf,
  searchBox,
  sortByHeader,
  tokensTable,
} from "./table.ts";

async function filterBy(page: Page, field: string, choice: string): Promise<void> {
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const filters = page.getByRole("dialog", { name: "Filters" });
  await filters.getByLabel(field).selectOption({ label: choice });
  await filters.getByRole("button", { name: "Done" }).click();
  await expect(filters).toBeHidden();
}

test.describe("a small cluster", () => {
  test.use({ gatewayOptions: { importTokens: smallCluster() } });

  test("opens in the order of the token ids, with the columns that administrators know", async ({
    signedInPage: page,
  }) => {
    const table = tokensTable(page);
    await expectRowCount(table, 7);
    expect(await headers(table)).toEqual([
      // The box that selects all of them has a name and no words.
      "",
      "Status",
      "Description",
      "Token ID",
      "Databases",
      "Created At",
      "Expires At",
      "Options",
    ]);
    await expectSortedBy(table, "Token ID", "ascending");
    await expect(page.getByText("9 tokens, 7 active")).toBeVisible();
    await page.getByRole("link", { name: "Management Tokens" }).click();
    expect(await headers(tokensTable(page, "Management Tokens"))).not.toContain("Databases");
  });

  test("search, filters, switch and order are in the address, and Back undoes a step", async ({
    signedInPage: page,
    context,
  }) => {
    const table = tokensTable(page);
    await searchBox(page).fill("sensor");
    await expectRowCount(table, 2);
    await expect(page).toHaveURL(/\?q=sensor$/);
    await sortByHeader(table, "Description");
    await expectSortedBy(table, "Description", "ascending");
    expect(await columnTexts(table, "Description")).toEqual(["Sensor 2", "Sensor 10"]);
    await sortByHeader(table, "Description");
    expect(await columnTexts(table, "Description")).toEqual(["Sensor 10", "Sensor 2"]);
    await expect(page).toHaveURL(/\?q=sensor&sort=-description$/);

    // The same list for a colleague who gets the link.
    const colleague = await context.newPage();
    await colleague.goto(page.url());
    await expectSortedBy(tokensTable(colleague), "Description", "descending");
    await expect(searchBox(colleague)).toHaveValue("sensor");
    expect(await columnTexts(tokensTable(colleague), "Description")).toEqual(["Sensor 10", "Sensor 2"]);

    await page.goBack();
    await expectSortedBy(table, "Description", "ascending");
    await page.goBack();
    await expectSortedBy(table, "Token ID", "ascending");
    await expect(searchBox(page)).toHaveValue("sensor");
    await page.goForward();
    await expectSortedBy(table, "Description", "ascending");

    // Typing replaces the entry: one step back leads past all of it.
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await searchBox(page).pressSequentially("first");
    await expect(page).toHaveURL(/\?q=first$/);
    await page.goBack();
    await expect(page).toHaveURL(/database-tokens\?q=sensor&sort=description$/);
  });

  test("no key is lost while the address follows what is typed", async ({ signedInPage: page }) => {
    // The address follows 150 ms after a key: with these pauses the next key comes just before, meanwhile, or after.
    for (const [at, words] of ["typed about", " as fast as", " it follows"].entries()) {
      await searchBox(page).pressSequentially(words, { delay: 140 + at * 8 });
    }
    const typed = "typed about as fast as it follows";
    await expect(searchBox(page)).toHaveValue(typed);
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe(typed);
    // A key right after a press on a header: both count.
    await searchBox(page).fill("sensor");
    await page.evaluate(() => {
      const header = [...document.querySelectorAll<HTMLElement>("[role=columnheader] button")];
      header.find((button) => button.textContent === "Created At")?.click();
    });
    await searchBox(page).press("Space");
    await searchBox(page).press("2");
    await expect(page).toHaveURL(/\?q=sensor\+2&sort=created$/);
  });

  test("the Sort button does what the headers do, and both show the order", async ({
    signedInPage: page,
  }) => {
    const table = tokensTable(page);
    const sort = page.getByRole("button", { name: "Sort", exact: true });
    await sort.click();
    await page.getByRole("menuitemradio", { name: "Expires At" }).click();
    await page.getByRole("menuitemradio", { name: "Descending" }).click();
    await expect(page.getByRole("menu")).toBeHidden();
    await expect(sort).toBeFocused();
    await expectSortedBy(table, "Expires At", "descending");
    await expect(sort).toHaveAccessibleDescription(/Expires At.*descending/);
    for (const header of ["Status", "Description", "Token ID", "Databases", "Created At", "Expires At"]) {
      await sortByHeader(table, header);
      await expectSortedBy(table, header, "ascending");
    }
  });

  test("filters are chips that take themselves away", async ({ signedInPage: page }) => {
    const table = tokensTable(page);
    await filterBy(page, "Access", "All databases");
    expect(await columnTexts(table, "Description")).toEqual(["Backup"]);
    await page.getByRole("button", { name: "Remove filter: Access: All databases" }).click();
    await expectRowCount(table, 7);
    await expect(page.getByRole("button", { name: "Filter", exact: true })).toBeFocused();

    await filterBy(page, "Database", "logs");
    await expect(page).toHaveURL(/\?db=logs$/);
    expect(await columnTexts(table, "Description")).toEqual([
      "Dashboard reader",
      "Only writer of logs",
      "Backup",
    ]);
    await filterBy(page, "Access", "Can write");
    expect(await columnTexts(table, "Description")).toEqual(["Only writer of logs"]);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await expectRowCount(table, 7);

    // A status that the switch hides is shown when it is asked for by name.
    await filterBy(page, "Status", "Revoked");
    expect(await columnTexts(table, "Description")).toEqual(["Old laptop"]);
    await filterBy(page, "Status", "Any status");
    await filterBy(page, "Expiry", "Never expires");
    await expectRowCount(table, 7);
    await filterBy(page, "Expiry", "Expires within 30 days");
    await expect(page.getByText("Nothing matches the filters")).toBeVisible();
  });

  test("nothing matching and matching only inactive tokens are different sentences", async ({
    signedInPage: page,
  }) => {
    await searchBox(page).fill("laptop");
    await expect(page.getByText('No active token matches "laptop"')).toBeVisible();
    await page.getByRole("button", { name: "Show Inactive Tokens" }).click();
    await expect(rowOf(tokensTable(page), "Old laptop")).toBeVisible();
    await searchBox(page).fill("telegraf");
    await expect(page.getByText('Nothing matches "telegraf"')).toBeVisible();
    await page.getByRole("button", { name: "Clear search" }).last().click();
    await expectRowCount(tokensTable(page), 9);
    await expect(searchBox(page)).toBeFocused();
  });

  test("rows do not move under the pointer: news waits until it is asked for", async ({
    signedInPage: page,
    gateway,
  }) => {
    const table = tokensTable(page);
    await expectRowCount(table, 7);
    const held = rowOf(table, "Backup");
    await held.hover();
    const before = await held.boundingBox();
    const listed = (await gateway.api("/api/v0/tokens")).json() as { id: string; description: string }[];
    const id = listed.find(({ description }) => description === "CI writer")?.id ?? "";
    await gateway.api(`/api/v0/tokens/${id}`, { method: "DELETE" });
    await gateway.api("/api/v0/tokens", { method: "POST", body: { description: "A new one" } });
    await comeBack(page);
    await expect(page.getByText("2 changes since this list was drawn.")).toBeVisible();
    await expect(rowOf(table, "CI writer")).toBeVisible();
    expect(await held.boundingBox()).toEqual(before);

    // The way to the button leads over rows and leaves nothing behind on it.
    const show = page.getByRole("button", { name: "Show", exact: true });
    const target = await show.boundingBox();
    if (target === null) throw new Error("The button is not drawn.");
    await page.mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 12 });
    await expect(rowOf(table, "CI writer")).toBeVisible();
    // Nor does Tab from a row to a control in it, when the focus alone holds the rows.
    await held.focus();
    await page.getByRole("heading", { level: 1 }).hover();
    await expect(rowOf(table, "CI writer")).toBeVisible();
    await page.keyboard.press("Tab");
    await expect(rowOf(table, "CI writer")).toBeVisible();
    await show.focus();
    await page.keyboard.press("Enter");
    await expect(rowOf(table, "CI writer")).toHaveCount(0);
    await expect(rowOf(table, "A new one")).toBeVisible();
    await expect(drawnRows(table).and(page.locator(":focus"))).toHaveCount(1);

    // With nobody on the table there is nothing to wait for.
    await gateway.api("/api/v0/tokens", { method: "POST", body: { description: "Another" } });
    await page.getByRole("heading", { level: 1 }).hover();
    await page.getByRole("button", { name: "Filter", exact: true }).focus();
    await comeBack(page);
    await expect(rowOf(table, "Another")).toBeVisible();
  });

  test("an id is copied by a click, and said so", async ({ signedInPage: page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const row = rowOf(tokensTable(page), "CI writer");
    const copy = row.getByRole("button", { name: /^Copy token ID / });
    const id = (await copy.getAttribute("aria-label"))?.replace("Copy token ID ", "");
    await copy.click();
    await expect(page.getByText("Token ID copied", { exact: true })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id);
  });

  test("+N opens the databases that do not fit", async ({ signedInPage: page }) => {
    await rowOf(tokensTable(page), "Dashboard reader")
      .getByRole("button", { name: /more databases$/ })
      .click();
    const all = page.getByRole("dialog", { name: "Databases of this token" });
    for (const name of ["builds", "logs", "metrics", "sensors"])
      await expect(all.getByText(name)).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(all).toBeHidden();
  });
});

test.describe("an empty cluster", () => {
  test.use({ gatewayOptions: { args: ["--no-sample"] } });
  test("says that there is nothing yet", async ({ signedInPage: page }) => {
    await expect(page.getByText("No tokens yet")).toBeVisible();
    await expectRowCount(tokensTable(page), 0);
  });
});

test("only the window of a long list is drawn, and the keys reach all of it", async ({
  signedInPage: page,
}) => {
  const table = tokensTable(page);
  const rows = drawnRows(table);
  await expect(rows.first()).toBeVisible();
  const total = await rowCount(table);
  expect(await rows.count()).toBeLessThan(60);

  await rows.first().focus();
  await page.keyboard.press("End");
  await expect(table.locator(`[aria-rowindex="${total + 1}"]`)).toBeFocused();
  await page.keyboard.press("PageUp");
  await expect(table.locator(`[aria-rowindex="${total + 1}"]`)).not.toBeFocused();
  const index = await page.evaluate(() => Number(document.activeElement?.getAttribute("aria-rowindex")));
  expect(index).toBeGreaterThan(total - 40);
  expect(index).toBeLessThan(total - 5);
  await page.keyboard.press("Home");
  await expect(table.locator('[aria-rowindex="2"]')).toBeFocused();

  // A row that has focus stays in the document while it is scrolled away from.
  await rows.nth(3).hover();
  await page.mouse.wheel(0, 8000);
  await expect(table.locator('[aria-rowindex="190"]')).toBeAttached();
  await expect(table.locator('[aria-rowindex="2"]')).toBeFocused();
});

test("what stands in the search field is not covered by it", async ({ signedInPage: page }) => {
  const field = searchBox(page).locator("..");
  for (const [text, marks] of [
    ["", ["svg", "kbd"]],
    ["a", ["svg", "button"]],
  ] as const) {
    await searchBox(page).fill(text);
    await searchBox(page).blur();
    for (const mark of marks) {
      const element = field.locator(`> ${mark}`);
      const clip = await element.boundingBox();
      if (clip === null) throw new Error(`There is no ${mark}.`);
      const shown = await page.screenshot({ clip });
      await element.evaluate(({ style }) => (style.visibility = "hidden"));
      expect((await page.screenshot({ clip })).equals(shown), `${mark} is painted`).toBe(false);
      await element.evaluate(({ style }) => (style.visibility = ""));
    }
  }
});

test.describe("a list longer than the window", () => {
  const names = Array.from({ length: 120 }, (_, at) => `${at % 2 === 0 ? "Pump" : "Valve"} ${at}`);
  test.use({ gatewayOptions: { importTokens: names.map((name) => someToken(name)) } });

  test("every frame shows rows of the answer alone, and those out of sight follow at once", async ({
    signedInPage: page,
  }) => {
    const table = tokensTable(page);
    await expectRowCount(table, 120);
    // In each frame, before it is painted: what the box says, and what the rows do that can be seen.
    const frames = await table.evaluateHandle((element) => {
      const seen: { asked: string; other: string[] }[] = [];
      const box = document.querySelector<HTMLInputElement>("input[type=search]");
      const scroller = element.parentElement;
      const look = () => {
        const asked = box?.value ?? "";
        const edge = scroller?.getBoundingClientRect().bottom ?? 0;
        const texts = [...element.querySelectorAll("[role=row][aria-rowindex]")]
          .filter((row) => row.getBoundingClientRect().top < edge)
          .map((row) => row.querySelectorAll("[role=cell]")[2]?.textContent ?? asked);
        seen.push({ asked, other: texts.filter((text) => !text.toLowerCase().includes(asked)) });
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      return seen;
    });
    const drawn = () => columnTexts(table, "Description");
    const above = (await drawn()).length;
    for (const query of ["valve", "pump"]) {
      await searchBox(page).pressSequentially(query, { delay: 40 });
      await expectRowCount(table, 60);
      await expect
        .poll(async () => (await drawn()).filter((text) => !text.toLowerCase().startsWith(query)))
        .toEqual([]);
      // Those beyond the window are among them.
      expect(await drawn()).toHaveLength(above);
      await searchBox(page).fill("");
      await expectRowCount(table, 120);
    }
    const seen = await frames.jsonValue();
    expect(new Set(seen.map(({ asked }) => asked))).toContain("val");
    expect(seen.filter(({ other }) => other.length > 0)).toEqual([]);
  });

  test("a row that shows another token for the rest of a frame cannot be pressed", async ({
    signedInPage: page,
  }) => {
    const table = tokensTable(page);
    await expectRowCount(table, 120);
    // In one task, so that nothing is painted between the letter and the press.
    const pressed = await table.evaluate((element) => {
      const box = document.querySelector<HTMLInputElement>("input[type=search]");
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(box, "v");
      box?.dispatchEvent(new InputEvent("input", { bubbles: true, data: "v", inputType: "insertText" }));
      const row = [...element.querySelectorAll("[role=row][data-index]")].at(-1);
      row?.querySelector<HTMLElement>("input[type=checkbox]")?.click();
      return {
        count: Number(element.getAttribute("aria-rowcount")) - 1,
        index: Number(row?.getAttribute("data-index")),
        text: row?.querySelectorAll("[role=cell]")[2]?.textContent,
      };
    });
    // The answer is there, and the last row shows what stood in its place before.
    expect(pressed.count).toBe(60);
    expect(pressed.text).toBe(names[pressed.index]);
    await expect(drawnRows(table).last()).toContainText(`Valve ${2 * pressed.index + 1}`);
    await expect(table.getByRole("checkbox", { checked: true })).toHaveCount(0);
  });
});

test.describe("as time goes by", () => {
  test.use({ own: "context" });

  test("the list is read again every 30 s while the page is visible", async ({ page, gateway }) => {
    await page.clock.install();
    await page.goto(gateway.signInLink);
    await searchBox(page).fill("Made by a colleague");
    await expect(page.getByText(/^Nothing matches/)).toBeVisible();
    await gateway.api("/api/v0/tokens", { method: "POST", body: { description: "Made by a colleague" } });
    await page.clock.fastForward("00:31");
    await expect(rowOf(tokensTable(page), "Made by a colleague")).toBeVisible();
  });
});
