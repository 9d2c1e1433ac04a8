import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { expectAxeClean } from "./axe.ts";
import { refuseClipboard } from "./clipboard.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { someToken, type ImportedToken } from "./some-tokens.ts";
import { comeBack, drawnRows, expectRowCount, rowOf, searchBox, sortByHeader, tokensTable } from "./table.ts";

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;

/** "Sensor 01 north" to "09 north", then "10 south" to "16 south": the last one is the only writer of the logs. */
const sensor = (number: number) =>
  `Sensor ${String(number).padStart(2, "0")} ${number < 10 ? "north" : "south"}`;
const sensors = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => sensor(from + at));

/** Those, and others: one that is revoked, two of one name, one that a spreadsheet would run. */
function cluster(): ImportedToken[] {
  return [
    ...sensors(1, 15).map((name) => someToken(name, "write:sensors")),
    someToken(sensor(16), "write:logs"),
    someToken("Keeper", "write:sensors read:sensors"),
    someToken("Twin", "read:sensors"),
    someToken("Twin", "read:sensors"),
    someToken("=SUM(A1)", "read:sensors"),
    someToken("Old laptop", "read:sensors", { revokedAt: "2026-03-01T00:00:00Z" }),
  ];
}

test.use({ gatewayOptions: { importTokens: cluster() } });

function selectBox(page: Page, description: string): Locator {
  return page.getByRole("checkbox", { name: `Select ${description}`, exact: true });
}

function selection(page: Page): Locator {
  return page.getByRole("group", { name: "Selection" });
}

function dialogOf(page: Page, name = "Revoke Tokens"): Locator {
  return page.getByRole("dialog", { name, exact: true });
}

/** As the owner of a management token: the one-time link makes another actor. */
async function signInAs(page: Page, managementToken: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Management token").fill(managementToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Database Tokens/ })).toBeVisible();
}

/** In the dialog above the page that lost its session. */
async function signInAgain(page: Page, managementToken: string): Promise<void> {
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Management token").fill(managementToken);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
}

async function endSession(page: Page): Promise<void> {
  await page.evaluate(() =>
    fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
  );
}

/** The number that is asked for, and the red button. */
async function confirm(dialog: Locator, count: number): Promise<void> {
  await dialog.getByRole("textbox", { name: `Type ${count} to confirm` }).fill(String(count));
  await dialog.getByRole("button", { name: `Revoke ${count} Token${count === 1 ? "" : "s"}` }).click();
}

async function revokedNow(gateway: GatewayProcess): Promise<string[]> {
  const rows = await gateway.databaseRows(
    "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL AND description <> 'Old laptop' ORDER BY description",
  );
  return rows.map(({ description }) => String(description));
}

async function paste(page: Page, text: string): Promise<Locator> {
  await page.getByRole("button", { name: "Revoke from a list…" }).click();
  const dialog = dialogOf(page);
  await expectAxeClean(page, "a list to paste");
  await dialog.getByRole("textbox", { name: "Token IDs or descriptions" }).fill(text);
  await dialog.getByRole("button", { name: "Show Plan" }).click();
  return dialog;
}

