import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Locator, Page } from "@playwright/test";
import { expectAxeClean } from "./axe.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { smallCluster, someToken } from "./some-tokens.ts";
import {
  confirmRevoke,
  expectRowCount,
  findToken,
  openOptions,
  revokeDialog,
  rowOf,
  tokensTable,
} from "./table.ts";

interface Listed {
  id: string;
  description: string;
  permissions?: { action: string; resource: string }[];
  revokedAt?: string;
}

const run = promisify(execFile);

const HOSTILE = "it's \"Bob's\" `id` $(id) $HOME \\ \n--read-database=* \u202e\t!";

const tokens = [
  ...smallCluster(),
  someToken(HOSTILE, "read:sensors write:it's read:*"),
  someToken("Odd actions", "read:sensors compact:sensors Tag:*"),
];

function sheet(page: Page, name: string | RegExp): Locator {
  return page.getByRole("dialog", { name, exact: true });
}

function fact(dialog: Locator, term: string): Locator {
  return dialog
    .getByRole("term")
    .filter({ hasText: new RegExp(`^${term}$`) })
    .locator("xpath=following-sibling::dd[1]");
}

/** The line that the page shows for one action, as a person would select it. */
async function shownCommand(dialog: Locator, tool: "curl" | "influxctl", action: string): Promise<string> {
  const line = dialog.getByRole("region", { name: `${tool} command: ${action}`, exact: true });
  if (!(await line.isVisible())) await dialog.getByText(action, { exact: true }).click();
  await expect(line).toBeVisible();
  return line.innerText();
}

