import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expectAxeClean } from "./axe.ts";
import { changeDialog, descriptionField, grant, openChange } from "./change-dialogs.ts";
import { expect, test as base } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { filesWith, inEveryEncoding, traces } from "./secret-traces.ts";
import { startSeveralClusters, type SeveralClusters } from "./several-clusters.ts";
import { allAccess } from "./upstreams/v2-rights.ts";
import {
  askToRevoke,
  cellUnder,
  columnTexts,
  confirmRevoke,
  drawnRows,
  expectRowCount,
  expectSortedBy,
  findToken,
  headers,
  openOptions,
  rowOf,
  sortByHeader,
} from "./table.ts";

// The five flows that administrators come for (F1 to F5), each on its own product, through the same screens.

const test = base.extend<{ clusters: SeveralClusters }>({
  clusters: async ({ pool, own }, use) => {
    const clusters = await pool.takeSet(startSeveralClusters, own === "gateway");
    await use(clusters);
    await pool.giveBackSet(clusters);
  },
  gateway: async ({ clusters }, use) => use(clusters.gateway),
});

const table = (page: Page, name: string) => page.getByRole("table", { name, exact: true });

async function switchTo(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: /^Switch cluster/ }).click();
  await page.getByRole("menuitemradio", { name, exact: true }).click();
}

async function stored(upstream: GatewayProcess, description: string) {
  const tokens = (await upstream.api("/api/v0/tokens")).json() as {
    description: string;
    permissions: { action: string; resource: string }[];
    revokedAt?: string;
  }[];
  return tokens.find((token) => token.description === description);
}

test("F1: a database token of Cloud Dedicated is revoked", async ({ signedInPage: page, clusters }) => {
  await switchTo(page, "Cloud");
  await expect(page).toHaveURL(/\/clusters\/cloud\/database-tokens$/);
  const dialog = await askToRevoke(await findToken(page, "Sensor 2"));
  await confirmRevoke(dialog);
  await expect(page.getByText('Revoked "Sensor 2"', { exact: true })).toBeVisible();
  expect((await stored(clusters.upstream, "Sensor 2"))?.revokedAt).toEqual(expect.any(String));
});

test("F2: a database token of Clustered is revoked", async ({ signedInPage: page, clusters }) => {
  const dialog = await askToRevoke(await findToken(page, "Backup"));
  await confirmRevoke(dialog);
  await expect(page.getByText('Revoked "Backup"', { exact: true })).toBeVisible();
  expect((await stored(clusters.upstream, "Backup"))?.revokedAt).toEqual(expect.any(String));
});

