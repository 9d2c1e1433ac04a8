import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { expectAxeClean } from "./axe.ts";
import { refuseClipboard, slowClipboard } from "./clipboard.ts";
import { refuse, type FaultProxy } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { expectNoTraceInFiles } from "./secret-in-files.ts";
import { traces } from "./secret-traces.ts";
import { smallCluster } from "./some-tokens.ts";
import {
  cellUnder,
  confirmRevoke,
  findToken,
  revokeDialog,
  rowOf,
  tokensTable,
  type TokenKind,
} from "./table.ts";

interface Listed {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

const TOKENS = /\/tokens$/;
const SETTLEMENT = "/api/operations/settlement";

function form(page: Page, kind: TokenKind = "Database"): Locator {
  return page.getByRole("dialog", { name: `Add ${kind} Token`, exact: true });
}

function secretDialog(page: Page, kind: TokenKind = "Database"): Locator {
  return page.getByRole("dialog", { name: `${kind} Token Created`, exact: true });
}

async function openForm(page: Page, kind: TokenKind = "Database"): Promise<Locator> {
  await page.getByRole("button", { name: `Add ${kind} Token`, exact: true }).click();
  await expect(form(page, kind)).toBeVisible();
  return form(page, kind);
}

function description(dialog: Locator): Locator {
  return dialog.getByRole("textbox", { name: "Description", exact: true });
}

function create(dialog: Locator): Locator {
  return dialog.getByRole("button", { name: "Create Token", exact: true });
}

function stored(dialog: Locator): Locator {
  return dialog.getByRole("button", { name: "I have stored it", exact: true });
}

/** Types a name into Add Permission and chooses the first match. */
async function addDatabase(dialog: Locator, name: string): Promise<void> {
  const field = dialog.getByRole("combobox", { name: "Add Permission" });
  await field.fill(name);
  await dialog.getByRole("option").first().click();
}

/** The secret, as the person at the screen gets to see it. */
async function readSecret(dialog: Locator): Promise<string> {
  await dialog.getByRole("button", { name: "Show", exact: true }).click();
  const text = await dialog.getByRole("code").textContent();
  if (text === null || text.includes("•")) throw new Error("The secret is not shown.");
  return text;
}

/** Another page of the browser ends the session behind this one's back. */
async function endSession(page: Page): Promise<void> {
  await page.evaluate(() =>
    fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
  );
}

test.use({ gatewayOptions: { importTokens: smallCluster() } });

test.describe("a database token", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("is created with permissions and expiry, its secret stored, and listed", async ({
    signedInPage: page,
    gateway,
  }) => {
    const dialog = await openForm(page);
    await expect(description(dialog)).toBeFocused();
    await description(dialog).fill("Line 4 dashboard");
    await dialog.getByRole("radio", { name: "Date and time" }).check();
    await dialog.getByLabel("Day", { exact: true }).fill("2030-07-01");
    await dialog.getByLabel("Time", { exact: true }).fill("12:00");
    await expect(dialog).toContainText("Europe/Berlin, UTC+02:00");
    const field = dialog.getByRole("combobox", { name: "Add Permission" });
    await field.fill("sensors");
    await field.press("ArrowDown");
    await field.press("Enter");
    const sensors = dialog.getByRole("group", { name: "sensors", exact: true });
    await expect(sensors.getByRole("checkbox", { name: "Read" })).toBeChecked();
    await sensors.getByRole("checkbox", { name: "Write" }).check();
    await addDatabase(dialog, "all data");
    await expect(dialog.getByRole("group", { name: "All databases" })).toContainText(
      "Reaches every database of this cluster, also those that are made later.",
    );
    const before = Date.now();
    await create(dialog).click();

    const secrets = secretDialog(page);
    await expect(secrets).toContainText("Line 4 dashboard");
    await expect(dialog).toBeHidden();
    await secrets.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(secrets.getByRole("button", { name: "Copied" })).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.length).toBeGreaterThan(30);
    // Masked as long as nobody asked: the document does not hold it.
    expect(await page.content()).not.toContain(copied);
    const downloading = page.waitForEvent("download");
    await secrets.getByRole("button", { name: "Download as .env line" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^influxdb-token-[0-9a-f]{8}\.env$/);
    expect(await readFile(await download.path(), "utf8")).toBe(`INFLUXDB_TOKEN=${copied}\n`);
    expect(await readSecret(secrets)).toBe(copied);
    await secrets.getByRole("button", { name: "Hide", exact: true }).click();
    expect(await page.content()).not.toContain(copied);

    const acknowledged = page.waitForResponse(/acknowledgement$/);
    await stored(secrets).click();
    await expect(secrets).toBeHidden();
    expect((await acknowledged).status()).toBe(204);
    await expect(page.getByText('Created "Line 4 dashboard"', { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Add Database Token" })).toBeFocused();
    expect(await page.content()).not.toContain(copied);

    const listed = ((await gateway.api("/api/v0/tokens")).json() as Listed[]).filter(
      (token) => token.description === "Line 4 dashboard",
    );
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({
      permissions: [
        { action: "read", resource: "sensors" },
        { action: "write", resource: "sensors" },
        { action: "read", resource: "*" },
      ],
      expiresAt: expect.stringMatching(/^2030-07-01T10:00:00/),
    });
    expect(Date.parse(listed[0]?.createdAt ?? "")).toBeGreaterThan(before - 5_000);
    await page.getByRole("button", { name: "View", exact: true }).click();
    const row = rowOf(tokensTable(page), "Line 4 dashboard");
    await expect(await cellUnder(tokensTable(page), row, "Status")).toHaveText("Active");
  });
});

test("a management token is created, and its secret signs requests", async ({
  signedInPage: page,
  gateway,
}) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  const dialog = await openForm(page, "Management");
  await expect(dialog).toContainText("may do everything in this account");
  await expect(dialog.getByRole("combobox")).toHaveCount(0);
  await description(dialog).fill("Terraform");
  await dialog.getByRole("radio", { name: "Never" }).check();
  await expect(dialog).toContainText("It works until somebody revokes it.");
  await create(dialog).click();
  const secrets = secretDialog(page, "Management");
  const secret = await readSecret(secrets);
  await stored(secrets).click();
  await expect(secrets).toBeHidden();

  const answer = await gateway.api("/api/v0/tokens", { headers: { Authorization: `Bearer ${secret}` } });
  expect(answer.status).toBe(200);
  const rows = await gateway.databaseRows(
    "SELECT expires_at, revoked_at FROM management_tokens WHERE description = 'Terraform'",
  );
  expect(rows).toEqual([{ expires_at: null, revoked_at: null }]);
  await findToken(page, "Terraform", tokensTable(page, "Management Tokens"));
});

test("works by keyboard alone", async ({ signedInPage: page, gateway }) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  const add = page.getByRole("button", { name: "Add Database Token" });
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press("Tab");
    if (await add.evaluate((element) => element === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
  const dialog = form(page);
  await expect(description(dialog)).toBeFocused();
  await page.keyboard.type("By keys");
  await page.keyboard.press("Tab");
  await expect(dialog.getByRole("radio", { name: "90 days" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(dialog.getByRole("radio", { name: "1 year" })).toBeChecked();
  await page.keyboard.press("Tab");
  const field = dialog.getByRole("combobox", { name: "Add Permission" });
  await expect(field).toBeFocused();
  await page.keyboard.type("log");
  await expect(dialog.getByRole("option", { name: "logs" })).toHaveAttribute("aria-selected", "true");
  // Escape goes back one step: the list closes, the form does not.
  await page.keyboard.press("Escape");
  await expect(dialog.getByRole("listbox")).toHaveCount(0);
  await expect(field).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("group", { name: "logs" })).toBeVisible();
  await expect(field).toBeFocused();
  // A name that is no database yet is never taken by Enter alone.
  await page.keyboard.type("later_on");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("group", { name: "later_on" })).toHaveCount(0);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const later = dialog.getByRole("group", { name: "later_on" });
  await expect(later).toContainText("This cluster has no database of this name now.");
  await page.keyboard.press("Shift+Tab");
  await expect(later.getByRole("button", { name: "Remove later_on" })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  await expect(later.getByRole("checkbox", { name: "Write" })).toBeChecked();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  await expect(later.getByRole("checkbox", { name: "Read" })).not.toBeChecked();
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press("Tab");
  await expect(create(dialog)).toBeFocused();
  await page.keyboard.press("Enter");

  const secrets = secretDialog(page);
  await expect(secrets.getByRole("button", { name: "Show", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(secrets.getByRole("button", { name: "Hide", exact: true })).toBeFocused();
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press("Tab");
  await expect(stored(secrets)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(secrets).toBeHidden();
  await expect(add).toBeFocused();
  const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  expect(listed.find((token) => token.description === "By keys")?.permissions).toEqual([
    { action: "read", resource: "logs" },
    { action: "write", resource: "later_on" },
  ]);
});

test("what is wrong is said at its field, which gets focus, and nothing is sent", async ({
  signedInPage: page,
}) => {
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  const dialog = await openForm(page);
  await create(dialog).click();
  await expect(description(dialog)).toBeFocused();
  await expect(dialog).toContainText("Enter what the token is for.");

  await description(dialog).fill("CI writer");
  await expect(dialog).toContainText("Another active token has this description.");
  await description(dialog).fill("Old laptop");
  // Revoked ones do not count.
  await expect(dialog).not.toContainText("Another active token has this description.");
  await description(dialog).evaluate((element) => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
    set?.call(element, "half \ud800 a pair");
    element.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await expect(dialog).toContainText("The description must not contain half of a surrogate pair.");
  await description(dialog).fill("Night shift");

  await dialog.getByRole("radio", { name: "Date and time" }).check();
  const time = dialog.getByLabel("Time", { exact: true });
  await dialog.getByLabel("Day", { exact: true }).fill("2028-03-26");
  await time.fill("02:30");
  await expect(dialog).toContainText(
    "This time does not exist in Europe/Berlin: clocks go from 02:00 to 03:00 on that day.",
  );
  await create(dialog).click();
  await expect(time).toBeFocused();
  await dialog.getByLabel("Day", { exact: true }).fill("2028-10-29");
  await expect(dialog).toContainText("the first one, at UTC+02:00, is taken, not the one at UTC+01:00");
  await dialog.getByLabel("Day", { exact: true }).fill("2020-01-01");
  await create(dialog).click();
  await expect(dialog.getByLabel("Day", { exact: true })).toBeFocused();
  await expect(dialog).toContainText("The expiry must be in the future.");
  expect(sent).toEqual([]);
});

test("a form that was changed asks before it is thrown away", async ({ signedInPage: page }) => {
  const dialog = await openForm(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await openForm(page);
  await description(dialog).fill("Half a thought");
  const question = page.getByRole("dialog", { name: "Discard what you have entered?" });
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(question).toBeHidden();
  await expect(description(dialog)).toHaveValue("Half a thought");
  await page.mouse.click(200, 400);
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Add Database Token" })).toBeFocused();
});

test("a filled form stays through Back and through signing out in another tab", async ({
  signedInPage: page,
  guards,
}) => {
  guards.expectFailedRequest(/\/api\//, 401);
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await page.getByRole("link", { name: "Database Tokens" }).click();
  const dialog = await openForm(page);
  await description(dialog).fill("Half a thought");
  const question = page.getByRole("dialog", { name: "Discard what you have entered?" });
  await page.evaluate(() => history.back());
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(page).toHaveURL(/database-tokens/);
  await expect(description(dialog)).toHaveValue("Half a thought");

  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
  await expect(page.getByText("Half a thought")).toHaveCount(0);
  expect(await page.getByLabel("Description", { exact: true }).inputValue()).toBe("Half a thought");
});

test("a permission that is typed and not added is not dropped", async ({ signedInPage: page, gateway }) => {
  const dialog = await openForm(page);
  await description(dialog).fill("Typed");
  const field = dialog.getByRole("combobox", { name: "Add Permission" });
  await field.fill("sensors");
  await create(dialog).click();
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/^sensors has not been added\./);
  await field.press("ArrowDown");
  await dialog.getByRole("option").first().click();
  await create(dialog).click();
  await stored(secretDialog(page)).click();
  const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  expect(listed.find((token) => token.description === "Typed")?.permissions).toEqual([
    { action: "read", resource: "sensors" },
  ]);
});

test("a line under the title says that something has scrolled below it, and only then", async ({
  signedInPage: page,
}) => {
  await page.setViewportSize({ width: 1000, height: 420 });
  const dialog = await openForm(page);
  const lineUnderTitle = () =>
    dialog
      .getByRole("heading", { name: "Permissions" })
      .evaluate((heading) => getComputedStyle(heading.closest("form")!.parentElement!).backgroundImage);
  expect(await lineUnderTitle()).toBe("none");
  await dialog.getByRole("combobox", { name: "Add Permission" }).scrollIntoViewIfNeeded();
  await expect.poll(lineUnderTitle).toContain("gradient");
});

test("15. the secret stays through Escape, a press outside, Back, another theme and a session that ends", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await page.getByRole("link", { name: "Database Tokens" }).click();
  const dialog = await openForm(page);
  await description(dialog).fill("Sturdy");
  await create(dialog).dblclick();
  const secrets = secretDialog(page);
  await expect(secrets.getByRole("img", { name: "Hidden" })).toContainText("••••");
  const secret = await readSecret(secrets);
  await expect(secrets.getByRole("code")).toHaveAttribute("translate", "no");
  await expect(secrets.getByRole("code")).toHaveAttribute("spellcheck", "false");
  // No field, hence nothing that a browser offers to fill or to remember.
  await expect(secrets.locator("input, textarea, [contenteditable]")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await expect(secrets).toContainText(secret);
  await page.goBack();
  await expect(page).toHaveURL(/management-tokens/);
  await expect(secrets).toContainText(secret);
  await page.goForward();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(secrets).toContainText(secret);

  guards.expectFailedRequest(/\/api\//, 401);
  await endSession(page);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended).toBeVisible();
  await ended.getByLabel("Management token").fill(gateway.managementToken);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(secrets).toContainText(secret);
  await stored(secrets).click();
  await expect(secrets).toBeHidden();
  // To the gateway it is somebody else who says so.
  await expect(
    page.getByText("The gateway could not be told that the secret is stored.", { exact: true }),
  ).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  const listed = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  expect(listed.filter((token) => token.description === "Sturdy")).toHaveLength(1);
});

test("16. Copied is said once it is; a refused clipboard shows the text to select, and does not say it", async ({
  signedInPage: page,
  context,
}) => {
  await refuseClipboard(context);
  const dialog = await openForm(page);
  await description(dialog).fill("No clipboard");
  await create(dialog).click();
  const secrets = secretDialog(page);
  const finish = await slowClipboard(page);
  await secrets.getByRole("button", { name: "Copy", exact: true }).click();
  expect(await finish.asked()).toBe(1);
  await expect(secrets.getByRole("button", { name: "Copied" })).toHaveCount(0);
  await finish.copied();
  await expect(secrets.getByRole("button", { name: "Copied" })).toBeVisible();
  await finish.restore();
  await expect(secrets.getByRole("button", { name: "Copied" })).toHaveCount(0);
  await secrets.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(secrets).toContainText("Not copied: press Ctrl+C");
  await expect(secrets.getByRole("button", { name: "Copied" })).toHaveCount(0);
  const shown = await secrets.getByRole("code").textContent();
  expect(shown).not.toContain("•");
  expect(await page.evaluate(() => document.getSelection()?.toString())).toBe(shown);
  await secrets.getByRole("button", { name: "Hide", exact: true }).click();
  await expect(secrets).not.toContainText("Not copied");
  await stored(secrets).click();
});

test.describe("in files", () => {
  test.use({ own: "gateway" });

  test("14. the secret leaves no trace: not in the page, not in the profile's files, not in the gateway's", async ({
    gateway,
  }) => {
    await expectNoTraceInFiles(gateway, "Canary", async (page) => {
      const answer = page.waitForResponse(
        (response) => response.request().method() === "POST" && TOKENS.test(response.url()),
      );
      const dialog = await openForm(page);
      await description(dialog).fill("Canary");
      await create(dialog).click();
      const { accessToken: secret } = (await (await answer).json()) as { accessToken: string };
      const secrets = secretDialog(page);
      await expect(secrets).toBeVisible();
      expect(await traces(page), "while it is masked").not.toContain(secret);
      // Through the answer that is replayed as well.
      await page.reload();
      expect(await readSecret(secrets)).toBe(secret);
      await secrets.getByRole("button", { name: "Hide", exact: true }).click();
      expect(await traces(page), "after it was shown").not.toContain(secret);
      const acknowledged = page.waitForResponse(/acknowledgement$/);
      await stored(secrets).click();
      await acknowledged;
      await expect(page.getByText('Created "Canary"', { exact: true })).toBeVisible();
      expect(await traces(page), "after it was stored").not.toContain(secret);
      return secret;
    });
  });
});

test.describe("when something breaks", () => {
  test.use({ throughFaultProxy: true });

  const made = "SELECT description FROM database_tokens WHERE description = 'Fragile'";

  test("a page that is loaded again shows the secret again, and not after it was stored", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    page.on("dialog", (question) => void question.accept());
    guards.expectFailedRequest(TOKENS, "network");
    const fault = faultProxy.fail({ method: "POST", path: TOKENS }, { kind: "stall", afterBytes: 10 });
    const dialog = await openForm(page);
    await description(dialog).fill("Reloaded");
    await create(dialog).click();
    // Loaded again while the answer is on its way, and once more when the secret is there.
    const made = "SELECT id FROM database_tokens WHERE description = 'Reloaded'";
    await expect.poll(async () => (await gateway.databaseRows(made)).length).toBe(1);
    await page.reload();
    fault.remove();
    const secrets = secretDialog(page);
    await expect(secrets).toBeVisible({ timeout: 15_000 });
    const secret = await readSecret(secrets);
    await page.reload();
    await expect(secrets).toContainText("Nobody has said that this secret is stored");
    expect(await readSecret(secrets)).toBe(secret);
    const acknowledged = page.waitForResponse(/acknowledgement$/);
    await stored(secrets).click();
    await acknowledged;
    await expect(page.getByText('Created "Reloaded"', { exact: true })).toBeVisible();
    expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("unseen");
    await page.reload();
    await expect(rowOf(tokensTable(page), "Reloaded")).toBeVisible();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    expect(await gateway.databaseRows(made)).toHaveLength(1);
  });

  test("created, but nobody has the secret any more: the orphan is named, and can be revoked", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKENS, "network");
    const lost = faultProxy.fail({ method: "POST", path: TOKENS }, { kind: "forward-then-reset" });
    const asking = faultProxy.fail({ method: "POST", path: SETTLEMENT }, { kind: "hold" });
    const dialog = await openForm(page);
    await description(dialog).fill("Fragile");
    await create(dialog).click();
    await expect(dialog).toContainText("Asking the gateway what is true");
    await expect.poll(() => asking.taken).toBeGreaterThan(0);
    // Its answer is erased before the page gets to ask.
    const key = String(faultProxy.requests("POST", TOKENS)[0]?.headers["idempotency-key"]);
    await page.evaluate(
      (operationKey) =>
        fetch("/api/operations/acknowledgement", {
          method: "POST",
          headers: {
            "X-Tokenward-Request": "interactive",
            "Content-Type": "application/json",
            "Idempotency-Key": crypto.randomUUID(),
          },
          body: JSON.stringify({ operationKey }),
        }),
      key,
    );
    asking.release();
    const orphan = page.getByRole("dialog", {
      name: "The token was created, but its secret is lost",
      exact: true,
    });
    await expect(orphan).toBeVisible({ timeout: 15_000 });
    await expectAxeClean(page, "lost secret");
    const [row] = await gateway.databaseRows("SELECT id FROM database_tokens WHERE description = 'Fragile'");
    await expect(orphan).toContainText(String(row?.["id"]));
    await orphan.getByRole("button", { name: "Revoke Token" }).click();
    // Nothing that would throw the form below away.
    await expect(revokeDialog(page).root.getByRole("button", { name: "Suspend Instead" })).toHaveCount(0);
    await confirmRevoke(revokeDialog(page));
    await expect(orphan).toContainText("Revoked");
    await orphan.getByRole("button", { name: "Close", exact: true }).last().click();
    await expect(orphan).toBeHidden();
    // What was typed is still there to create it again.
    await expect(description(dialog)).toHaveValue("Fragile");
    lost.remove();
    await create(dialog).click();
    await stored(secretDialog(page)).click();
    expect(
      await gateway.databaseRows(
        "SELECT id FROM database_tokens WHERE description = 'Fragile' AND revoked_at IS NULL",
      ),
    ).toHaveLength(1);
  });

  test("the gateway is killed in the middle: unknown, no blind repeat, and Check again finds out", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(/\/api\//, "network");
    guards.expectFailedRequest("/api/", 502);
    faultProxy.fail({ method: "POST", path: TOKENS }, { kind: "forward-then-reset" });
    const asking = faultProxy.fail({ method: "POST", path: SETTLEMENT }, { kind: "reset-before-forwarding" });
    const dialog = await openForm(page);
    await description(dialog).fill("Fragile");
    await create(dialog).click();
    await expect.poll(() => asking.taken).toBeGreaterThan(0);
    await gateway.kill();
    await expect(dialog).toContainText("It is not known whether the token was created.", { timeout: 20_000 });
    await expect(create(dialog)).toHaveCount(0);
    await gateway.restart();
    asking.remove();
    await dialog.getByRole("button", { name: "Check again" }).click();
    // The sealed answer outlived the gateway.
    const secrets = secretDialog(page);
    await expect(secrets).toBeVisible({ timeout: 15_000 });
    expect((await readSecret(secrets)).length).toBeGreaterThan(30);
    await stored(secrets).click();
    expect(await gateway.databaseRows(made)).toHaveLength(1);
  });

  /** Every answer about the token to be made is lost, until what comes back is removed. */
  async function createUnknown(page: Page, faultProxy: FaultProxy) {
    faultProxy.fail({ method: "POST", path: TOKENS }, { kind: "forward-then-reset" });
    const asking = faultProxy.fail({ method: "POST", path: SETTLEMENT }, { kind: "reset-before-forwarding" });
    const dialog = await openForm(page);
    await description(dialog).fill("Fragile");
    await create(dialog).click();
    await expect(dialog).toContainText("It is not known whether the token was created.", { timeout: 20_000 });
    return { dialog, asking };
  }
  const left = (page: Page) =>
    page.getByRole("dialog", { name: "It is not known whether a token was created", exact: true });
  const checkAgain = (dialog: Locator) => dialog.getByRole("button", { name: "Check again", exact: true });

  test("not known, the form closes without a word that nothing was made, and the next one asks first", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(/\/api\//, "network");
    const { dialog, asking } = await createUnknown(page, faultProxy);
    await expectAxeClean(page, "not known whether it was created");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);

    await openForm(page);
    // In front of the form, from the beginning.
    await expect(left(page)).toContainText("Fragile");
    await expect(left(page).getByRole("button", { name: "Close" }).last()).toBeDisabled();
    await expect(checkAgain(left(page))).toBeVisible({ timeout: 20_000 });
    await expectAxeClean(page, "left behind, and not known");
    asking.remove();
    await checkAgain(left(page)).click();
    await stored(secretDialog(page)).click({ timeout: 15_000 });
    await expect(dialog).toBeVisible();
    expect(await gateway.databaseRows(made)).toHaveLength(1);
  });

  test("a list that was read since the request does not make the new token one that was there before", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(/\/api\//, "network");
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    const before = faultProxy.requests("GET", TOKENS).length;
    const { dialog, asking } = await createUnknown(page, faultProxy);
    await expect.poll(() => faultProxy.requests("GET", TOKENS).length).toBeGreaterThan(before);
    asking.remove();
    faultProxy.fail(
      { method: "POST", path: SETTLEMENT },
      {
        kind: "answer",
        status: 200,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ state: "unknown", startedAt: new Date().toISOString() }),
      },
    );
    await checkAgain(dialog).click();
    const orphan = page.getByRole("dialog", { name: "The token was created, but its secret is lost" });
    const [row] = await gateway.databaseRows("SELECT id FROM database_tokens WHERE description = 'Fragile'");
    await expect(orphan).toContainText(String(row?.["id"]), { timeout: 15_000 });
  });

  test("somebody else who signs in is not told that nothing was created, and who began it still finds it", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    page.on("dialog", (question) => void question.accept());
    guards.expectFailedRequest(/\/api\//, "network");
    guards.expectFailedRequest(/\/api\//, 401);
    const { dialog, asking } = await createUnknown(page, faultProxy);
    asking.remove();
    await endSession(page);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    const ended = page.getByRole("dialog", { name: "Your session has ended" });
    await ended.getByLabel("Management token").fill(gateway.managementToken);
    await ended.getByRole("button", { name: "Sign in" }).click();
    await expect(ended).toBeHidden();
    const asked = faultProxy.requests("POST", /settlement$/).length;
    await checkAgain(dialog).click();
    await expect(dialog).toContainText("Operator (sign-in link) began it");
    expect(faultProxy.requests("POST", /settlement$/)).toHaveLength(asked);
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

    await page.reload();
    await expect(left(page)).toContainText("Sign in as Operator (sign-in link) to ask.");
    await expect(left(page)).not.toContainText("Fragile");
    await left(page).getByRole("button", { name: "Close", exact: true }).last().click();

    // With its next start comes another link.
    guards.expectFailedRequest(/\/api\//, 502);
    await gateway.kill();
    await gateway.restart();
    await page.goto(gateway.signInLink);
    await stored(secretDialog(page)).click({ timeout: 15_000 });
    await expect(page.getByText('Created "Fragile"', { exact: true })).toBeVisible();
    expect(await gateway.databaseRows(made)).toHaveLength(1);
  });

  test("a management token's holder finds a database token that was left behind on the other page too", async ({
    page,
    gateway,
    faultProxy,
    guards,
  }) => {
    page.on("dialog", (question) => void question.accept());
    guards.expectFailedRequest(/\/api\//, "network");
    await page.goto("/sign-in");
    await page.getByLabel("Management token").fill(gateway.managementToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    const { asking } = await createUnknown(page, faultProxy);
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    // Held, the first page is gone before it hears.
    asking.remove();
    const held = faultProxy.fail({ method: "POST", path: SETTLEMENT }, { kind: "hold" });
    await page.reload();
    await expect.poll(() => held.taken).toBeGreaterThan(0);
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await expect(tokensTable(page, "Management Tokens")).toBeVisible();
    held.release();
    await expect(secretDialog(page)).toHaveCount(1, { timeout: 15_000 });
    await stored(secretDialog(page)).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    const toast = page.getByRole("listitem").filter({ hasText: 'Created "Fragile"' });
    await toast.getByRole("button", { name: "View" }).click();
    await expect(page).toHaveURL(/\/database-tokens\/[0-9a-f-]+/);
    expect(await gateway.databaseRows(made)).toHaveLength(1);
  });

  test("a fault of the page's own leaves it unknown, and the form can be closed", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKENS, "network");
    const lost = faultProxy.fail(
      { method: "POST", path: TOKENS },
      { kind: "cut", afterBytes: 0, held: true },
    );
    const dialog = await openForm(page);
    await description(dialog).fill("Fragile");
    await create(dialog).click();
    await expect.poll(() => lost.taken).toBeGreaterThan(0);
    await page.evaluate(() => {
      crypto.randomUUID = () => {
        throw new TypeError("No numbers left.");
      };
    });
    lost.release();
    await expect(dialog).toContainText("This page met an error of its own: TypeError: No numbers left.", {
      timeout: 15_000,
    });
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
    await expect(dialog).toBeHidden();
  });

  test("a refusal of one field stands at it; a gateway that cannot be told that the secret is stored is told of", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(TOKENS, 400);
    const refusal = { requestId: "r-77", field: "description" };
    const refusing = faultProxy.fail(
      { method: "POST", path: TOKENS },
      refuse(400, "invalid_request", "Descriptions here begin with a ticket number.", refusal),
    );
    const dialog = await openForm(page);
    await description(dialog).fill("Fragile");
    await create(dialog).click();
    await expect(description(dialog)).toHaveAccessibleDescription(/begin with a ticket number/);
    await expect(description(dialog)).toBeFocused();
    await expect(dialog).toContainText("r-77");
    await description(dialog).fill("T-1 Fragile");
    await expect(dialog).not.toContainText("begin with a ticket number");
    refusing.remove();

    guards.expectFailedRequest("acknowledgement", 503);
    faultProxy.fail(
      { method: "POST", path: "/api/operations/acknowledgement" },
      refuse(503, "unavailable", "Not now."),
    );
    await create(dialog).click();
    await stored(secretDialog(page)).click();
    // Nothing stays open.
    await expect(secretDialog(page)).toBeHidden();
    await expect(
      page.getByText("The gateway could not be told that the secret is stored.", { exact: true }),
    ).toBeVisible();
    await expect(page.getByText(/^Its sealed copy goes by itself, 5 minutes after/)).toBeVisible();
  });

  test("another expiry than asked for is said beside the secret, and revoking is offered", async ({
    signedInPage: page,
    gateway,
    faultProxy,
  }) => {
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const dialog = await openForm(page);
    const secrets = secretDialog(page);
    const createOtherwise = async (name: string) => {
      const expiresAt = "2031-01-01T00:00:00.000Z";
      const body = { description: name, permissions: [], expiresAt };
      const answer = (await gateway.api("/api/v0/tokens", { method: "POST", body })).text;
      faultProxy.fail(
        { method: "POST", path: TOKENS, times: 1 },
        { kind: "answer", status: 200, headers: { "Content-Type": "application/json" }, body: answer },
      );
      await description(dialog).fill(name);
      await dialog.getByRole("radio", { name: "Never" }).check();
      await create(dialog).click();
      await expect(secrets).toContainText("You asked for another expiry: never.");
    };
    await createOtherwise("Fragile");
    await secrets.getByRole("button", { name: "Revoke it instead" }).click();
    await expect(secrets).toBeHidden();
    await confirmRevoke(revokeDialog(page));
    await expect(page.getByText('Revoked "Fragile"', { exact: true })).toBeVisible();

    // Revoked instead with its page gone, it is named and led to.
    await openForm(page);
    await createOtherwise("Fragile as well");
    await page.goBack();
    await expect(page).toHaveURL(/management-tokens/);
    await secrets.getByRole("button", { name: "Revoke it instead" }).click();
    const toast = page.getByRole("listitem").filter({ hasText: 'Not revoked yet: "Fragile as well"' });
    await toast.getByRole("button", { name: "View" }).click();
    await expect(page).toHaveURL(/\/database-tokens\/[0-9a-f-]+/);
    await expect(page.getByRole("dialog").filter({ hasText: "Fragile as well" })).toBeVisible();
  });
});