test.describe("a token's sheet", () => {
  test.use({ gatewayOptions: { importTokens: tokens } });

  test("opens from its row, says what is known of the token, and Back closes it", async ({
    signedInPage: page,
    gateway,
  }) => {
    const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
    const { id } = listed.find(({ description }) => description === "CI writer") ?? { id: "" };
    const row = await findToken(page, "CI writer");
    await expect(page).toHaveURL(/q=CI/);
    const before = new URL(page.url());
    await row.getByText("CI writer", { exact: true }).click();

    const dialog = sheet(page, "CI writer");
    await expect(dialog).toBeVisible();
    await expect(page).toHaveURL(`${before.origin}${before.pathname}/${id}${before.search}`);
    await expect(page).toHaveTitle("CI writer · Database Token · Tokenward");
    await expect(fact(dialog, "Token ID")).toContainText(id);
    await expect(fact(dialog, "Status")).toHaveText("Active");
    await expect(fact(dialog, "Created").getByRole("time")).toHaveAttribute(
      "datetime",
      "2026-01-02T03:04:05Z",
    );
    await expect(fact(dialog, "Expires")).toHaveText("Never");
    await expect(dialog.getByRole("list", { name: "Permissions" })).toHaveText("buildsReadWrite");
    await expect(dialog.getByText("Nothing was done to this token through this gateway.")).toBeVisible();
    await expectAxeClean(page, "token sheet");

    await page.goBack();
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(before.href);
    await expect(page).toHaveTitle("Database Tokens · Tokenward");
    await expect(row).toBeFocused();

    // One entry for the sheet, none left by closing it: forward shows it, and Escape is the way back.
    await page.goForward();
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(before.href);
    await expect(row).toBeFocused();
    await page.goForward();
    await expect(dialog).toBeVisible();
  });

  test("selecting text in a row and pressing its controls open nothing", async ({ signedInPage: page }) => {
    const row = rowOf(tokensTable(page), "CI writer");
    await row.getByRole("button", { name: /^Copy token ID/ }).click();
    const words = await row.getByText("CI writer", { exact: true }).boundingBox();
    if (words === null) throw new Error("The row is not drawn.");
    await page.mouse.move(words.x + 2, words.y + words.height / 2);
    await page.mouse.down();
    await page.mouse.move(words.x + words.width - 2, words.y + words.height / 2, { steps: 4 });
    await page.mouse.up();
    expect(await page.evaluate(() => String(getSelection()))).not.toBe("");
    await expect(page.getByRole("dialog")).toBeHidden();
    expect(page.url()).toMatch(/database-tokens$/);
  });

  test("by keyboard alone: Enter, to a command and its copy button, back to the row", async ({
    signedInPage: page,
    context,
  }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    await page.keyboard.press("/");
    await page.keyboard.type("backup");
    await expectRowCount(tokensTable(page), 1);
    await page.keyboard.press("ArrowDown");
    await expect(rowOf(tokensTable(page), "Backup")).toBeFocused();
    await page.keyboard.press("Enter");
    const dialog = sheet(page, "Backup");
    await expect(dialog).toBeVisible();

    const group = dialog.getByText("Revoke it", { exact: true });
    for (let presses = 0; presses < 30; presses++) {
      if (await group.evaluate((element) => element === document.activeElement)) break;
      await page.keyboard.press("Tab");
    }
    await expect(group).toBeFocused();
    await page.keyboard.press("Enter");
    const copy = dialog.getByRole("button", { name: "Copy influxctl command: Revoke it" });
    await page.keyboard.press("Tab");
    await expect(copy).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(dialog.getByText("Copied", { exact: true })).toBeAttached();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      (await shownCommand(dialog, "influxctl", "Revoke it")).trim(),
    );
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(rowOf(tokensTable(page), "Backup")).toBeFocused();
  });

  test("a link opens it, for an inactive token too; closing leads to the list", async ({
    signedInPage: page,
    gateway,
  }) => {
    const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
    const { id } = listed.find(({ description }) => description === "Old laptop") ?? { id: "" };
    const list = page.url();
    await page.goto(`${list}/${id}?sort=created`);
    const dialog = sheet(page, "Old laptop");
    await expect(dialog).toBeVisible();
    await expect(fact(dialog, "Status")).toContainText("Revoked");
    await expect(fact(dialog, "Status").getByRole("time")).toHaveAttribute(
      "datetime",
      "2026-03-01T00:00:00Z",
    );
    const revoke = dialog.getByRole("button", { name: "Revoke Token" });
    await expect(revoke).toBeDisabled();
    await expect(revoke).toHaveAccessibleDescription("This token is revoked already.");
    await expect(dialog.getByText("Look it up", { exact: true })).toBeVisible();
    await expect(dialog.getByText("Revoke it", { exact: true })).toBeHidden();

    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(`${list}?sort=created`);
  });

  test("a link to no token says so, with the id and a way on", async ({ signedInPage: page, guards }) => {
    const list = page.url();
    const id = "99999999-9999-4999-8999-999999999999";
    guards.expectFailedRequest(id, 404);
    await page.goto(`${list}/${id}`);
    const dialog = sheet(page, "Database Token");
    await expect(dialog.getByRole("alert")).toContainText("There is no such token");
    await expect(dialog).toContainText(id);
    await expectAxeClean(page, "no such token");
    await dialog.getByRole("button", { name: "Show Database Tokens" }).click();
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(list);

    // Nor is one with an id that cannot be.
    guards.expectFailedRequest("no%20id", 400);
    await page.goto(`${list}/no%20id`);
    await expect(dialog.getByRole("alert")).toContainText("There is no such token");
  });

  test("revoked from the sheet it shows Revoked, and its history says who did it", async ({
    signedInPage: page,
    gateway,
  }) => {
    const row = await findToken(page, "CI writer");
    const menu = await openOptions(row);
    await menu.getByRole("menuitem", { name: "Show Details" }).click();
    const dialog = sheet(page, "CI writer");
    await dialog.getByRole("button", { name: "Revoke Token" }).click();
    const question = revokeDialog(page);
    await expect(question.cancel).toBeFocused();

    // Escape goes back one step.
    await page.keyboard.press("Escape");
    await expect(question.root).toBeHidden();
    await expect(dialog).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Revoke Token" })).toBeFocused();

    await page.keyboard.press("Enter");
    await confirmRevoke(question);
    await expect(question.root).toBeHidden();
    await expect(fact(dialog, "Status")).toContainText("Revoked");
    const history = dialog.getByRole("list", { name: "History" });
    await expect(history.getByRole("listitem").first()).toContainText(/^Revokedby /);
    await expect(dialog.getByRole("button", { name: "Revoke Token" })).toBeDisabled();
    await expect(dialog.getByRole("button", { name: "Edit Token" })).toBeDisabled();
    const rows = await gateway.databaseRows(
      "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL ORDER BY description",
    );
    expect(rows).toEqual([{ description: "CI writer" }, { description: "Old laptop" }]);
  });

  test("Escape pressed the moment a dialog has the focus closes that dialog, and not the sheet under it", async ({
    signedInPage: page,
  }) => {
    const menu = await openOptions(await findToken(page, "CI writer"));
    await menu.getByRole("menuitem", { name: "Show Details" }).click();
    const dialog = sheet(page, "CI writer");
    await expect(dialog.getByRole("button", { name: "Revoke Token" })).toBeEnabled();
    // No person is as fast as this; a slow machine that is given the keys late is.
    await page.evaluate(() => {
      const escape = ({ target }: FocusEvent) => {
        if (!(target instanceof HTMLButtonElement) || target.textContent !== "Cancel") return;
        document.removeEventListener("focusin", escape);
        target.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }),
        );
        document.body.dataset["escaped"] = "yes";
      };
      document.addEventListener("focusin", escape);
    });
    await dialog.getByRole("button", { name: "Revoke Token" }).click();
    await expect(page.locator("body[data-escaped=yes]")).toBeAttached();
    await expect(revokeDialog(page).root).toBeHidden();
    await expect(dialog).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Revoke Token" })).toBeFocused();
  });

  test("actions that nobody here knows are shown as they are", async ({ signedInPage: page }) => {
    await (await findToken(page, "Odd actions")).getByText("Odd actions", { exact: true }).click();
    const dialog = sheet(page, "Odd actions");
    await expect(dialog.getByRole("list", { name: "Permissions" })).toHaveText(
      "All databasesTagsensorsReadcompact",
    );
    // What influxctl cannot say it does not offer to say.
    await dialog.getByText("Set its description", { exact: true }).click();
    await expect(dialog.getByText("influxctl knows only read and write").first()).toBeVisible();
    await expect(dialog.getByRole("region", { name: "influxctl command: Set its description" })).toHaveCount(
      0,
    );
  });

  test("the commands do what they say, as they are shown", async ({ signedInPage: page, gateway }) => {
    const listed = async () => (await gateway.api("/api/v0/tokens")).json() as Listed[];
    const of = async (id: string) => (await listed()).find((token) => token.id === id);
    const token = (await listed()).find(({ description }) => description === HOSTILE);
    if (token === undefined) throw new Error("It was not imported.");
    await page.goto(`${page.url()}/${token.id}`);
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText(token.id);

    const lines = {
      lookUp: await shownCommand(dialog, "curl", "Look it up"),
      describe: await shownCommand(dialog, "curl", "Set its description"),
      permit: await shownCommand(dialog, "curl", "Set its permissions, as they are now"),
      suspend: await shownCommand(dialog, "curl", "Suspend it"),
      replace: await shownCommand(dialog, "curl", "Create a replacement, with the same permissions"),
      revoke: await shownCommand(dialog, "curl", "Revoke it"),
    };
    for (const line of Object.values(lines))
      expect(line).toContain('"Authorization: Bearer $MANAGEMENT_TOKEN"');
    const inShell = async (line: string) => {
      const env = { PATH: process.env["PATH"], MANAGEMENT_TOKEN: gateway.managementToken };
      return (await run("sh", ["-c", `${line} --silent --show-error --fail-with-body`], { env })).stdout;
    };

    expect(JSON.parse(await inShell(lines.lookUp))).toMatchObject({ id: token.id, description: HOSTILE });

    // Somebody changes it, and the lines that were shown put it back.
    const path = `/api/v0/tokens/${token.id}`;
    await gateway.api(path, { method: "PATCH", body: { description: "other", permissions: [] } });
    await inShell(lines.describe);
    expect(await of(token.id)).toMatchObject({ description: HOSTILE, permissions: [] });
    await inShell(lines.permit);
    expect(await of(token.id)).toMatchObject({ description: HOSTILE, permissions: token.permissions });
    await inShell(lines.suspend);
    expect(await of(token.id)).toMatchObject({ permissions: [] });
    await page.reload();
    await inShell(await shownCommand(dialog, "curl", "Restore it"));
    expect(await of(token.id)).toMatchObject({ permissions: token.permissions });
    const made = JSON.parse(await inShell(lines.replace)) as Listed;
    expect(await of(made.id)).toMatchObject({ description: HOSTILE, permissions: token.permissions });
    await inShell(lines.revoke);
    expect((await of(token.id))?.revokedAt).toBeDefined();
    expect((await of(made.id))?.revokedAt).toBeUndefined();
  });

  test("at 320 px everything is in reach, and long lines scroll by themselves", async ({
    signedInPage: page,
  }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await rowOf(tokensTable(page), "CI writer").getByText("CI writer", { exact: true }).click();
    const dialog = sheet(page, "CI writer");
    await shownCommand(dialog, "curl", "Set its permissions, as they are now");
    const widths = await dialog.evaluate((element) => ({
      page: document.documentElement.scrollWidth,
      body: Array.from(element.children, (child) => child.scrollWidth - child.clientWidth),
    }));
    expect(widths).toEqual({ page: 320, body: [0, 0, 0] });
    for (const name of ["Edit Token", "Rotate Token", "Suspend Token", "Revoke Token"]) {
      await expect(dialog.getByRole("button", { name })).toBeInViewport();
    }
    await expectAxeClean(page, "sheet at 320 px");
  });
});

