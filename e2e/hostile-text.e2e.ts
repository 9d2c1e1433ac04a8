import type { Page } from "@playwright/test";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { scriptPayloads, shortPayloads } from "./script-payloads.ts";
import { someToken } from "./some-tokens.ts";
import {
  askToRevoke,
  columnTexts,
  confirmRevoke,
  drawnRows,
  expectRowCount,
  rowCount,
  searchBox,
  tokensTable,
} from "./table.ts";

/** Goes through the whole table, so that every row is drawn once. */
async function readAll(page: Page, column: string): Promise<Set<string>> {
  const table = tokensTable(page);
  const total = await rowCount(table);
  const texts = new Set<string>();
  await drawnRows(table).first().focus();
  for (let seen = 0; seen < total; seen += 5) {
    for (const text of await columnTexts(table, column)) texts.add(text);
    await page.keyboard.press("PageDown");
  }
  return texts;
}

test.describe("in a cluster full of script", () => {
  test.use({
    gatewayOptions: {
      importTokens: scriptPayloads.map((payload, index) => {
        const name = shortPayloads[index % shortPayloads.length] ?? "x";
        return someToken(payload, "", { permissions: [{ action: payload, resource: name }] });
      }),
    },
    throughFaultProxy: true,
  });

  test("18. over 100 script payloads as description, database name and action are text", async ({
    signedInPage: page,
  }) => {
    expect(new Set(scriptPayloads).size).toBeGreaterThan(100);
    await expectRowCount(tokensTable(page), scriptPayloads.length);
    const shown = await readAll(page, "Description");
    for (const payload of scriptPayloads) expect(shown).toContain(payload);
    // The guards report any violation; these say that nothing became an element or ran.
    await expect(page).toHaveTitle("Database Tokens · Tokenward");
    expect(
      await page.locator("main :is(script, iframe, object, embed, base, svg script, img, style)").count(),
    ).toBe(0);

    await searchBox(page).fill("<svg onload");
    await expectRowCount(tokensTable(page), 3);
    const dialog = await askToRevoke(drawnRows(tokensTable(page)).first());
    await dialog.root.getByText("See more details").click();
    await expect(dialog.root).toContainText("<svg onload=");
    expect(await dialog.root.locator("script, iframe, img").count()).toBe(0);
  });

  test("18. script in the server's message is text in the dialog and on the page", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest("/tokens/", 403);
    const dialog = await askToRevoke(drawnRows(tokensTable(page)).first());
    await dialog.understood.check();
    for (const payload of scriptPayloads.slice(0, 12)) {
      const rule = faultProxy.fail(
        { method: "DELETE", path: /\/tokens\// },
        refuse(403, "forbidden", payload, {
          requestId: payload,
          upstream: { status: 403, message: payload },
        }),
      );
      await dialog.revoke.click();
      await expect(dialog.root.getByText("The token was not revoked.")).toBeVisible();
      await expect(dialog.root).toContainText(`InfluxDB says: ${payload}`);
      rule.remove();
    }
    expect(await dialog.root.locator("script, iframe, img, object, embed").count()).toBe(0);
    await expect(page).toHaveTitle("Database Tokens · Tokenward");
    await confirmRevoke(dialog);
    await expect(dialog.root).toBeHidden();
  });
});

test("19. bidirectional text is isolated, what cannot be seen is escaped, and the dialog shows the id", async ({
  signedInPage: page,
  gateway,
}) => {
  const hostile = [
    "\u202Egnp.exe",
    "zero\u200Bwidth",
    "two\nlines",
    '=HYPERLINK("https://example.com")',
    "a".repeat(10_000),
    "Z̸̢̛a̷l̵g̶o̴".repeat(30),
  ];
  for (const description of hostile) {
    const made = await gateway.api("/api/v0/tokens", {
      method: "POST",
      body: { description: `hostile ${description}` },
    });
    expect(made.status).toBe(200);
  }
  await page.reload();
  await searchBox(page).fill("hostile");
  const table = tokensTable(page);
  await expectRowCount(table, hostile.length);
  const texts = (await columnTexts(table, "Description")).join("\n");
  expect(texts).toMatch(/U\+202E/);
  expect(texts).toMatch(/U\+200B/);
  expect(texts).not.toContain("\u202E");
  expect(await drawnRows(table).first().locator("bdi").count()).toBeGreaterThan(0);
  for (const row of await drawnRows(table).all()) {
    expect((await row.boundingBox())?.height).toBeLessThanOrEqual(45);
  }

  await searchBox(page).fill("gnp.exe");
  const dialog = await askToRevoke(drawnRows(table).first());
  await expect(dialog.root).toContainText("U+202E");
  const [row] = await gateway.databaseRows(
    "SELECT id FROM database_tokens WHERE description LIKE '%gnp.exe'",
  );
  await expect(dialog.root).toContainText(String(row?.["id"]));
});