test("F3: an API token of v2 is deleted", async ({ signedInPage: page, clusters }) => {
  const { v2 } = clusters;
  v2.addBucket("sensors");
  const { id } = v2.addAuthorization({ description: "Old Telegraf" });
  await switchTo(page, "Old server");
  await expect(page.getByRole("heading", { level: 1, name: /^API Tokens/ })).toBeVisible();
  await expect(page.getByRole("link", { name: "Management Tokens" })).toHaveCount(0);
  const menu = await openOptions(rowOf(table(page, "API Tokens"), "Old Telegraf"));
  await menu.getByRole("menuitem", { name: "Delete Token" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete API Token", exact: true });
  await expect(dialog).toContainText("You are about to delete a token");
  await expectAxeClean(page, "delete an API token");
  await dialog.getByRole("checkbox", { name: "I understand the risk of this action" }).check();
  await dialog.getByRole("button", { name: "Delete Token", exact: true }).click();
  await expect(page.getByText('Deleted "Old Telegraf"', { exact: true })).toBeVisible();
  expect(v2.authorization(id)).toBeUndefined();
  await expect(rowOf(table(page, "API Tokens"), "Old Telegraf")).toHaveCount(0);
});

test("F4: management tokens of Cloud Dedicated, which no API offers, as influxctl lists them", async ({
  signedInPage: page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await switchTo(page, "Cloud");
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await expect(page.getByText(/has no documented API for management tokens/)).toBeVisible();
  await expectAxeClean(page, "management tokens without an API");
  const output = page.getByRole("textbox", { name: /^Output of influxctl/ });
  await output.fill("not JSON");
  await page.getByRole("button", { name: "Show Tokens" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "This is not JSON." })).toBeVisible();
  const row = (id: string, description: string, more: object = {}) => ({
    id,
    account_id: "11111111-1111-4111-8111-111111111111",
    token_prefix: "M.V1.+5Jk",
    description,
    created_at: { seconds: 1_767_225_600, nanos: 0 },
    expires_at: { seconds: 0, nanos: 0 },
    ...more,
  });
  const ann = "aaaaaaaa-0000-4000-8000-000000000001";
  const bob = "aaaaaaaa-0000-4000-8000-000000000002";
  await output.fill(
    JSON.stringify([
      row(ann, "Ann"),
      row(bob, "Bob"),
      row("aaaaaaaa-0000-4000-8000-000000000003", "Gone", {
        revoked_at: { seconds: 1_767_300_000, nanos: 0 },
      }),
    ]),
  );
  await page.getByRole("button", { name: "Show Tokens" }).click();
  await expect(page.getByText(/^A snapshot, brought here/)).toBeVisible();
  const tokens = table(page, "Management Tokens");
  await expect(rowOf(tokens, "Ann")).toContainText("Never");
  await expect(rowOf(tokens, "Gone")).toHaveCount(0);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const menu = await openOptions(rowOf(tokens, "Ann"));
  await menu.getByRole("menuitem", { name: "Copy Revoke Command" }).click();
  await expect(page.getByText("Command copied", { exact: true })).toBeVisible();
  expect(await copied()).toBe(`influxctl management revoke ${ann}`);

  await rowOf(tokens, "Ann").getByRole("checkbox").check();
  await rowOf(tokens, "Bob").getByRole("checkbox").check();
  await page
    .getByRole("group", { name: "Selection" })
    .getByRole("button", { name: "Copy Revoke Command" })
    .click();
  await expect(page.getByText("Command for 2 tokens copied", { exact: true })).toBeVisible();
  expect((await copied()).replaceAll(/\s*\\\n\s*/g, " ")).toBe(`influxctl management revoke ${ann} ${bob}`);
  await page.getByRole("button", { name: "Forget it" }).click();
  await expect(output).toBeVisible();
});

test("F5: a database token of Cloud Dedicated is updated, after its change was shown", async ({
  signedInPage: page,
  clusters,
}) => {
  await switchTo(page, "Cloud");
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await grant(dialog, "sensors", ["Read"]);
  await dialog.button("Review Changes").click();
  await expect(dialog.part("Granted")).toContainText("sensors");
  await dialog.button("Save Changes").click();
  await expect(dialog.root).toBeHidden();
  const { permissions } = (await stored(clusters.upstream, "CI writer")) ?? {};
  expect(
    permissions?.map(({ action, resource }) => `${action}:${resource}`).sort((a, b) => a.localeCompare(b)),
  ).toEqual(["read:builds", "read:sensors", "write:builds"]);
});

test("a token of InfluxDB 3 Core is deleted by its name, and the operator's own is protected", async ({
  signedInPage: page,
  clusters,
  guards,
}) => {
  clusters.core.add({ name: "edge writer", permissions: "db:edge:write" });
  await switchTo(page, "Edge");
  const tokens = table(page, "Tokens");
  const remove = async (name: string) => {
    const menu = await openOptions(rowOf(tokens, name));
    await menu.getByRole("menuitem", { name: "Delete Token" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete Token", exact: true });
    await dialog.getByRole("checkbox", { name: "I understand the risk of this action" }).check();
    await dialog.getByRole("button", { name: "Delete Token", exact: true }).click();
    return dialog;
  };
  await remove("edge writer");
  await expect(page.getByText('Deleted "edge writer"', { exact: true })).toBeVisible();
  guards.expectFailedRequest("/tokens/", 409);
  const refused = await remove("_admin");
  await expect(refused).toContainText("The token was not deleted.");
  await expect(refused).toContainText("operator token");
  expect(clusters.core.tokens.map(({ name }) => name)).toEqual(["_admin"]);
});

test("a cluster without a token asks for one, says what is wrong with it, and shows its list with the right one", async ({
  signedInPage: page,
  clusters,
  guards,
}) => {
  await switchTo(page, "Plant");
  const token = page.getByLabel("Token", { exact: true });
  await expect(page.getByText(/The configuration holds no token for this cluster/)).toBeVisible();
  await expectAxeClean(page, "sign in to a cluster");
  guards.expectFailedRequest("/credential", 401);
  await token.fill("apiv3_not_one_of_them_at_all");
  await page.getByRole("button", { name: "Sign in to the cluster" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "refused the token" })).toBeVisible();
  await token.fill(clusters.enterprise.operatorToken);
  await page.getByRole("button", { name: "Sign in to the cluster" }).click();
  await expect(rowOf(table(page, "Tokens"), "_admin")).toBeVisible();
  expect(await traces(page)).not.toContain(clusters.enterprise.operatorToken);
});

test("another token takes the place of the one in the file, and a list that may lack rows says so", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  const ada = v2.addUser("ada");
  v2.addAuthorization({ description: "Hers", userID: ada.id });
  const { token } = v2.addAuthorization({
    description: "Mine",
    permissions: allAccess(v2.organization.id, v2.user.id),
  });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  await expect(rowOf(tokens, "Hers")).toBeVisible();
  await page.getByRole("button", { name: /^Switch cluster/ }).click();
  await page.getByRole("menuitem", { name: "Use Another Token…" }).click();
  const dialog = page.getByRole("dialog", { name: "Use another token" });
  await expectAxeClean(page, "use another token");
  await dialog.getByLabel("Token", { exact: true }).fill(token);
  await dialog.getByRole("button", { name: "Sign in to the cluster" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("This list may be partial.")).toBeVisible();
  await expect(rowOf(tokens, "Mine")).toBeVisible();
  await expect(rowOf(tokens, "Hers")).toHaveCount(0);
});

test("what a list that may be partial lacks is not taken for deleted; what a whole one lacks is", async ({
  signedInPage: page,
  clusters: { v2 },
  guards,
}) => {
  guards.expectFailedRequest("/tokens/", 404);
  const tokens = table(page, "API Tokens");
  const dialog = page.getByRole("dialog", { name: "Delete API Token", exact: true });
  /** Somebody else is faster: the server has it no more when the button is pressed. */
  const deleteTooLate = async (description: string, id: string) => {
    const menu = await openOptions(rowOf(tokens, description));
    await menu.getByRole("menuitem", { name: "Delete Token" }).click();
    await dialog.getByRole("checkbox", { name: "I understand the risk of this action" }).check();
    const { status } = await fetch(`${v2.url}/api/v2/authorizations/${id}`, {
      method: "DELETE",
      headers: { Authorization: `Token ${v2.operator.token}` },
    });
    expect(status).toBe(204);
    await dialog.getByRole("button", { name: "Delete Token", exact: true }).click();
  };
  const permissions = allAccess(v2.organization.id, v2.user.id);
  const first = v2.addAuthorization({ description: "First" });
  const second = v2.addAuthorization({ description: "Second" });
  const { token } = v2.addAuthorization({ description: "Mine", permissions });

  await switchTo(page, "Old server");
  await deleteTooLate("First", first.id);
  await expect(page.getByText('"First" was deleted already', { exact: true })).toBeVisible();
  await expect(dialog).toBeHidden();

  await page.getByRole("button", { name: /^Switch cluster/ }).click();
  await page.getByRole("menuitem", { name: "Use Another Token…" }).click();
  const signIn = page.getByRole("dialog", { name: "Use another token" });
  await signIn.getByLabel("Token", { exact: true }).fill(token);
  await signIn.getByRole("button", { name: "Sign in to the cluster" }).click();
  await expect(page.getByText("This list may be partial.")).toBeVisible();
  await deleteTooLate("Second", second.id);
  await expect(dialog).toContainText("It is not known whether the token was deleted.");
  await expect(dialog).toContainText(
    "InfluxDB says: authorization not found. The list does not show it, which proves nothing.",
  );
});

test("what an account may not do is refused once, with InfluxDB's reason, and not offered again until asked for", async ({
  signedInPage: page,
  clusters: { cloudLine, upstream },
  guards,
}) => {
  guards.expectFailedRequest("/tokens", 403);
  const body = JSON.stringify({ code: 403, message: "members may only look" });
  for (const method of ["DELETE", "PATCH", "POST"]) {
    const headers = { "Content-Type": "application/json" };
    cloudLine.fail({ method, path: /\/tokens/ }, { kind: "answer", status: 403, headers, body });
  }
  await switchTo(page, "Cloud");
  const tokens = table(page, "Database Tokens");
  const question = await askToRevoke(await findToken(page, "Sensor 2"));
  await confirmRevoke(question);
  await expect(question.root).toContainText("The token was not revoked.");
  await expect(question.root).toContainText("InfluxDB says: members may only look");
  await question.cancel.click();
  await expect(page.getByText("You cannot revoke tokens here.")).toBeVisible();

  // The menu says why; what was not refused is still there.
  const row = rowOf(tokens, "Sensor 2");
  const menu = await openOptions(row);
  const revoke = menu.getByRole("menuitem", { name: "Revoke Token" });
  await expect(revoke).toHaveAttribute("aria-disabled", "true");
  await expect(revoke).toHaveAccessibleDescription(/members may only look/);
  await page.keyboard.press("Escape");
  const edit = await openChange(row, "Edit Token");
  await descriptionField(edit).fill("Sensor two");
  await edit.button("Save Changes").click();
  await expect(edit.root).toContainText("InfluxDB says: members may only look");
  await edit.button("Cancel").click();
  await page.getByRole("button", { name: "Throw Away", exact: true }).click();
  await expect(page.getByText("You cannot change or revoke tokens here.")).toBeVisible();
  await expectAxeClean(page, "read only");

  // Rights given meanwhile: it is offered again, and works.
  cloudLine.clear();
  await page.getByRole("button", { name: "Offer again" }).click();
  await confirmRevoke(await askToRevoke(row));
  await expect(page.getByText('Revoked "Sensor 2"', { exact: true })).toBeVisible();
  expect((await stored(upstream, "Sensor 2"))?.revokedAt).toEqual(expect.any(String));
});

test("the switcher says how things stand, and no row is ever under another cluster's name", async ({
  signedInPage: page,
  clusters,
  guards,
}) => {
  guards.expectFailedRequest("/api/", 502);
  clusters.v2.addAuthorization({ description: "Only on v2" });
  clusters.core.add({ name: "Only on Edge", permissions: "*:*:*" });
  clusters.enterprise.add({ name: "Only on Plant", permissions: "*:*:*" });
  await page.getByRole("button", { name: /^Switch cluster/ }).click();
  const item = (name: string) => page.getByRole("menuitemradio", { name, exact: true });
  await expect(item("Old server")).toHaveAccessibleDescription(/InfluxDB v2 .*Reachable/);
  await expect(item("Plant")).toHaveAccessibleDescription(/Not signed in/);
  await expect(item("Nowhere")).toHaveAccessibleDescription(/Not reachable.*profile “Nowhere”/);
  await expectAxeClean(page, "the clusters");
  // Every frame's cluster, heading and rows, from the press on.
  await page.evaluate(() => {
    const seen: string[] = [];
    Reflect.set(window, "seen", seen);
    const note = () => {
      const cluster = document.querySelector("[aria-label^='Switch cluster']")?.textContent ?? "";
      const rows = [...document.querySelectorAll("[role=row]")].map((row) => row.textContent).join("|");
      seen.push(`${cluster}: ${rows}`);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await item("Old server").click();
  await expect(rowOf(table(page, "API Tokens"), "Only on v2")).toBeVisible();
  await switchTo(page, "default");
  await expect(drawnRows(table(page, "Database Tokens")).first()).toBeVisible();
  // News waits while the pointer is on the rows: another cluster's list must not be taken for news of this one.
  await drawnRows(table(page, "Database Tokens")).first().hover();
  await page.goBack();
  await expect(rowOf(table(page, "API Tokens"), "Only on v2")).toBeVisible();
  // Both have pages of the same name, and tokens too.
  await switchTo(page, "Plant");
  await page.getByLabel("Token", { exact: true }).fill(clusters.enterprise.operatorToken);
  await page.getByRole("button", { name: "Sign in to the cluster" }).click();
  await expect(rowOf(table(page, "Tokens"), "Only on Plant")).toBeVisible();
  for (const name of ["Edge", "Plant", "Edge"]) {
    await switchTo(page, name);
    await expect(rowOf(table(page, "Tokens"), `Only on ${name}`)).toBeVisible();
  }
  const seen = await page.evaluate(() => Reflect.get(window, "seen") as string[]);
  const theirs = new Map([
    ["Old server", "Only on v2"],
    ["default", "CI writer"],
    ["Edge", "Only on Edge"],
    ["Plant", "Only on Plant"],
  ]);
  for (const [name, row] of theirs) {
    const frames = seen.filter((frame) => frame.startsWith(name));
    expect(
      frames.some((frame) => frame.includes(row)),
      name,
    ).toBe(true);
    for (const other of theirs.values()) {
      if (other !== row) expect(frames.filter((frame) => frame.includes(other))).toEqual([]);
    }
  }

  await switchTo(page, "Nowhere");
  await expect(page.getByText(/“Nowhere” cannot be reached/)).toBeVisible();
});

test("API tokens of v2 are sorted and filtered by owner and organization, and other products have no such columns", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  expect(await headers(table(page, "Database Tokens"))).not.toContain("Owner");
  const ada = v2.addUser("ada");
  const plant = v2.addOrganization("plant");
  v2.addAuthorization({ description: "Ada in main", userID: ada.id });
  v2.addAuthorization({ description: "Ada in plant", userID: ada.id, orgID: plant.id });
  v2.addAuthorization({ description: "Admin in plant", orgID: plant.id });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  const shown = () => columnTexts(tokens, "Description");
  await expectRowCount(tokens, 4);
  await expect(await cellUnder(tokens, rowOf(tokens, "Ada in plant"), "Owner")).toHaveText("ada");
  await expect(await cellUnder(tokens, rowOf(tokens, "Ada in plant"), "Org")).toHaveText("plant");
  await sortByHeader(tokens, "Owner");
  await expectSortedBy(tokens, "Owner", "ascending");
  await expect
    .poll(shown)
    .toEqual(["Ada in main", "Ada in plant", "admin's TokenIn use by you", "Admin in plant"]);

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const filters = page.getByRole("dialog", { name: "Filters" });
  const owners = filters.getByRole("group", { name: "Owner" });
  await expect(owners.getByRole("checkbox")).toHaveCount(2);
  await owners.getByRole("checkbox", { name: "ada (2)" }).check();
  await filters.getByRole("group", { name: "Org" }).getByRole("checkbox", { name: "plant (2)" }).check();
  await expectAxeClean(page, "filters by owner");
  await expect(page.getByText(/, 1 shown$/)).toBeVisible();
  await owners.getByRole("checkbox", { name: "admin (2)" }).check();
  await filters.getByRole("button", { name: "Done" }).click();
  await expect.poll(shown).toEqual(["Ada in plant", "Admin in plant"]);
  await expect(page).toHaveURL(/\?owner=ada&owner=admin&org=plant&sort=owner$/);
  await page.reload();
  await expect.poll(shown).toEqual(["Ada in plant", "Admin in plant"]);
  await page.getByRole("button", { name: "Remove filter: Owner: ada" }).click();
  await expect.poll(shown).toEqual(["Admin in plant"]);

  await rowOf(tokens, "Admin in plant").getByText("Admin in plant").click();
  const sheet = page.getByRole("dialog", { name: "Admin in plant" });
  await expect(sheet.getByText("Org", { exact: true })).toBeVisible();
  await expect(sheet.getByText(plant.id)).toBeVisible();
  await page.keyboard.press("Escape");
  // The narrowest window that has these columns: ids are whole, and nothing scrolls sideways.
  await page.setViewportSize({ width: 1366, height: 768 });
  const fits = (element: Element | null) => element !== null && element.scrollWidth <= element.clientWidth;
  expect(await tokens.getByRole("button", { name: /^Copy token ID/ }).evaluate(fits)).toBe(true);
  expect(await tokens.locator("xpath=..").evaluate(fits)).toBe(true);
  await page.setViewportSize({ width: 1024, height: 768 });
  await expect.poll(() => headers(tokens)).not.toContain("Owner");
});

test("an API token of v2 is deactivated and activated, in v2's words", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  const { id } = v2.addAuthorization({ description: "Pump" });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  const choose = async (item: string) => {
    await (await openOptions(rowOf(tokens, "Pump"))).getByRole("menuitem", { name: item }).click();
    return page.getByRole("dialog", { name: item, exact: true });
  };
  let dialog = await choose("Deactivate Token");
  await expect(dialog).toContainText("The cluster refuses the token until it is activated again.");
  await expect(dialog).not.toContainText(/suspend|restore/i);
  await expectAxeClean(page, "deactivate an API token");
  await dialog.getByRole("button", { name: "Deactivate Token" }).click();
  await expect(page.getByText('Deactivated "Pump"', { exact: true })).toBeVisible();
  await expect(await cellUnder(tokens, rowOf(tokens, "Pump"), "Status")).toHaveText("Deactivated");
  expect(v2.authorization(id)?.status).toBe("inactive");

  dialog = await choose("Activate Token");
  await expect(dialog.getByText("What it may do then")).toBeVisible();
  await expect(dialog).not.toContainText(/suspend|restor/i);
  await dialog.getByRole("button", { name: "Activate Token" }).click();
  await expect(page.getByText('Activated "Pump"', { exact: true })).toBeVisible();
  expect(v2.authorization(id)?.status).toBe("active");

  await rowOf(tokens, "Pump").getByText("Pump").click();
  const sheet = page.getByRole("dialog", { name: "Pump" });
  await expect(sheet.getByRole("button", { name: "Deactivate Token" })).toBeVisible();
  await expect(sheet.getByRole("list", { name: "History" })).toContainText("Deactivated");
  await expect(sheet).not.toContainText(/suspend|restor|revok/i);
});

test("several API tokens of v2 are deleted, in v2's words, and the one in use is left alone", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  for (const description of ["One", "Two", "Three"]) v2.addAuthorization({ description });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  for (const name of ["One", "Two", "admin's Token"]) await rowOf(tokens, name).getByRole("checkbox").check();
  await page
    .getByRole("group", { name: "Selection" })
    .getByRole("button", { name: "Delete Tokens…" })
    .click();
  const dialog = page.getByRole("dialog", { name: "Delete API Tokens", exact: true });
  await expect(dialog).toContainText("You are about to delete 2 tokens");
  await expect(dialog.getByRole("list", { name: "Protected tokens" })).toContainText("admin's Token");
  await dialog.getByRole("textbox", { name: "Type 2 to confirm" }).fill("2");
  await expectAxeClean(page, "delete several API tokens");
  await expect(dialog).not.toContainText(/revok/i);
  await dialog.getByRole("button", { name: "Delete 2 API Tokens" }).click();
  const report = page.getByRole("dialog", { name: "Report", exact: true });
  await expect(report).toContainText("2 tokens: 2 deleted");
  const download = page.waitForEvent("download");
  await report.getByRole("button", { name: "Download CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv).toMatch(/^token_id,description,owner,org,outcome,detail,deleted_at,/);
  expect(csv).toMatch(/,One,admin,main,Deleted,/);
  await report.getByRole("button", { name: "Close" }).click();
  await expectRowCount(tokens, 2);
  expect(v2.authorizations().map(({ description }) => description)).toEqual(["admin's Token", "Three"]);
});

test("deleting the token in use warns, and leads to another one", async ({
  signedInPage: page,
  clusters: { v2, core },
  guards,
}) => {
  const spare = v2.addAuthorization({ description: "Spare", permissions: [...v2.operator.permissions] });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  await expect(rowOf(tokens, "admin's Token")).toContainText("In use by you");
  await expect(rowOf(tokens, "Spare")).not.toContainText("In use by you");
  const menu = await openOptions(rowOf(tokens, "admin's Token"));
  await menu.getByRole("menuitem", { name: "Delete Token" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete API Token", exact: true });
  await expect(dialog).toContainText("You use this cluster with this token.");
  await expectAxeClean(page, "delete the token in use");
  guards.expectFailedRequest("/api/", 401);
  await dialog.getByRole("checkbox", { name: "I understand the risk of this action" }).check();
  await dialog.getByRole("button", { name: "Delete Token", exact: true }).click();
  await expect(page.getByText('Deleted "admin\'s Token"', { exact: true })).toBeVisible();
  expect(v2.authorization(v2.operator.id)).toBeUndefined();
  const takeAnother = async () => {
    await page.getByRole("button", { name: "Use Another Token…" }).click();
    const other = page.getByRole("dialog", { name: "Use another token" });
    await other.getByLabel("Token", { exact: true }).fill(spare.token);
    await other.getByRole("button", { name: "Sign in to the cluster" }).click();
    await expect(other).toBeHidden();
  };
  // Also where there is no list at all.
  await page.reload();
  await expect(page.getByText("The list could not be read")).toBeVisible();
  await expectAxeClean(page, "a list that is refused");
  await takeAnother();
  await expect(rowOf(tokens, "Spare")).toContainText("In use by you");

  core.add({ name: "another" });
  await switchTo(page, "Edge");
  await expect(rowOf(table(page, "Tokens"), "_admin")).toContainText("In use by you");
  await expect(rowOf(table(page, "Tokens"), "another")).not.toContainText("In use by you");
});

test("an API token of v2 is cloned with everything that it may do, into the organization that it is of", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  const plant = v2.addOrganization("plant");
  const bucket = v2.addBucket("tasks", { orgID: plant.id });
  const orgID = plant.id;
  v2.addAuthorization({
    description: "Line 4",
    orgID,
    permissions: [
      { action: "read", resource: { type: "buckets", id: bucket.id, orgID } },
      { action: "write", resource: { type: "tasks", orgID } },
    ],
  });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  const row = rowOf(tokens, "Line 4");
  await expect(await cellUnder(tokens, row, "Databases")).toContainText("All tasks");
  await (await openOptions(row)).getByRole("menuitem", { name: "Clone Token" }).click();
  const form = page.getByRole("dialog", { name: "Add API Token", exact: true });
  await expect(form.getByRole("textbox", { name: "Description" })).toHaveValue("Line 4 (copy)");
  await expect(form.getByRole("combobox", { name: "Organization" })).toHaveValue(orgID);
  const permission = (name: string) => form.getByRole("group", { name, exact: true });
  await expect(permission("tasks").getByRole("checkbox", { name: "Read" })).toBeChecked();
  await expect(permission("All tasks").getByRole("checkbox", { name: "Write" })).toBeChecked();
  await expect(permission("All tasks").getByRole("checkbox", { name: "Read" })).not.toBeChecked();
  await permission("All tasks").getByRole("checkbox", { name: "Read" }).check();
  await expectAxeClean(page, "clone an API token");
  await form.getByRole("button", { name: "Create Token" }).click();
  const secret = page.getByRole("dialog", { name: /API Token/ });
  await secret.getByRole("button", { name: "I have stored it" }).click();
  await expect(rowOf(tokens, "Line 4 (copy)")).toBeVisible();
  const made = v2.authorizations().find(({ description }) => description === "Line 4 (copy)");
  expect(made?.orgID).toBe(orgID);
  expect(made?.permissions).toEqual([
    { action: "read", resource: { type: "buckets", id: bucket.id, orgID } },
    { action: "write", resource: { type: "tasks", orgID } },
    { action: "read", resource: { type: "tasks", orgID } },
  ]);
});

test("an API token is made in the organization that was chosen", async ({
  signedInPage: page,
  clusters: { v2 },
  guards,
}) => {
  guards.expectFailedRequest("/tokens", 400);
  const plant = v2.addOrganization("plant");
  v2.addAuthorization({ description: "There", orgID: plant.id });
  await switchTo(page, "Old server");
  await expect(rowOf(table(page, "API Tokens"), "There")).toBeVisible();
  await page.getByRole("button", { name: "Add API Token" }).click();
  const form = page.getByRole("dialog", { name: "Add API Token", exact: true });
  await form.getByRole("textbox", { name: "Description" }).fill("Everything there");
  await form.getByRole("combobox", { name: "Add Permission" }).fill("all databases");
  await form.getByRole("option", { name: /^All databases/ }).click();
  await form.getByRole("button", { name: "Create Token" }).click();
  await expect(form.getByText(/Choose it, or name a bucket/)).toBeVisible();
  await form.getByRole("combobox", { name: "Organization" }).selectOption("plant");
  await form.getByRole("button", { name: "Create Token" }).click();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await expect(rowOf(table(page, "API Tokens"), "Everything there")).toBeVisible();
  const made = v2.authorizations().find(({ description }) => description === "Everything there");
  expect(made?.permissions).toEqual([{ action: "read", resource: { type: "buckets", orgID: plant.id } }]);
});

test("an API token of v2 is rotated, and the old one deleted at the end", async ({
  signedInPage: page,
  clusters: { v2 },
}) => {
  const { id } = v2.addAuthorization({ description: "Pump" });
  await switchTo(page, "Old server");
  const tokens = table(page, "API Tokens");
  await (await openOptions(rowOf(tokens, "Pump"))).getByRole("menuitem", { name: "Rotate Token" }).click();
  const rotation = page.getByRole("dialog", { name: /^Rotate / });
  await expect(rotation).toContainText("delete the old one");
  await rotation.getByRole("textbox", { name: /Description/ }).fill("Pump, second");
  await rotation.getByRole("button", { name: "Create Replacement" }).click();
  const secret = page.getByRole("dialog", { name: "API Token Created", exact: true });
  await expect(secret).toContainText("the token can only be deleted");
  await secret.getByRole("button", { name: "I have stored it" }).click();
  await expect(rotation.getByRole("list", { name: "Steps" })).toContainText("Delete the old token");
  await expect(rotation.getByRole("button", { name: "Deactivate Old Token" })).toBeVisible();
  await expectAxeClean(page, "a rotation of an API token");
  await expect(rotation).not.toContainText(/revok|suspend/i);
  await rotation.getByRole("button", { name: "Delete Old Token" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete API Token", exact: true });
  await expect(dialog).toContainText("Deleting this one is the last step.");
  await dialog.getByRole("checkbox", { name: "I understand the risk of this action" }).check();
  await dialog.getByRole("button", { name: "Delete Token", exact: true }).click();
  await expect(rotation).toContainText("Finished: the old token is deleted");
  await rotation.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(rowOf(tokens, "Pump, second")).toBeVisible();
  await expect(rowOf(tokens, "Pump")).toHaveCount(0);
  expect(v2.authorization(id)).toBeUndefined();
  expect(v2.authorizations().map(({ description }) => description)).toEqual([
    "admin's Token",
    "Pump, second",
  ]);
});

test("what is not to be chosen on a product is said in its form", async ({
  signedInPage: page,
  clusters,
}) => {
  clusters.v2.addBucket("sensors");
  clusters.v2.addAuthorization({ description: "Reader" });
  await switchTo(page, "Old server");
  await page.getByRole("button", { name: "Add API Token" }).click();
  const form = page.getByRole("dialog", { name: "Add API Token", exact: true });
  await expect(form.getByRole("group", { name: "Expires" })).toContainText("Never.");
  await expect(form.getByRole("radio")).toHaveCount(0);
  await expectAxeClean(page, "an API token without an end");
  await page.keyboard.press("Escape");
  await expect(form).toBeHidden();

  const edit = await openChange(rowOf(table(page, "API Tokens"), "Reader"), "Edit Token");
  await expect(edit.root.getByRole("combobox")).toHaveCount(0);
  await changeDialog(page, "Edit Token").root.getByRole("textbox", { name: "Description" }).fill("Reader 2");
  await edit.button("Save Changes").click();
  await expect(edit.root).toBeHidden();
  await expect(rowOf(table(page, "API Tokens"), "Reader 2")).toBeVisible();
  expect(clusters.v2.authorizations().map(({ description }) => description)).toContain("Reader 2");
});

test.describe("what is looked for everywhere", () => {
  test.use({ own: "gateway" });

  test("6. the secrets that v2 lists and the hashes that Core lists are found nowhere", async ({
    signedInPage: page,
    clusters,
  }) => {
    const { v2, core, gateway } = clusters;
    v2.addAuthorization({ description: "Leaky" });
    core.add({ name: "leaky", permissions: "*:*:*" });
    const asked = new Set<string>();
    page.on("request", (request) => {
      if (request.method() === "GET" && request.url().includes("/api/v0/")) asked.add(request.url());
    });
    await switchTo(page, "Old server");
    await rowOf(table(page, "API Tokens"), "Leaky").getByText("Leaky").click();
    await expect(page.getByRole("dialog", { name: "Leaky" })).toBeVisible();
    await page.keyboard.press("Escape");
    await switchTo(page, "Edge");
    await expect(rowOf(table(page, "Tokens"), "leaky")).toBeVisible();
    const canaries = [...v2.canaries(), ...core.canaries()];
    expect(canaries.length).toBeGreaterThan(3);
    // Whole: of an answer that the page reads bit by bit the browser keeps nothing to look at.
    const answers = await Promise.all([...asked].map(async (url) => (await page.request.get(url)).text()));
    const answered = answers.join("\n");
    // Both lists are among them.
    expect(answered).toContain("Leaky");
    expect(answered).toContain("leaky");
    const left = (await traces(page)) + answered + gateway.log + gateway.output;
    for (const canary of canaries) expect(left).not.toContain(canary);
    expect(await filesWith(gateway.dataDir, canaries.flatMap(inEveryEncoding))).toEqual([]);
  });
});