test.describe("without a list", () => {
  test.use({ gatewayOptions: { importTokens: tokens }, throughFaultProxy: true });

  test("a link reads the one token, and says why when that fails too", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
    const { id } = listed.find(({ description }) => description === "Backup") ?? { id: "" };
    const list = page.url();
    guards.expectFailedRequest("/tokens", 503);
    const busy = refuse(503, "unavailable", "The database is not available.");
    faultProxy.fail({ path: /\/tokens$/ }, busy);
    const one = faultProxy.fail({ path: new RegExp(`/tokens/${id}$`) }, busy);
    await page.goto(`${list}/${id}`);
    const nameless = sheet(page, "Database Token");
    await expect(nameless.getByRole("alert")).toContainText("The database is not available.", {
      timeout: 30_000,
    });
    one.remove();
    await nameless.getByRole("button", { name: "Try again" }).click();
    const dialog = sheet(page, "Backup");
    await expect(fact(dialog, "Token ID")).toContainText(id);
    await expect(dialog.getByRole("button", { name: "Suspend Token" })).toBeEnabled();
  });
});

test("a management token has its sheet as well", async ({ signedInPage: page }) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  const table = tokensTable(page, "Management Tokens");
  const row = table.getByRole("row").nth(2);
  await row.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(fact(dialog, "Prefix")).toContainText("…");
  await expect(fact(dialog, "Token ID")).toBeVisible();
  expect(await shownCommand(dialog, "influxctl", "Revoke it")).toMatch(/^influxctl management revoke \S+$/);
  await expect(dialog.getByRole("button", { name: "Edit Token" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(row).toBeFocused();
});
