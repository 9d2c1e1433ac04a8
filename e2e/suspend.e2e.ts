import type { Page } from "@playwright/test";
import { expectAxeClean } from "./axe.ts";
import { changeDialog, openChange } from "./change-dialogs.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, cellUnder, findToken, openOptions, rowOf, tokensTable } from "./table.ts";

const SUSPENSION = /\/suspension$/;

interface Listed {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  suspendedAt?: string;
}

async function listed(gateway: GatewayProcess, description: string): Promise<Listed> {
  const tokens = (await gateway.api("/api/v0/tokens")).json() as Listed[];
  const token = tokens.find((token) => token.description === description);
  if (token === undefined) throw new Error(`There is no token "${description}".`);
  return token;
}

async function grantsOf(gateway: GatewayProcess, description: string): Promise<string[]> {
  const { permissions } = await listed(gateway, description);
  return permissions.map(({ action, resource }) => `${action}:${resource}`).sort();
}

/** What somebody else does meanwhile, by the API. */
async function elsewhere(gateway: GatewayProcess, description: string, body: object): Promise<void> {
  const { id } = await listed(gateway, description);
  const answer = await gateway.api(`/api/v0/tokens/${id}`, { method: "PATCH", body });
  expect(answer.status).toBe(200);
}

async function suspendElsewhere(gateway: GatewayProcess, description: string): Promise<void> {
  const { id } = await listed(gateway, description);
  const answer = await gateway.api(`/api/v0/tokens/${id}/suspension`, { method: "POST" });
  expect(answer.status).toBe(200);
}

async function restoreElsewhere(gateway: GatewayProcess, description: string): Promise<void> {
  const { id } = await listed(gateway, description);
  const answer = await gateway.api(`/api/v0/tokens/${id}/suspension`, { method: "DELETE" });
  expect(answer.status).toBe(200);
}

async function expectStatus(page: Page, description: string, status: string): Promise<void> {
  const table = tokensTable(page);
  await expect(await cellUnder(table, rowOf(table, description), "Status")).toHaveText(status);
}

test.use({ gatewayOptions: { importTokens: smallCluster() } });

test("suspends a token, says so on its row, and takes it back from the toast", async ({
  signedInPage: page,
  gateway,
}) => {
  const dialog = await openChange(await findToken(page, "Only writer of logs"), "Suspend Token");
  await expect(dialog.button("Cancel")).toBeFocused();
  await expect(dialog.root).toContainText("The token still authenticates, but may do nothing.");
  await expect(dialog.part("Taken away for now")).toContainText("logswrite");
  await expect(dialog.part("What stops working")).toContainText(
    "No active token will be able to write to logs.",
  );
  await expectAxeClean(page, "suspend");
  await dialog.button("Suspend Token").click();
  await expect(dialog.root).toBeHidden();
  await expect(page.getByText('Suspended "Only writer of logs"', { exact: true })).toBeVisible();
  await expectStatus(page, "Only writer of logs", "Suspended");
  await expectAxeClean(page, "suspended");
  expect(await grantsOf(gateway, "Only writer of logs")).toEqual([]);
  expect((await listed(gateway, "Only writer of logs")).suspendedAt).toBeDefined();

  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText('Restored "Only writer of logs"', { exact: true })).toBeVisible();
  await expectStatus(page, "Only writer of logs", "Active");
  expect(await grantsOf(gateway, "Only writer of logs")).toEqual(["write:logs"]);
});

