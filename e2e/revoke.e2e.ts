import { expect, test } from "./fixtures.ts";
import { smallCluster, someToken } from "./some-tokens.ts";
import {
  askToRevoke,
  cellUnder,
  comeBack,
  confirmRevoke,
  drawnRows,
  expectRowCount,
  expectSortedBy,
  findToken,
  openOptions,
  optionsButton,
  revokeDialog,
  rowCount,
  rowOf,
  searchBox,
  sortByHeader,
  tokensTable,
} from "./table.ts";

interface Listed {
  id: string;
  description: string;
  revokedAt?: string;
}

// What moves is drawn here; other tests do without.
test.use({ contextOptions: { reducedMotion: "no-preference" } });

test("the way to what was revoked keeps the order that was chosen since the page was opened", async ({
  signedInPage: page,
}) => {
  const table = tokensTable(page);
  await expect(drawnRows(table).first()).toBeVisible();
  await sortByHeader(table, "Description");
  const row = await findToken(page, "Van 4 tracker");
  await confirmRevoke(await askToRevoke(row));
  await page.getByRole("button", { name: "View", exact: true }).click();
  await expect(await cellUnder(table, rowOf(table, "Van 4 tracker"), "Status")).toHaveText("Revoked");
  await expectSortedBy(table, "Description", "ascending");
});

test("revokes a database token, found among hundreds, for good", async ({ signedInPage: page, gateway }) => {
  const table = tokensTable(page);
  await expect(drawnRows(table).first()).toBeVisible();
  const before = await rowCount(table);
  expect(before).toBeGreaterThan(500);
  const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  const chosen = listed.find(({ description }) => description === "Van 4 tracker");
  if (chosen === undefined) throw new Error("The sample data changed.");

  const row = await findToken(page, chosen.description);
  await expect(await cellUnder(table, row, "Status")).toHaveText("Active");
  const dialog = await askToRevoke(row);
  await expect(dialog.root).toContainText("You are about to revoke a token");
  await expect(dialog.root).toContainText(chosen.description);
  await expect(dialog.root).toContainText(chosen.id);
  await expect(dialog.cancel).toBeFocused();
  await expect(dialog.revoke).toBeDisabled();
  await dialog.understood.check();
  await expect(dialog.revoke).toBeEnabled();
  await dialog.revoke.click();
  await expect(dialog.root).toBeHidden();
  await expect(page.getByText(`Revoked "${chosen.description}"`, { exact: true })).toBeVisible();
  await expect(row).toHaveCount(0);

  // It still appears among the inactive ones.
  await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
  await expect(await cellUnder(table, rowOf(table, chosen.description), "Status")).toHaveText("Revoked");

  // The API and the database say the same, and nothing else changed.
  const after = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  expect(after.find(({ id }) => id === chosen.id)?.revokedAt).toBeDefined();
  expect(after.filter(({ revokedAt }) => revokedAt !== undefined)).toHaveLength(
    listed.filter(({ revokedAt }) => revokedAt !== undefined).length + 1,
  );
  const rows = await gateway.databaseRows("SELECT revoked_at FROM database_tokens WHERE id = ?", chosen.id);
  expect(rows).toEqual([{ revoked_at: expect.any(String) }]);
});

