import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import Database from "libsql";
import { expectAxeClean } from "./axe.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, signIn, test } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { expectNoTraceInFiles } from "./secret-in-files.ts";
import { traces } from "./secret-traces.ts";
import { smallCluster } from "./some-tokens.ts";
import {
  confirmRevoke,
  drawnRows,
  findToken,
  openOptions,
  revokeDialog,
  rowOf,
  tokensTable,
} from "./table.ts";

interface Listed {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

async function called(gateway: GatewayProcess, description: string): Promise<Listed[]> {
  const tokens = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  return tokens
    .filter((token) => token.description === description)
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

function rotateDialog(page: Page, kind = "Database"): Locator {
  return page.getByRole("dialog", { name: `Rotate ${kind} Token`, exact: true });
}

function currentStep(dialog: Locator): Locator {
  return dialog.getByRole("list", { name: "Steps" }).locator("[aria-current=step]");
}

function secretDialog(page: Page, kind = "Database"): Locator {
  return page.getByRole("dialog", { name: `${kind} Token Created`, exact: true });
}

function rotationsButton(page: Page): Locator {
  return page.getByRole("button", { name: /rotations? in progress$/ });
}

async function startRotating(page: Page, row: Locator): Promise<Locator> {
  const menu = await openOptions(row);
  await menu.getByRole("menuitem", { name: "Rotate Token" }).click();
  const dialog = rotateDialog(page);
  await expect(dialog).toBeVisible();
  return dialog;
}

/** The secret that is shown, and what says that it is stored. */
async function storeSecret(page: Page, kind = "Database"): Promise<string> {
  const secret = secretDialog(page, kind);
  await secret.getByRole("button", { name: "Show" }).click();
  const text = await secret.getByRole("code").innerText();
  await secret.getByRole("button", { name: "I have stored it" }).click();
  await expect(secret).toBeHidden();
  return text;
}

async function continueRotation(page: Page): Promise<Locator> {
  await rotationsButton(page).click();
  const list = page.getByRole("dialog", { name: "Rotations in Progress" });
  await list.getByRole("button", { name: /^Continue the rotation of/ }).click();
  await expect(rotateDialog(page)).toBeVisible();
  return rotateDialog(page);
}

/** What a power cut between creating the replacement and recording it leaves behind. */
async function forgetReplacement(gateway: GatewayProcess): Promise<void> {
  await gateway.kill();
  const name = (await readdir(gateway.dataDir)).find((file) => /\.(db|sqlite)$/.test(file));
  if (name === undefined) throw new Error("There is no database file in the data folder.");
  const database = new Database(join(gateway.dataDir, name));
  database.exec("UPDATE rotations SET state = 'creating', new_token_id = NULL, proposed_token_id = NULL");
  database.close();
  await gateway.restart();
}

test.use({ gatewayOptions: { importTokens: smallCluster() } });

test("the whole path, left after each step and taken up again", async ({ signedInPage: page, gateway }) => {
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await expect(currentStep(dialog)).toContainText("Create the replacement");
  await expect(dialog.getByRole("textbox", { name: "Description of the replacement" })).toHaveValue(
    "CI writer",
  );
  await expectAxeClean(page, "rotate: create");
  await dialog.getByRole("radio", { name: "30 days" }).check();
  await dialog.getByRole("button", { name: "Create Replacement" }).click();

  // Its secret, once.
  await expect(secretDialog(page)).toBeVisible();
  const secret = await storeSecret(page);
  expect(secret.length).toBeGreaterThan(60);
  await expect(currentStep(dialog)).toContainText("Change clients over");
  const [old, replacement] = await called(gateway, "CI writer");
  if (old === undefined || replacement === undefined) throw new Error("There is no replacement.");
  expect(replacement.permissions).toEqual(old.permissions);
  expect(Date.parse(replacement.expiresAt ?? "")).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  expect([old.revokedAt, replacement.revokedAt]).toEqual([undefined, undefined]);
  expect(await page.content()).not.toContain(secret);
  await expect(dialog.getByRole("region", { name: "Old token" })).toContainText(old.id);
  await expect(dialog.getByRole("region", { name: "Replacement" })).toContainText(replacement.id);
  await expectAxeClean(page, "rotate: both active");

  // Left, and taken up again after the page and the gateway were started anew.
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(dialog).toBeHidden();
  await expect(rotationsButton(page)).toHaveText("1 rotation in progress");
  await gateway.restart();
  await page.reload();
  await rotationsButton(page).click();
  const list = page.getByRole("dialog", { name: "Rotations in Progress" });
  await expect(list.getByRole("listitem")).toContainText("Both tokens are active");
  await expect(list.getByRole("listitem")).toContainText("just now");
  await expectAxeClean(page, "rotations in progress");
  await page.keyboard.press("Escape");
  await expect(rotationsButton(page)).toBeFocused();
  await continueRotation(page);

  // The rehearsal, which leads back here.
  await dialog.getByRole("button", { name: "Suspend Old Token" }).click();
  const suspend = page.getByRole("dialog", { name: "Suspend Token" });
  await suspend.getByRole("button", { name: "Suspend Token" }).click();
  await expect(suspend).toBeHidden();
  await expect(dialog.getByText("The old token is suspended")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Old token" })).toContainText("Suspended");
  await page.reload();
  await continueRotation(page);
  await expect(dialog.getByText("The old token is suspended")).toBeVisible();

  // Revoked by the same dialog as ever.
  await dialog.getByRole("button", { name: "Revoke Old Token" }).click();
  const question = revokeDialog(page);
  await expect(question.root).toContainText(old.id);
  await confirmRevoke(question);
  await expect(question.root).toBeHidden();
  await expect(dialog.getByText("Finished: the old token is revoked")).toBeVisible();
  await expect(currentStep(dialog)).toHaveCount(0);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(rotationsButton(page)).toHaveCount(0);
  const [revoked, active] = await called(gateway, "CI writer");
  expect([revoked?.revokedAt, active?.revokedAt]).toEqual([expect.any(String), undefined]);
  expect(await gateway.databaseRows("SELECT state FROM rotations")).toEqual([{ state: "finished" }]);
});

test("a page that is left with its secret shows it again; another one can not", async ({
  signedInPage: page,
  gateway,
  browser,
}) => {
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  const secret = secretDialog(page);
  await secret.getByRole("button", { name: "Show" }).click();
  const text = await secret.getByText(/^apiv1_/).innerText();

  // Nothing but its button closes it.
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await expect(secret).toBeVisible();

  // Somebody else sees the rotation, may not revoke the old token, and has no secret to see.
  const context = await browser.newContext({ baseURL: gateway.url });
  const other = await context.newPage();
  await gateway.restart();
  await signIn(other, gateway.signInLink);
  const theirs = await continueRotation(other);
  await expect(currentStep(theirs)).toContainText("Store its secret");
  const revokeOld = theirs.getByRole("button", { name: "Revoke Old Token" });
  await expect(revokeOld).toBeDisabled();
  await expect(revokeOld).toHaveAccessibleDescription("First say that the replacement's secret is stored.");
  await revokeOld.click({ force: true });
  await expect(revokeDialog(other).root).toHaveCount(0);
  await theirs.getByRole("button", { name: "Show Secret Again" }).click();
  await expect(theirs.getByText("Only the tab that created it can show it, for five minutes")).toBeVisible();
  await expectAxeClean(other, "rotate: secret not stored");
  // Nor does the server end it.
  const [rotation] = await gateway.databaseRows("SELECT id FROM rotations");
  const steps = `/api/clusters/own/rotations/${String(rotation?.["id"])}/steps`;
  const refused = await gateway.api(steps, { method: "POST", body: { step: "finished" } });
  expect(refused.status).toBe(409);
  await context.close();

  page.on("dialog", (question) => void question.accept());
  await page.reload();
  await expect(secret).toContainText("Nobody has said that this secret is stored, so here it is once more");
  expect(await storeSecret(page)).toBe(text);
  await expect(currentStep(dialog)).toContainText("Change clients over");
  await expect(dialog.getByRole("button", { name: "Revoke Old Token" })).toBeEnabled();
  const kept = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
  expect(kept).not.toContain("operationKey");
});

test("abandoning keeps both tokens, or revokes the replacement", async ({ signedInPage: page, gateway }) => {
  const dialog = await startRotating(page, await findToken(page, "Sensor 2"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  await storeSecret(page);
  await dialog.getByRole("button", { name: "Abandon…" }).click();
  await expectAxeClean(page, "rotate: abandon");
  // One step back, and on again.
  await page.keyboard.press("Escape");
  await expect(currentStep(dialog)).toContainText("Change clients over");
  await dialog.getByRole("button", { name: "Abandon…" }).click();
  await dialog.getByRole("button", { name: "Keep Both Tokens" }).click();
  await expect(dialog.getByText("This rotation was abandoned.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(rotationsButton(page)).toHaveCount(0);
  expect((await called(gateway, "Sensor 2")).map(({ revokedAt }) => revokedAt)).toEqual([
    undefined,
    undefined,
  ]);

  await startRotating(page, await findToken(page, "Backup"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  await storeSecret(page);
  await page.reload();
  await rotationsButton(page).click();
  await page.getByRole("button", { name: "Abandon the rotation of Backup" }).click();
  await dialog.getByRole("button", { name: "Revoke Replacement" }).click();
  const question = revokeDialog(page);
  await expect(question.root).toContainText(
    "This is the replacement of Backup: clients that were changed over",
  );
  // Cancelled, nothing is abandoned.
  await question.cancel.click();
  await expect(dialog.getByRole("button", { name: "Revoke Replacement" })).toBeFocused();
  await dialog.getByRole("button", { name: "Revoke Replacement" }).click();
  await confirmRevoke(question);
  await expect(question.root).toBeHidden();
  // Said by whoever is here, never by the page itself.
  await expect(dialog.getByText("The replacement is revoked. The old token stays as it is.")).toBeVisible();
  const abandon = dialog.getByRole("button", { name: "Abandon Rotation" });
  await expect(abandon).toBeFocused();
  expect(await gateway.databaseRows("SELECT state FROM rotations WHERE state = 'overlap'")).toHaveLength(1);
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("This rotation was abandoned.")).toBeVisible();
  const [old, replacement] = await called(gateway, "Backup");
  expect([old?.revokedAt, replacement?.revokedAt]).toEqual([undefined, expect.any(String)]);
  expect(await gateway.databaseRows("SELECT state FROM rotations")).toEqual([
    { state: "abandoned" },
    { state: "abandoned" },
  ]);
});

test("a replacement that nobody recorded is named, and can be revoked", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  await storeSecret(page);
  await expect(currentStep(dialog)).toContainText("Change clients over");
  // What the page reads again by itself meanwhile.
  guards.expectFailedRequest("/api/", "network");
  await forgetReplacement(gateway);
  const [, replacement] = await called(gateway, "CI writer");
  await page.reload();

  await continueRotation(page);
  await expect(dialog.getByText("it is not recorded whether it was created")).toBeVisible();
  const candidates = dialog.getByRole("list", { name: "Tokens that may be the replacement" });
  await expect(candidates.getByRole("listitem")).toHaveCount(1);
  await expect(candidates).toContainText(replacement?.id ?? "?");
  await expectAxeClean(page, "rotate: not recorded");
  await candidates.getByRole("button", { name: /^Revoke Token/ }).click();
  const question = revokeDialog(page);
  await confirmRevoke(question);
  await expect(question.root).toBeHidden();
  await dialog.getByRole("button", { name: "Abandon…" }).click();
  await dialog.getByRole("button", { name: "Abandon Rotation" }).click();
  await expect(dialog.getByText("This rotation was abandoned.")).toBeVisible();
  const [old, revoked] = await called(gateway, "CI writer");
  expect([old?.revokedAt, revoked?.revokedAt]).toEqual([undefined, expect.any(String)]);
});

test("by keyboard alone", async ({ signedInPage: page, gateway }) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("CI writer");
  await expect(drawnRows(tokensTable(page))).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("m");
  await expect(page.getByRole("menu")).toBeVisible();
  const goTo = async (target: Locator, key: string) => {
    for (let presses = 0; presses < 25; presses++) {
      if (await target.evaluate((element) => element === document.activeElement)) break;
      await page.keyboard.press(key);
    }
    await expect(target).toBeFocused();
  };
  const tabTo = (target: Locator) => goTo(target, "Tab");
  await goTo(page.getByRole("menuitem", { name: "Rotate Token" }), "ArrowDown");
  await page.keyboard.press("Enter");
  const dialog = rotateDialog(page);
  await tabTo(dialog.getByRole("textbox", { name: "Description of the replacement" }));
  await page.keyboard.press("Enter");
  const secret = secretDialog(page);
  await expect(secret.getByRole("button", { name: "Show" })).toBeFocused();
  await tabTo(secret.getByRole("button", { name: "I have stored it" }));
  await page.keyboard.press("Enter");
  await expect(currentStep(dialog)).toContainText("Change clients over");
  await tabTo(dialog.getByRole("button", { name: "Revoke Old Token" }));
  await page.keyboard.press("Enter");
  const question = revokeDialog(page);
  await expect(question.cancel).toBeFocused();
  await tabTo(question.understood);
  await page.keyboard.press("Space");
  await tabTo(question.revoke);
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Finished: the old token is revoked")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  expect((await called(gateway, "CI writer")).map(({ revokedAt }) => revokedAt !== undefined)).toEqual([
    true,
    false,
  ]);
});

test("a management token is rotated likewise, and its rotation stands on its own page", async ({
  signedInPage: page,
}) => {
  const managementLink = page.getByRole("link", { name: "Management Tokens" });
  await managementLink.click();
  const row = drawnRows(tokensTable(page, "Management Tokens")).first();
  await (await openOptions(row)).getByRole("menuitem", { name: "Rotate Token" }).click();
  const dialog = rotateDialog(page, "Management");
  await dialog.getByRole("textbox", { name: "Description of the replacement" }).fill("The next one");
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  await storeSecret(page, "Management");
  await expect(dialog.getByRole("region", { name: "Replacement" })).toContainText("The next one");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(rotationsButton(page)).toBeVisible();
  await page.getByRole("link", { name: "Database Tokens" }).click();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  await expect(rotationsButton(page)).toHaveCount(0);
});

/** What brings somebody back to the page: it reads the rotations again. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
}

async function rotationSteps(gateway: GatewayProcess): Promise<string> {
  const [rotation] = await gateway.databaseRows("SELECT id FROM rotations");
  return `/api/clusters/own/rotations/${String(rotation?.["id"])}/steps`;
}

test("somebody else who signs in in the same tab neither hears of the secret nor takes it away", async ({
  signedInPage: page,
  gateway,
}) => {
  page.on("dialog", (question) => void question.accept());
  const address = page.url();
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  const secret = secretDialog(page);
  await secret.getByRole("button", { name: "Show" }).click();
  const text = await secret.getByRole("code").innerText();

  await page.context().clearCookies();
  await page.goto(address);
  await page.getByLabel("Management token").fill(gateway.managementToken);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await continueRotation(page);
  await dialog.getByRole("button", { name: "Show Secret Again" }).click();
  await expect(dialog.getByText("it was created here under another sign-in")).toBeVisible();
  await expect(secret).toHaveCount(0);
  await expectAxeClean(page, "rotate: no secret for somebody else");

  await page.context().clearCookies();
  await gateway.restart();
  await page.goto(gateway.signInLink);
  await expect(secret).toContainText("Nobody has said that this secret is stored, so here it is once more");
  expect(await storeSecret(page)).toBe(text);
});

test("a rotation that a colleague ended is said to be over, and nothing more", async ({
  signedInPage: page,
  gateway,
}) => {
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  await storeSecret(page);
  await expect(dialog.getByRole("button", { name: "Revoke Old Token" })).toBeEnabled();
  await gateway.api(await rotationSteps(gateway), { method: "POST", body: { step: "abandoned" } });
  await comeBack(page);
  await expect(dialog.getByText("This rotation is over")).toBeVisible();
  await expect(dialog.getByText(/Finished|was abandoned/)).toHaveCount(0);
  await expect(dialog.getByRole("region", { name: "Replacement" })).toContainText("Active");
  await expect(dialog.getByRole("button", { name: /Revoke|Abandon/ })).toHaveCount(0);
  await expectAxeClean(page, "rotate: over");
});

test("a form that was changed asks before it is thrown away, at Escape and at Back", async ({
  signedInPage: page,
}) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await page.getByRole("link", { name: "Database Tokens" }).click();
  const dialog = await startRotating(page, await findToken(page, "CI writer"));
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await startRotating(page, rowOf(tokensTable(page), "CI writer"));
  const name = dialog.getByRole("textbox", { name: "Description of the replacement" });
  await name.fill("Half a thought");
  const question = page.getByRole("dialog", { name: "Discard what you have entered?" });
  await page.keyboard.press("Escape");
  await expect(question.getByRole("button", { name: "Keep editing" })).toBeFocused();
  await expectAxeClean(page, "rotate: discard");
  await page.keyboard.press("Enter");
  await expect(name).toHaveValue("Half a thought");
  await page.evaluate(() => history.back());
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(name).toHaveValue("Half a thought");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
});

test.describe("in files", () => {
  test.use({ own: "gateway" });

  test("14. the replacement's secret leaves no trace: not in the page, the profile's files, nor the gateway's", async ({
    gateway,
  }) => {
    await expectNoTraceInFiles(gateway, "Canary", async (page) => {
      const dialog = await startRotating(page, await findToken(page, "CI writer"));
      await dialog.getByRole("textbox", { name: "Description of the replacement" }).fill("Canary");
      const answer = page.waitForResponse(
        (response) => response.request().method() === "POST" && response.url().endsWith("/rotations"),
      );
      await dialog.getByRole("button", { name: "Create Replacement" }).click();
      const { token } = (await (await answer).json()) as { token: { accessToken: string } };
      const secret = token.accessToken;
      await expect(secretDialog(page)).toBeVisible();
      expect(await traces(page), "while it is masked").not.toContain(secret);
      // Through the answer that is replayed as well.
      await page.reload();
      await expect(secretDialog(page)).toBeVisible();
      expect(await traces(page), "before it is shown again").not.toContain(secret);
      expect(await storeSecret(page)).toBe(secret);
      await expect(dialog.getByText("The secret was stored")).toBeVisible();
      expect(await traces(page), "after it was stored").not.toContain(secret);
      return secret;
    });
  });
});

test.describe("when answers get lost", () => {
  test.use({ throughFaultProxy: true });
  const ROTATIONS = /\/rotations$/;
  const STEPS = /\/steps$/;
  const SETTLEMENT = "/api/operations/settlement";

  test("no form before the rotations in progress are known; then it says what is wrong where it is, and a pause", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(ROTATIONS, 503);
    const reading = faultProxy.fail(
      { method: "GET", path: ROTATIONS },
      refuse(503, "unavailable", "Not now."),
    );
    await page.reload();
    const dialog = await startRotating(page, await findToken(page, "CI writer"));
    await expect(dialog.getByText("The rotations in progress could not be read")).toBeVisible({
      timeout: 30_000,
    });
    await expect(dialog.getByRole("textbox")).toHaveCount(0);
    await expectAxeClean(page, "rotate: not read");
    reading.remove();
    await dialog.getByRole("button", { name: "Try again" }).click();

    const name = dialog.getByRole("textbox", { name: "Description of the replacement" });
    await expect(name).toBeVisible();
    const create = dialog.getByRole("button", { name: "Create Replacement", exact: true });
    await name.fill(" ");
    await create.click();
    await expect(name).toBeFocused();
    await expect(name).toHaveAccessibleDescription(/Enter what the token is for/);
    expect(faultProxy.requests("POST", ROTATIONS)).toHaveLength(0);

    await name.fill("CI writer 2");
    guards.expectFailedRequest(ROTATIONS, 400);
    faultProxy.fail(
      { method: "POST", path: ROTATIONS, times: 1 },
      refuse(400, "invalid_request", "Descriptions here begin with a ticket number.", {
        field: "description",
      }),
    );
    await create.click();
    await expect(name).toHaveAccessibleDescription(/begin with a ticket number/);
    await expect(name).toBeFocused();
    await expectAxeClean(page, "rotate: refused field");
    await name.fill("T-1 CI writer");
    await expect(dialog).not.toContainText("begin with a ticket number");

    guards.expectFailedRequest(ROTATIONS, 429);
    faultProxy.fail(
      { method: "POST", path: ROTATIONS, times: 1 },
      refuse(429, "rate_limited", "Slow down.", { retryAfter: 60 }),
    );
    await create.click();
    await expect(dialog.getByRole("button", { name: /^Create Replacement in \d+ s$/ })).toBeDisabled();
    await name.press("Enter");
    await expect(dialog.getByText("Slow down.")).toBeVisible();
    await expectAxeClean(page, "rotate: paused");
    // Where it ends, and what is done then, is in the fault matrix.
    expect(faultProxy.requests("POST", ROTATIONS)).toHaveLength(2);
  });

  test("what somebody else asked for is not said to have created nothing by whoever signs in since", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    const dialog = await startRotating(page, await findToken(page, "CI writer"));
    guards.expectFailedRequest("/api/", "network");
    guards.expectFailedRequest("/api/", 401);
    const lost = faultProxy.fail({ method: "POST", path: ROTATIONS }, { kind: "reset-before-forwarding" });
    const asking = faultProxy.fail({ method: "POST", path: SETTLEMENT }, { kind: "reset-before-forwarding" });
    await dialog.getByRole("button", { name: "Create Replacement" }).click();
    await expect(dialog.getByText("It is not known whether the replacement was created.")).toBeVisible({
      timeout: 20_000,
    });
    await expectAxeClean(page, "rotate: unknown");
    asking.remove();
    lost.remove();
    await page.context().clearCookies();
    await comeBack(page);
    const ended = page.getByRole("dialog", { name: "Your session has ended" });
    await ended.getByLabel("Management token").fill(gateway.managementToken);
    await ended.getByRole("button", { name: "Sign in" }).click();
    await expect(ended).toBeHidden();
    await dialog.getByRole("button", { name: "Check again" }).click();
    await expect(dialog.getByText("It was asked for under another sign-in")).toBeVisible({ timeout: 20_000 });
    await expect(dialog.getByText("Nothing was created")).toHaveCount(0);
  });

  test("what ends a rotation is sent once by a page, without keeping it awake, and by a button after that", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    const dialog = await startRotating(page, await findToken(page, "CI writer"));
    await dialog.getByRole("button", { name: "Create Replacement" }).click();
    await storeSecret(page);
    await expect(dialog.getByRole("button", { name: "Revoke Old Token" })).toBeEnabled();
    const before = faultProxy.requests("POST", STEPS).length;
    guards.expectFailedRequest(STEPS, 503);
    const refused = faultProxy.fail({ method: "POST", path: STEPS }, refuse(503, "unavailable", "Not now."));
    await dialog.getByRole("button", { name: "Revoke Old Token" }).click();
    await confirmRevoke(revokeDialog(page));
    const finish = dialog.getByRole("button", { name: "Finish Rotation" });
    await expect(finish).toBeVisible();
    await expect.poll(() => refused.taken).toBe(1);
    const sent = faultProxy.requests("POST", STEPS).slice(before);
    expect(sent.map(({ headers }) => headers["x-tokenward-request"])).toEqual(["background"]);
    for (let times = 0; times < 2; times++) {
      const read = page.waitForResponse(
        (response) => response.request().method() === "GET" && ROTATIONS.test(response.url()),
      );
      await comeBack(page);
      await read;
    }
    expect(refused.taken).toBe(1);
    await finish.click();
    await expect(dialog.getByText("It was not recorded as finished")).toBeVisible();
    await expectAxeClean(page, "rotate: not finished");
    expect(refused.taken).toBe(2);
    refused.remove();
    await finish.click();
    await expect(dialog.getByText("Finished: the old token is revoked")).toBeVisible();
    expect(await gateway.databaseRows("SELECT state FROM rotations")).toEqual([{ state: "finished" }]);
  });

  test("after a reload it is still said that the replacement does not expire as it was asked", async ({
    signedInPage: page,
    gateway,
    faultProxy,
  }) => {
    page.on("dialog", (question) => void question.accept());
    const dialog = await startRotating(page, await findToken(page, "CI writer"));
    await dialog.getByRole("radio", { name: "30 days" }).check();
    await dialog.getByRole("button", { name: "Create Replacement" }).click();
    const secret = secretDialog(page);
    await expect(secret).toBeVisible();
    // The gateway's word on it, changed on its way.
    const key = String(faultProxy.requests("POST", ROTATIONS)[0]?.headers["idempotency-key"]);
    const settled = await page.evaluate(async (operationKey) => {
      const answer = await fetch("/api/operations/settlement", {
        method: "POST",
        headers: {
          "X-Tokenward-Request": "background",
          "Content-Type": "application/json",
          "Idempotency-Key": crypto.randomUUID(),
        },
        body: JSON.stringify({ operationKey }),
      });
      return answer.text();
    }, key);
    const body = settled.replace(/"expiresAt":"[^"]*"/, '"expiresAt":"2031-01-01T00:00:00.000Z"');
    expect(body).not.toBe(settled);
    faultProxy.fail(
      { method: "POST", path: SETTLEMENT },
      { kind: "answer", status: 200, headers: { "Content-Type": "application/json" }, body },
    );
    await page.reload();
    await expect(secret).toContainText("It does not expire as you asked.");
    await secret.getByRole("button", { name: "Revoke it instead" }).click();
    await expect(dialog.getByRole("button", { name: "Revoke Replacement" })).toBeVisible();
    expect(await gateway.databaseRows("SELECT state FROM rotations")).toEqual([{ state: "created" }]);
  });
});