test("selects by click, in ranges and all that match, and means ids whatever is shown", async ({
  signedInPage: page,
}) => {
  const table = tokensTable(page);
  await sortByHeader(table, "Description");
  await selectBox(page, sensor(2)).click();
  await expect(selection(page)).toContainText("1 selected");
  // Nothing else opens.
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await selectBox(page, sensor(5)).click({ modifiers: ["Shift"] });
  await expect(selection(page)).toContainText("4 selected");
  for (const name of sensors(2, 5)) await expect(selectBox(page, name)).toBeChecked();
  await expect(selectBox(page, sensor(6))).not.toBeChecked();

  // Another order and a search change what is shown, not who is meant.
  await sortByHeader(table, "Description");
  await searchBox(page).fill("north");
  await expectRowCount(table, 9);
  await expect(selection(page)).toContainText("4 selected");
  for (const name of sensors(2, 5)) await expect(selectBox(page, name)).toBeChecked();
  await searchBox(page).fill(sensor(3));
  await expectRowCount(table, 1);
  await expect(selection(page)).toContainText("4 selected");
  await expect(selection(page)).toContainText("3 of them not shown");

  // All that match are added to those.
  await searchBox(page).fill("south");
  await expectRowCount(table, 7);
  const all = table.getByRole("checkbox", { name: "Select all 7 that match" });
  await all.click();
  await expect(selection(page)).toContainText("11 selected");
  await expect(selection(page)).toContainText("4 of them not shown");
  await searchBox(page).fill("");
  await expect(selection(page)).not.toContainText("not shown");
  const some = table.getByRole("checkbox", { name: "Select all 20 that match" });
  expect(await some.evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
  await some.click();
  await expect(selection(page)).toContainText("20 selected");
  // A box keeps its name, whether it is ticked or not.
  await expect(some).toBeChecked();
  await some.click();
  await expect(selection(page)).toHaveCount(0);
});

test("a refresh changes nothing about who is selected, and says who has left", async ({
  signedInPage: page,
  gateway,
}) => {
  const table = tokensTable(page);
  await sortByHeader(table, "Description");
  await selectBox(page, sensor(2)).click();
  await selectBox(page, sensor(4)).click({ modifiers: ["Shift"] });
  const listed = (await gateway.api("/api/v0/tokens")).json() as ImportedToken[];
  const second = listed.find(({ description }) => description === sensor(2))!;
  await gateway.api(`/api/v0/tokens/${second.id}`, { method: "DELETE" });
  await page.mouse.move(0, 0);
  await searchBox(page).focus();
  await comeBack(page);
  await expect(rowOf(table, sensor(2))).toHaveCount(0);
  await expect(selection(page)).toContainText("3 selected");
  await expect(selection(page)).toContainText("1 of them not shown");
  await selection(page).getByRole("button", { name: "Revoke Tokens…" }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText("You are about to revoke 2 tokens");
  await expect(dialog).toContainText("Revoked already: 1 token");
});

test("revokes what was selected, says what would stop, and the database agrees", async ({
  signedInPage: page,
  gateway,
}) => {
  const table = tokensTable(page);
  await sortByHeader(table, "Description");
  await selectBox(page, sensor(14)).click();
  await selectBox(page, sensor(16)).click({ modifiers: ["Shift"] });
  await selection(page).getByRole("button", { name: "Revoke Tokens…" }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expect(dialog).toContainText("You are about to revoke 3 tokens");
  await expect(dialog.getByRole("region", { name: "What stops working" })).toContainText(
    "No active token will be able to write to logs.",
  );
  const revoke = dialog.getByRole("button", { name: "Revoke 3 Tokens" });
  await expect(revoke).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Type 3 to confirm" }).fill("2");
  await expect(revoke).toBeDisabled();
  await expectAxeClean(page, "the plan");
  await confirm(dialog, 3);
  const report = dialogOf(page, "Report");
  await expect(report).toContainText("3 tokens: 3 revoked");
  await report.getByRole("button", { name: "Close" }).click();
  await expect(selection(page)).toHaveCount(0);
  await expect(rowOf(table, sensor(15))).toHaveCount(0);
  expect(await revokedNow(gateway)).toEqual(sensors(14, 16));
  // Nothing is left to continue.
  await page.reload();
  await expect(drawnRows(table).first()).toBeVisible();
  await expect(page.getByText("was interrupted")).toHaveCount(0);
});

test("a pasted list: found, not found, revoked already, and never one of several in silence", async ({
  signedInPage: page,
  context,
  gateway,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const listed = (await gateway.api("/api/v0/tokens")).json() as ImportedToken[];
  const idOf = (name: string) => listed.find(({ description }) => description === name)!.id;
  const dialog = await paste(
    page,
    `${idOf(sensor(1)).toUpperCase()}\n${sensor(2)}\n"${idOf(sensor(2))}"\nTwin\nnobody at all\nOld laptop\n=SUM(A1)`,
  );
  await expect(dialog).toContainText("You are about to revoke 3 tokens");
  await expect(dialog).toContainText("Not found: 1 entry");
  await expect(dialog).toContainText("nobody at all");
  await expect(dialog).toContainText("Revoked already: 1 token");
  await expect(dialog).toContainText("1 entry named what another had named before");
  await expect(dialog).toContainText("Twin may mean 2 tokens");
  const typed = dialog.getByRole("textbox", { name: /^Type 3/ });
  await typed.fill("3");
  const twin = dialog
    .getByRole("group", { name: /Twin may mean/ })
    .getByRole("checkbox")
    .first();
  await twin.check();
  // Consent was for another three.
  await expect(dialog.getByRole("button", { name: "Revoke 4 Tokens" })).toBeDisabled();
  await expect(dialog.getByRole("textbox", { name: "Type 4 to confirm" })).toHaveValue("");
  await confirm(dialog, 4);
  const report = dialogOf(page, "Report");
  await expect(report).toContainText("4 tokens: 4 revoked");

  const downloading = page.waitForEvent("download");
  await report.getByRole("button", { name: "Download CSV" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^revoke-run-[0-9a-f]{8}\.csv$/);
  const csv = await readFile(await download.path(), "utf8");
  const lines = csv.split("\r\n");
  expect(lines[0]).toBe("token_id,description,outcome,detail,revoked_at,request_id");
  expect(lines).toHaveLength(6);
  await report.getByRole("button", { name: "Copy report" }).click();
  await expect(report.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(csv);
  await expect(report.getByRole("button", { name: "Copy report" })).toBeVisible();
  await refuseClipboard(context);
  await report.getByRole("button", { name: "Copy report" }).click();
  await expect(report).toContainText("Not copied: press Ctrl+C");
  // All of it is there to be copied by hand, line by line.
  await page.keyboard.press("ControlOrMeta+c");
  const byHand = await page.evaluate(() => navigator.clipboard.readText());
  expect(byHand).toBe(csv.replaceAll("\r\n", "\n"));
  await expectAxeClean(page, "the report");
  expect(csv).toContain(`${idOf(sensor(1))},${sensor(1)},Revoked,`);
  expect(csv).toContain(`${idOf("=SUM(A1)")},'=SUM(A1),Revoked,`);
  expect(await revokedNow(gateway)).toEqual(["=SUM(A1)", sensor(1), sensor(2), "Twin"]);
});

test("a file of ids is read like a pasted list", async ({ signedInPage: page, gateway }) => {
  const listed = (await gateway.api("/api/v0/tokens")).json() as ImportedToken[];
  const rows = listed.filter(({ description }) => description.includes("north"));
  await page.getByRole("button", { name: "Revoke from a list…" }).click();
  const dialog = dialogOf(page);
  const choosing = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose a file…" }).click();
  await (
    await choosing
  ).setFiles({
    name: "leaked.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`token_id,where\r\n${rows.map(({ id }) => `${id},a ticket`).join("\r\n")}\r\n`),
  });
  await expect(dialog.getByRole("textbox", { name: "Token IDs or descriptions" })).toHaveValue(/^token_id/);
  await dialog.getByRole("button", { name: "Show Plan" }).click();
  await expect(dialog).toContainText("You are about to revoke 9 tokens");
  await dialog.getByRole("button", { name: "Back" }).click();
  await expect(dialog.getByRole("textbox", { name: "Token IDs or descriptions" })).toHaveValue(/^token_id/);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  expect(await revokedNow(gateway)).toEqual([]);
});

test("the credential in use and the last active management token are left alone", async ({
  page,
  gateway,
}) => {
  const account = "/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens";
  const made: string[] = [];
  for (const description of ["CI", "Terraform"]) {
    const answer = await gateway.api(account, { method: "POST", body: { description } });
    made.push((answer.json() as { id: string }).id);
  }
  await signInAs(page, gateway.managementToken);
  await page.getByRole("link", { name: "Management Tokens" }).click();
  const table = tokensTable(page, "Management Tokens");
  await expect(drawnRows(table).first()).toBeVisible();
  const count = (await drawnRows(table).count()) - 1;
  await table.getByRole("checkbox", { name: /^Select all/ }).click();
  await selection(page).getByRole("button", { name: "Revoke Tokens…" }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText("Protected: 1 token is left alone");
  await expect(dialog).toContainText("You are signed in with it.");
  await expect(dialog).toContainText("1 management token stays active.");
  await confirm(dialog, count);
  await expect(dialogOf(page, "Report")).toContainText(`${count} revoked`);
  const listed = (await gateway.api(account)).json() as { id: string; revokedAt?: string }[];
  expect(listed.filter(({ revokedAt }) => revokedAt === undefined)).toHaveLength(1);
  expect(made.every((id) => listed.find((token) => token.id === id)?.revokedAt !== undefined)).toBe(true);
});

test("by keyboard alone: space, shift, the bar, the number, the report", async ({
  signedInPage: page,
  gateway,
}) => {
  const table = tokensTable(page);
  await sortByHeader(table, "Description");
  await searchBox(page).fill("north");
  await expectRowCount(table, 9);
  await page.keyboard.press("ArrowDown");
  await expect(drawnRows(table).first()).toBeFocused();
  await page.keyboard.press("Space");
  await expect(selection(page)).toContainText("1 selected");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+Space");
  await expect(selection(page)).toContainText("3 selected");
  // The box itself takes keys as well.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await expect(selectBox(page, sensor(4))).toBeFocused();
  await page.keyboard.press("Shift+Space");
  await expect(selection(page)).toContainText("4 selected");
  await page.keyboard.press("Space");
  await expect(selection(page)).toContainText("3 selected");
  await page.keyboard.press("Escape");
  await expect(selection(page)).toHaveCount(0);

  await drawnRows(table).nth(4).focus();
  await page.keyboard.press("Space");
  const revoke = selection(page).getByRole("button", { name: "Revoke Tokens…" });
  while (!(await revoke.evaluate((button) => button === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  const dialog = dialogOf(page);
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(revoke).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Tab");
  await expect(dialog.getByRole("textbox", { name: "Type 1 to confirm" })).toBeFocused();
  await page.keyboard.type("1");
  await page.keyboard.press("Enter");
  const report = dialogOf(page, "Report");
  await expect(report).toContainText("1 token: 1 revoked");
  await expect(report.getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  // The bar is gone with the selection.
  await expect(drawnRows(table).first()).toBeFocused();
  expect(await revokedNow(gateway)).toEqual([sensor(5)]);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("cards are selected by touch, and all of them from the bar", async ({
    signedInPage: page,
    gateway,
  }) => {
    const table = tokensTable(page);
    await searchBox(page).fill("south");
    await expectRowCount(table, 7);
    const box = await selectBox(page, sensor(10)).boundingBox();
    expect(Math.min(box!.width, box!.height)).toBeGreaterThanOrEqual(24);
    await selectBox(page, sensor(10)).tap();
    await expect(selection(page)).toContainText("1 selected");
    await selection(page).getByRole("button", { name: "Select all 7" }).tap();
    await expect(selection(page)).toContainText("7 selected");
    await expectAxeClean(page, "cards that are selected");
    await selection(page).getByRole("button", { name: "Revoke Tokens…" }).tap();
    const dialog = dialogOf(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await confirm(dialog, 7);
    await expect(dialogOf(page, "Report")).toContainText("7 revoked");
    expect(await revokedNow(gateway)).toEqual(sensors(10, 16));
  });
});

test.describe("when things break", () => {
  test.use({ throughFaultProxy: true });

  async function selectSensors(page: Page): Promise<Locator> {
    const table = tokensTable(page);
    await sortByHeader(table, "Description");
    await searchBox(page).fill("Sensor");
    await expectRowCount(table, 16);
    await table.getByRole("checkbox", { name: "Select all 16 that match" }).click();
    await selection(page).getByRole("button", { name: "Revoke Tokens…" }).click();
    return dialogOf(page);
  }

  test("three failures in a row pause the run; what failed stays selected and is reported", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKEN, 403);
    const refusing = faultProxy.fail(
      { method: "DELETE", path: TOKEN },
      refuse(403, "forbidden", "You may not do this."),
    );
    const dialog = await selectSensors(page);
    await confirm(dialog, 16);
    await expect(dialog).toContainText("Paused: three in a row were not revoked.");
    expect(await revokedNow(gateway)).toEqual([]);
    const refused = refusing.taken;
    expect(refused).toBeLessThanOrEqual(6);
    await expectAxeClean(page, "a run that is paused");
    refusing.remove();
    await dialog.getByRole("button", { name: "Continue" }).click();
    const report = dialogOf(page, "Report");
    await expect(report).toContainText(`16 tokens: ${16 - refused} revoked, ${refused} not revoked`);
    await expect(report).toContainText("You may not do this.");
    await expect(report).toContainText("made-up-request-id");
    await report.getByRole("button", { name: "Close" }).click();
    await expect(selection(page)).toContainText(`${refused} selected`);
    expect(await revokedNow(gateway)).toHaveLength(16 - refused);
    // Each was asked for once.
    const asked = faultProxy.requests("DELETE", TOKEN).map(({ url }) => url);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("the server asks for a pause: all wait, and the rest follows without anybody", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKEN, 429);
    const dialog = await selectSensors(page);
    faultProxy.fail(
      { method: "DELETE", path: TOKEN, times: 1 },
      refuse(429, "rate_limited", "Too many changes a second.", { retryAfter: 2 }),
    );
    await confirm(dialog, 16);
    await expect(dialog).toContainText("The server asked for a pause.");
    await expect(dialogOf(page, "Report")).toContainText("16 tokens: 16 revoked", { timeout: 15_000 });
    expect(await revokedNow(gateway)).toEqual(sensors(1, 16));
  });

  test("the gateway is killed in the middle and started again: continued, and what is unknown is read", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    test.setTimeout(120_000);
    guards.expectFailedRequest(/./, "network");
    const dialog = await selectSensors(page);
    faultProxy.fail({ method: "DELETE", path: TOKEN, times: 5 }, { kind: "delay", milliseconds: 0 });
    faultProxy.fail({ method: "DELETE", path: TOKEN, times: 1 }, { kind: "forward-then-reset" });
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBeGreaterThanOrEqual(3);
    await gateway.kill();
    holding.release();
    await expect(dialog).toContainText("Paused: three in a row were not revoked.", { timeout: 60_000 });
    await gateway.restart();
    await dialog.getByRole("button", { name: "Continue" }).click();
    const report = dialogOf(page, "Report");
    await expect(report).toContainText("16 tokens:", { timeout: 60_000 });
    const again = report.getByRole("button", { name: /^Check \d+ tokens? again$/ });
    await expect(again).toBeVisible();
    await again.click();
    await expect(report).toBeHidden();
    await expect(report).toContainText("16 tokens:", { timeout: 60_000 });
    await expect(report).not.toContainText("unknown");
    const revoked = (await revokedNow(gateway)).length;
    const left = 16 - revoked;
    await expect(report).toContainText(
      left === 0 ? "16 tokens: 16 revoked" : `16 tokens: ${revoked} revoked, ${left} not revoked`,
    );
    await report.getByRole("button", { name: "Close" }).click();
    if (left > 0) await expect(selection(page)).toContainText(`${left} selected`);
    else await expect(selection(page)).toHaveCount(0);
  });

  test("the page is reloaded in the middle: the run is found, and only the rest is sent", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKEN, "network");
    const dialog = await selectSensors(page);
    faultProxy.fail({ method: "DELETE", path: TOKEN, times: 5 }, { kind: "delay", milliseconds: 0 });
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    page.on("dialog", (asked) => void asked.accept());
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBe(4);
    await page.reload();
    holding.remove();
    holding.release();
    const offer = page.getByRole("group", { name: "Interrupted run" });
    await expect(offer).toContainText("A run of 16 revocations was interrupted");
    await expectAxeClean(page, "an interrupted run");
    await expect.poll(async () => (await revokedNow(gateway)).length).toBe(9);
    await offer.getByRole("button", { name: "Show report" }).click();
    await expect(dialogOf(page, "Report")).toContainText("16 tokens: 9 revoked, 7 not attempted");
    await dialogOf(page, "Report").getByRole("button", { name: "Continue…" }).click();
    const resume = dialogOf(page, "Continue a run");
    await expect(resume).toContainText("7 tokens not attempted");
    const rest = resume.getByRole("textbox", { name: "Type 7 to confirm" });
    await rest.fill("7");
    await expect(resume.getByRole("button", { name: "Revoke 7 Tokens" })).toBeDisabled();
    await resume.getByRole("checkbox", { name: "No other browser is working on it" }).check();
    await expectAxeClean(page, "continuing a run");
    await confirm(resume, 7);
    await expect(dialogOf(page, "Report")).toContainText("16 tokens: 16 revoked");
    await dialogOf(page, "Report").getByRole("button", { name: "Close" }).click();
    await expect(offer).toHaveCount(0);
    expect(await revokedNow(gateway)).toEqual(sensors(1, 16));
    const keys = faultProxy.requests("DELETE", TOKEN).map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(16);
  });

  test("going back is held while a run is under way; stopped, the rest is not attempted and stays selected", async ({
    signedInPage: page,
    gateway,
    faultProxy,
  }) => {
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const dialog = await selectSensors(page);
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBe(4);
    await expectAxeClean(page, "a run under way");
    await expect(dialog).toContainText("Leaving this page would interrupt the run.");
    await page.evaluate(() => history.go(-2));
    await expect(dialog).toContainText("Going back would interrupt the run.");
    await dialog.getByRole("button", { name: "Stop" }).click();
    await expect(dialog).toContainText("Stopping");
    holding.release();
    const report = dialogOf(page, "Report");
    await expect(report).toContainText("16 tokens: 4 revoked, 12 not attempted");
    await expect(report).toContainText("You stopped the run.");
    expect(await revokedNow(gateway)).toHaveLength(4);
    await report.getByRole("button", { name: "Close" }).click();
    await expect(selection(page)).toContainText("12 selected");
  });

  test("where going back cannot be held the run stops with its page, and is offered again", async ({
    signedInPage: page,
    gateway,
    faultProxy,
  }) => {
    // Neither can every browser, nor any of them for ever.
    await page.addInitScript(() => Reflect.deleteProperty(window, "navigation"));
    await page.reload();
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const dialog = await selectSensors(page);
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBe(4);
    await expect
      .poll(async () => {
        await page.evaluate(() => history.back());
        return page.url();
      })
      .toMatch(/management-tokens$/);
    await expect(page.getByRole("dialog")).toHaveCount(0);
    holding.release();
    await expect.poll(async () => (await revokedNow(gateway)).length).toBe(4);
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const offer = page.getByRole("group", { name: "Interrupted run" });
    await expect(offer).toContainText("A run of 16 revocations was interrupted");
    await offer.getByRole("button", { name: "Show report" }).click();
    await expect(dialogOf(page, "Report")).toContainText("16 tokens: 4 revoked, 12 not attempted");
    expect(faultProxy.requests("DELETE", TOKEN)).toHaveLength(4);
  });

  test("the session ends in the middle: it goes on only after the rest was consented to anew", async ({
    page,
    gateway,
    faultProxy,
    guards,
  }) => {
    await signInAs(page, gateway.managementToken);
    const dialog = await selectSensors(page);
    faultProxy.fail({ method: "DELETE", path: TOKEN, times: 5 }, { kind: "delay", milliseconds: 0 });
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBe(4);
    guards.expectFailedRequest("/api/", 401);
    await endSession(page);
    holding.release();
    await signInAgain(page, gateway.managementToken);
    await expect(dialog).toContainText("Paused: your session had ended.");
    const goOn = dialog.getByRole("button", { name: "Continue" });
    await expect(goOn).toBeDisabled();
    expect(await revokedNow(gateway)).toHaveLength(5);
    await dialog.getByRole("textbox", { name: "Type 11 to confirm" }).fill("11");
    await goOn.click();
    await expect(dialogOf(page, "Report")).toContainText("16 tokens: 16 revoked");
    expect(await revokedNow(gateway)).toEqual(sensors(1, 16));
  });

  test("somebody else signs in: the run stops, and its owner is told later what is gone", async ({
    page,
    gateway,
    faultProxy,
    guards,
  }) => {
    const account = "/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens";
    const made = await gateway.api(account, { method: "POST", body: { description: "Somebody else" } });
    const { accessToken } = made.json() as { accessToken: string };
    await signInAs(page, gateway.managementToken);
    const dialog = await selectSensors(page);
    faultProxy.fail({ method: "DELETE", path: TOKEN, times: 5 }, { kind: "delay", milliseconds: 0 });
    const holding = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
    await confirm(dialog, 16);
    await expect.poll(() => holding.taken).toBe(4);
    guards.expectFailedRequest("/api/", 401);
    await endSession(page);
    holding.release();
    await signInAgain(page, accessToken);
    const report = dialogOf(page, "Report");
    await expect(report).toContainText("Somebody else signed in, so the run was stopped.");
    await expect(report).toContainText("16 tokens: 5 revoked, 11 not attempted");
    await report.getByRole("button", { name: "Close" }).click();
    await expect(selection(page)).toContainText("11 selected");
    const offer = page.getByRole("group", { name: "Interrupted run" });
    await expect(offer).toHaveCount(0);

    // Who is here now revokes two of them.
    await selection(page).getByRole("button", { name: "Clear" }).click();
    const revoked = await revokedNow(gateway);
    const [one, two] = sensors(1, 16).filter((name) => !revoked.includes(name));
    await searchBox(page).fill("");
    await confirm(await paste(page, `${one}\n${two}`), 2);
    await expect(dialogOf(page, "Report")).toContainText("2 tokens: 2 revoked");

    await endSession(page);
    await signInAs(page, gateway.managementToken);
    await offer.getByRole("button", { name: "Show report" }).click();
    await expect(report).toContainText("16 tokens: 5 revoked, 2 already gone, 9 not attempted");
    await report.getByRole("button", { name: "Continue…" }).click();
    await expect(dialogOf(page, "Continue a run")).toContainText("2 tokens already gone");
    await expect(dialogOf(page, "Continue a run")).toContainText("9 tokens not attempted");
  });

  test("the credential is refused: the run ends and its report says why", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKEN, 401);
    const dialog = await selectSensors(page);
    faultProxy.fail(
      { method: "DELETE", path: TOKEN },
      refuse(401, "credential_refused", "InfluxDB refused the credential."),
    );
    await confirm(dialog, 16);
    const report = dialogOf(page, "Report");
    await expect(report).toContainText("InfluxDB does not take the gateway's credential any more");
    await expect(report).toContainText(/16 tokens: \d not revoked, 1\d not attempted/);
    expect(await revokedNow(gateway)).toEqual([]);
  });
});