test("revokes a management token, which is refused from then on", async ({ signedInPage: page, gateway }) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  const table = tokensTable(page, "Management Tokens");
  const created = await gateway.api(
    "/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens",
    {
      method: "POST",
      body: { description: "Leaked in a ticket" },
    },
  );
  const { accessToken, id } = created.json() as { accessToken: string; id: string };
  await page.reload();

  const dialog = await askToRevoke(await findToken(page, "Leaked in a ticket", table), "Management");
  await expect(dialog.root).toContainText("other management tokens stay active");
  await confirmRevoke(dialog);
  await expect(dialog.root).toBeHidden();
  await expect(page.getByText('Revoked "Leaked in a ticket"', { exact: true })).toBeVisible();

  const refused = await gateway.api("/api/v0/tokens", {
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  expect(refused.status).toBe(401);
  const rows = await gateway.databaseRows("SELECT revoked_at FROM management_tokens WHERE id = ?", id);
  expect(rows).toEqual([{ revoked_at: expect.any(String) }]);
});

test.describe("in a small cluster", () => {
  test.use({ gatewayOptions: { importTokens: smallCluster() } });

  test("works by keyboard alone, and focus goes on to the next row", async ({
    signedInPage: page,
    gateway,
  }) => {
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    await page.keyboard.press("/");
    await expect(searchBox(page)).toBeFocused();
    await page.keyboard.type("sensor");
    await expectRowCount(tokensTable(page), 2);
    await page.keyboard.press("ArrowDown");
    await expect(rowOf(tokensTable(page), "Sensor 10")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("m");
    await expect(page.getByRole("menu")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(rowOf(tokensTable(page), "Sensor 10")).toBeFocused();
    await page.keyboard.press("m");
    await expect(page.getByRole("menu")).toBeVisible();
    await page.keyboard.press("r");
    const dialog = revokeDialog(page);
    await expect(dialog.cancel).toBeFocused();
    // Escape is the way back, to where the question was asked.
    await page.keyboard.press("Escape");
    await expect(dialog.root).toBeHidden();
    await expect(rowOf(tokensTable(page), "Sensor 10")).toBeFocused();

    // Into the row's controls, and on from there by the keys of the table.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(optionsButton(page, "Sensor 10")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await expect(rowOf(tokensTable(page), "Sensor 2")).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("r");
    await expect(dialog.cancel).toBeFocused();
    await page.keyboard.press("Shift+Tab");
    await expect(dialog.understood).toBeFocused();
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(dialog.revoke).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(dialog.root).toBeHidden();
    await expect(rowOf(tokensTable(page), "Sensor 2")).toBeFocused();
    const rows = await gateway.databaseRows(
      "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL ORDER BY description",
    );
    expect(rows).toEqual([{ description: "Old laptop" }, { description: "Sensor 10" }]);
  });

  test("single-letter keys can be switched off", async ({ signedInPage: page }) => {
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keys" });
    await keys.getByRole("switch").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await expect(searchBox(page)).not.toBeFocused();
    await rowOf(tokensTable(page), "CI writer").focus();
    await page.keyboard.press("r");
    await expect(page.getByRole("dialog")).toBeHidden();
    await page.reload();
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeHidden();
  });

  test("says what would stop working", async ({ signedInPage: page }) => {
    const table = tokensTable(page);
    const consequences = page.getByRole("region", { name: "What stops working" });

    const lone = await askToRevoke(await findToken(page, "Only writer of logs", table));
    await expect(consequences).toContainText("No active token will be able to write to logs.");
    await lone.cancel.click();

    const shared = await askToRevoke(await findToken(page, "Sensor 2", table));
    await expect(consequences).toContainText("No other token is affected.");
    await shared.cancel.click();

    await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
    const expired = await askToRevoke(await findToken(page, "Trial", table));
    await expect(consequences).toContainText("Nothing: this token is not active any more.");
    await expired.cancel.click();

    const menu = await openOptions(await findToken(page, "Old laptop", table));
    const item = menu.getByRole("menuitem", { name: "Revoke Token" });
    await expect(item).toBeDisabled();
    await expect(menu).toContainText("This token is revoked already.");
  });

  test("another administrator was first: already gone, and said so", async ({
    signedInPage: page,
    gateway,
    guards,
  }) => {
    const dialog = await askToRevoke(await findToken(page, "CI writer"));
    const { id } = ((await gateway.api("/api/v0/tokens")).json() as Listed[]).find(
      ({ description }) => description === "CI writer",
    ) ?? { id: "" };
    expect((await gateway.api(`/api/v0/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
    const [first] = await gateway.databaseRows("SELECT revoked_at FROM database_tokens WHERE id = ?", id);

    guards.expectFailedRequest(id, 404);
    await confirmRevoke(dialog);
    await expect(page.getByText('"CI writer" was revoked already', { exact: true })).toBeVisible();
    await expect(rowOf(tokensTable(page), "CI writer")).toHaveCount(0);
    const [then] = await gateway.databaseRows("SELECT revoked_at FROM database_tokens WHERE id = ?", id);
    expect(then).toEqual(first);
  });

  test("a revocation survives kill -9 and a restart in between", async ({ signedInPage: page, gateway }) => {
    const dialog = await askToRevoke(await findToken(page, "Backup"));
    // The list is read again behind the row that went; killing the gateway under it would be another test.
    const refreshed = page.waitForResponse((response) => response.url().endsWith("/tokens"));
    await confirmRevoke(dialog);
    await expect(dialog.root).toBeHidden();
    await (await refreshed).finished();
    await gateway.kill();
    await gateway.restart();

    // The session is in the database too: the page goes on.
    await page.reload();
    await expect(rowOf(tokensTable(page), "CI writer")).toHaveCount(0);
    await searchBox(page).fill("");
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    await expect(rowOf(tokensTable(page), "Backup")).toHaveCount(0);
    const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
    expect(listed.find(({ description }) => description === "Backup")?.revokedAt).toBeDefined();
  });

  test("the question stands as it was asked until the dialog is gone", async ({ signedInPage: page }) => {
    const dialog = await askToRevoke(await findToken(page, "CI writer"));
    await dialog.understood.check();
    // The list says that the token is revoked before the dialog closes: every text that stands in it meanwhile counts.
    const said = await dialog.root.evaluateHandle((root) => {
      const texts: string[] = [];
      new MutationObserver(() => texts.push(root.textContent)).observe(root, {
        childList: true,
        subtree: true,
        characterData: true,
      });
      return texts;
    });
    await dialog.revoke.click();
    await expect(dialog.root).toBeHidden();
    const texts = await said.jsonValue();
    expect(texts.some((text) => text.includes("Revoking…"))).toBe(true);
    expect(texts.filter((text) => /not active any more|StatusRevoked/.test(text))).toEqual([]);
  });

  test("a double click and Enter twice have one effect", async ({ signedInPage: page, gateway }) => {
    const sent: string[] = [];
    page.on("request", (request) => request.method() === "DELETE" && sent.push(request.url()));
    const dialog = await askToRevoke(await findToken(page, "CI writer"));
    await dialog.understood.check();
    await dialog.revoke.dblclick();
    await expect(dialog.root).toBeHidden();
    expect(sent).toHaveLength(1);
    const rows = await gateway.databaseRows("SELECT id FROM database_tokens WHERE revoked_at IS NOT NULL");
    expect(rows).toHaveLength(2);
  });

  test("acts on the chosen token whatever moves in the table meanwhile", async ({
    signedInPage: page,
    gateway,
  }) => {
    const dialog = await askToRevoke(await findToken(page, "Sensor 2"));
    // Others come and go; the list is read again.
    for (const description of ["Sensor 1", "A sensor"]) {
      await gateway.api("/api/v0/tokens", {
        method: "POST",
        body: { description },
      });
    }
    const refreshed = page.waitForResponse((response) => response.url().endsWith("/tokens"));
    await comeBack(page);
    await refreshed;
    await expect(dialog.root).toContainText("Sensor 2");
    await confirmRevoke(dialog);
    await expect(dialog.root).toBeHidden();
    const rows = await gateway.databaseRows(
      "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL ORDER BY description",
    );
    expect(rows).toEqual([{ description: "Old laptop" }, { description: "Sensor 2" }]);
  });
});

test.describe("the last active management token", () => {
  test.use({ gatewayOptions: { importTokens: [someToken("One")] } });

  test("is refused with the reason, on the screen and by the API", async ({
    signedInPage: page,
    gateway,
  }) => {
    await page.getByRole("link", { name: "Management Tokens" }).click();
    const table = tokensTable(page, "Management Tokens");
    await expectRowCount(table, 1);
    const row = drawnRows(table).first();
    const menu = await openOptions(row);
    await menu.getByRole("menuitem", { name: "Revoke Token" }).click();
    const dialog = revokeDialog(page, "Management");
    await expect(dialog.root).toContainText("This is the last active management token of the account.");
    await expect(dialog.understood).toBeDisabled();
    await expect(dialog.revoke).toBeDisabled();

    const [token] = await gateway.databaseRows("SELECT id FROM management_tokens");
    const answer = await gateway.api(
      `/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens/${String(token?.["id"])}`,
      { method: "DELETE" },
    );
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ reason: "protected" });
  });
});