test("who suspended it and when stands in the tooltip; it is restored from its options", async ({
  signedInPage: page,
  gateway,
}) => {
  await suspendElsewhere(gateway, "CI writer");
  await page.reload();
  const row = await findToken(page, "CI writer");
  await expectStatus(page, "CI writer", "Suspended");
  await row.hover();
  const status = await cellUnder(tokensTable(page), row, "Status");
  await expect(status.getByText("Suspended")).toHaveAttribute("title", /^Suspended .+ by .+/);

  // What a suspended token can and cannot be offered.
  const menu = await openOptions(row);
  await expect(menu.getByRole("menuitem", { name: "Suspend Token" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  const edit = await openChange(row, "Edit Token");
  await expect(edit.root).toContainText("Restore it first to change them.");
  await edit.root.getByRole("textbox", { name: "Description" }).fill("CI writer, quiet");
  await edit.button("Save Changes").click();
  await expect(edit.root).toBeHidden();

  const dialog = await openChange(rowOf(tokensTable(page), "CI writer, quiet"), "Restore Token");
  await expect(dialog.part("Put back")).toContainText("buildsread and write");
  await expectAxeClean(page, "restore");
  await dialog.button("Restore Token").click();
  await expect(page.getByText('Restored "CI writer, quiet"', { exact: true })).toBeVisible();
  await expectStatus(page, "CI writer, quiet", "Active");
  expect(await grantsOf(gateway, "CI writer, quiet")).toEqual(["read:builds", "write:builds"]);
});

test("changed while it was suspended: restoring shows the difference first, from the toast too", async ({
  signedInPage: page,
  gateway,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Suspend Token");
  await dialog.button("Suspend Token").click();
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await elsewhere(gateway, "CI writer", {
    permissions: [
      { action: "read", resource: "builds" },
      { action: "write", resource: "metrics" },
    ],
  });
  await undo.click();
  const restore = changeDialog(page, "Restore Token");
  await expect(restore.root).toContainText("Somebody changed its permissions while it was suspended.");
  await expect(restore.part("Taken away")).toContainText("metricswrite");
  await expect(restore.part("Taken away")).toContainText("No active token will be able to write to metrics.");
  await expect(restore.part("Put back")).toContainText("buildswrite");
  await expect(restore.part("Unchanged")).toContainText("buildsread");
  await expectAxeClean(page, "restore with a difference");
  expect(await grantsOf(gateway, "CI writer")).toEqual(["read:builds", "write:metrics"]);
  await restore.button("Restore Token").click();
  await expect(restore.root).toBeHidden();
  expect(await grantsOf(gateway, "CI writer")).toEqual(["read:builds", "write:builds"]);
});

test("suspending once more says that what is kept from before is replaced", async ({
  signedInPage: page,
  gateway,
}) => {
  await suspendElsewhere(gateway, "CI writer");
  await elsewhere(gateway, "CI writer", { permissions: [{ action: "write", resource: "metrics" }] });
  await page.reload();
  const dialog = await openChange(await findToken(page, "CI writer"), "Suspend Token");
  await expect(dialog.root).toContainText("They replace those that are kept for it from before");
  await expectAxeClean(page, "suspend once more");
  await dialog.button("Suspend Token").click();
  await expect(dialog.root).toBeHidden();
  expect(await grantsOf(gateway, "CI writer")).toEqual([]);
});

test("changed meanwhile, in whatever part: that is shown, and nothing is done before it was seen", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  await suspendElsewhere(gateway, "CI writer");
  await page.reload();
  const dialog = await openChange(await findToken(page, "CI writer"), "Restore Token");
  await expect(dialog.part("Put back")).toContainText("buildsread and write");
  guards.expectFailedRequest(SUSPENSION, 412);

  await elsewhere(gateway, "CI writer", { description: "CI writer, theirs" });
  await dialog.button("Restore Token").click();
  await expect(dialog.root.getByRole("alert")).toContainText("Somebody else changed this token meanwhile.");
  await expect(dialog.root).toContainText("Changed: its description.");
  await expect(dialog.part("Description")).toContainText("CI writer, theirs");
  await expectAxeClean(page, "restore after a conflict");
  expect(await grantsOf(gateway, "CI writer, theirs")).toEqual([]);

  // What is kept is another set by now, and the token looks the same: suspended, without permissions.
  await elsewhere(gateway, "CI writer, theirs", { permissions: [{ action: "write", resource: "*" }] });
  await suspendElsewhere(gateway, "CI writer, theirs");
  await dialog.button("Restore Token").click();
  await expect(dialog.root).toContainText("the permissions that are kept for it");
  await expect(dialog.part("Put back")).toContainText("All databaseswrite");
  expect(await grantsOf(gateway, "CI writer, theirs")).toEqual([]);

  await elsewhere(gateway, "CI writer, theirs", { permissions: [{ action: "read", resource: "metrics" }] });
  await dialog.button("Restore Token").click();
  await expect(dialog.root).toContainText("Changed: the permissions that it has.");
  await expect(dialog.part("Taken away")).toContainText("metricsread");
  expect(await grantsOf(gateway, "CI writer, theirs")).toEqual(["read:metrics"]);

  // All of it was seen.
  await dialog.button("Restore Token").click();
  await expect(dialog.root).toBeHidden();
  expect(await grantsOf(gateway, "CI writer, theirs")).toEqual(["write:*"]);
});

test("somebody restored it already: the dialog and the list say so", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  await suspendElsewhere(gateway, "CI writer");
  await page.reload();
  const row = await findToken(page, "CI writer");
  await expectStatus(page, "CI writer", "Suspended");
  const menu = await openOptions(row);
  await restoreElsewhere(gateway, "CI writer");
  guards.expectFailedRequest(SUSPENSION, 404);
  await menu.getByRole("menuitem", { name: "Restore Token" }).click();
  const dialog = changeDialog(page, "Restore Token");
  await expect(dialog.root).toContainText("Somebody else restored it meanwhile.");
  await expect(dialog.button("Restore Token")).toBeDisabled();
  await expectAxeClean(page, "restored already");
  await dialog.button("Cancel").click();
  await expectStatus(page, "CI writer", "Active");
});

test("an undo of what somebody restored already says so; one that would show a difference leads to the token where the page was left", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Suspend Token");
  await dialog.button("Suspend Token").click();
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await restoreElsewhere(gateway, "CI writer");
  guards.expectFailedRequest(SUSPENSION, 404);
  await undo.click();
  await expect(
    page.getByText('"CI writer" was restored already, by somebody else', { exact: true }),
  ).toBeVisible();
  await expectStatus(page, "CI writer", "Active");

  await openChange(rowOf(tokensTable(page), "CI writer"), "Suspend Token");
  await dialog.button("Suspend Token").click();
  await expect(undo).toBeVisible();
  await elsewhere(gateway, "CI writer", { permissions: [{ action: "write", resource: "metrics" }] });
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await expect(page.getByRole("heading", { name: "Management Tokens", level: 1 })).toBeVisible();
  await undo.click();
  await expect(page.getByText('Not undone: "CI writer"', { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "View" }).click();
  const sheet = page.getByRole("dialog", { name: "CI writer" });
  await expect(sheet).toBeVisible();
  expect(await grantsOf(gateway, "CI writer")).toEqual(["write:metrics"]);
});

test("somebody else changed the token first: it is not suspended, and what it is now is shown", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Suspend Token");
  await elsewhere(gateway, "CI writer", { permissions: [{ action: "read", resource: "metrics" }] });
  guards.expectFailedRequest(SUSPENSION, 412);
  await dialog.button("Suspend Token").click();
  await expect(dialog.root).toContainText("Somebody else changed this token meanwhile.");
  await expect(dialog.part("Taken away for now")).toContainText("metricsread");
  expect(await grantsOf(gateway, "CI writer")).toEqual(["read:metrics"]);
  await dialog.button("Suspend Token").click();
  await expect(dialog.root).toBeHidden();
  expect(await grantsOf(gateway, "CI writer")).toEqual([]);
});

test("revoking offers it as a rehearsal, and works by keyboard alone", async ({
  signedInPage: page,
  gateway,
}) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("CI writer");
  await page.keyboard.press("ArrowDown");
  await expect(rowOf(tokensTable(page), "CI writer")).toBeFocused();
  await page.keyboard.press("r");
  const revoke = page.getByRole("dialog", { name: "Revoke Database Token" });
  await expect(revoke).toContainText("Suspend it first");
  const instead = revoke.getByRole("button", { name: "Suspend Instead" });
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press("Shift+Tab");
    if (await instead.evaluate((button) => button === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
  const dialog = changeDialog(page, "Suspend Token");
  await expect(dialog.button("Cancel")).toBeFocused();
  await expect(revoke).toBeHidden();
  await page.keyboard.press("Tab");
  await expect(dialog.button("Suspend Token")).toBeFocused();
  // It may still be reading the token, and does nothing until then.
  await expect(dialog.button("Suspend Token")).toBeEnabled();
  await page.keyboard.press("Enter");
  await expect(dialog.root).toBeHidden();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeFocused();
  await expectStatus(page, "CI writer", "Suspended");
  expect(await grantsOf(gateway, "CI writer")).toEqual([]);
  // A suspended token is not offered it again.
  const again = await askToRevoke(rowOf(tokensTable(page), "CI writer"));
  await expect(again.root).not.toContainText("Suspend it first");
});

test.describe("when the wire fails", () => {
  test.use({ throughFaultProxy: true });

  test("an undo whose answer is lost is verified by reading, and one that is refused says so in the server's words", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    guards.expectFailedRequest(SUSPENSION, "network");
    const suspending = faultProxy.fail({ method: "POST", path: SUSPENSION }, { kind: "forward-then-reset" });
    const restoring = faultProxy.fail({ method: "DELETE", path: SUSPENSION }, { kind: "forward-then-reset" });
    const dialog = await openChange(await findToken(page, "CI writer"), "Suspend Token");
    await dialog.button("Suspend Token").click();
    await expect(
      page.getByText('Suspended "CI writer" (verified by reading it back)', { exact: true }),
    ).toBeVisible();
    expect(await grantsOf(gateway, "CI writer")).toEqual([]);
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.click();
    await expect(
      page.getByText('Restored "CI writer" (verified by reading it back)', { exact: true }),
    ).toBeVisible();
    expect(await grantsOf(gateway, "CI writer")).toEqual(["read:builds", "write:builds"]);
    suspending.remove();
    restoring.remove();

    await openChange(rowOf(tokensTable(page), "CI writer"), "Suspend Token");
    await dialog.button("Suspend Token").click();
    guards.expectFailedRequest(SUSPENSION, 403);
    faultProxy.fail({ method: "DELETE", path: SUSPENSION }, refuse(403, "forbidden", "Not for you."));
    await undo.click();
    await expect(page.getByText("Not for you. (Request made-up-request-id)", { exact: true })).toBeVisible();
    expect(await grantsOf(gateway, "CI writer")).toEqual([]);
  });
});
