import { expectAxeClean } from "./axe.ts";
import { changeDialog, descriptionField, grant, openChange, tick } from "./change-dialogs.ts";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { smallCluster, someToken } from "./some-tokens.ts";
import { findToken, rowOf, tokensTable } from "./table.ts";

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;
const LIST = /\/tokens$/;

interface Stored {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
}

async function stored(gateway: GatewayProcess, description: string): Promise<Stored> {
  const [row] = await gateway.databaseRows(
    "SELECT id, description, permissions FROM database_tokens WHERE description = ?",
    description,
  );
  if (row === undefined) throw new Error(`There is no token "${description}".`);
  const { id, permissions } = row;
  return { id: String(id), description, permissions: JSON.parse(String(permissions)) };
}

/** A permission set has no order. Not sorted as the product does it, which is what is tested. */
function inOrder(permissions: readonly Stored["permissions"][number][]): Stored["permissions"] {
  const text = ({ action, resource }: Stored["permissions"][number]) => JSON.stringify([action, resource]);
  return permissions.toSorted((one, other) => (text(one) < text(other) ? -1 : 1));
}

async function expectStored(gateway: GatewayProcess, description: string, grants: string): Promise<void> {
  const { permissions } = await stored(gateway, description);
  expect(inOrder(permissions)).toEqual(inOrder(someToken("", grants).permissions));
}

/** What somebody else does meanwhile, by the API. */
async function elsewhere(gateway: GatewayProcess, description: string, body: object): Promise<void> {
  const { id } = await stored(gateway, description);
  const answer = await gateway.api(`/api/v0/tokens/${id}`, { method: "PATCH", body });
  expect(answer.status).toBe(200);
}

async function suspendElsewhere(gateway: GatewayProcess, description: string): Promise<void> {
  const { id } = await stored(gateway, description);
  expect((await gateway.api(`/api/v0/tokens/${id}/suspension`, { method: "POST" })).status).toBe(200);
}

test.use({ gatewayOptions: { importTokens: smallCluster() } });

/** The updates that the vendor documents, as requests. Each begins with a token that has what stands in `from`. */
const DOCUMENTED = [
  {
    name: "read and write on one database",
    from: "read:logs",
    grants: { sensors: ["Read", "Write"] },
    permissions: [
      { action: "write", resource: "sensors" },
      { action: "read", resource: "sensors" },
    ],
  },
  {
    name: "read and write on all databases",
    from: "read:logs write:logs",
    grants: { "All databases": ["Read", "Write"] },
    permissions: [
      { action: "write", resource: "*" },
      { action: "read", resource: "*" },
    ],
  },
  {
    name: "read-only on one database",
    from: "write:logs",
    grants: { sensors: ["Read"] },
    permissions: [{ action: "read", resource: "sensors" }],
  },
  {
    name: "read-only on several databases",
    from: "read:* write:*",
    grants: { sensors: ["Read"], builds: ["Read"] },
    permissions: [
      { action: "read", resource: "sensors" },
      { action: "read", resource: "builds" },
    ],
  },
  {
    name: "read on two databases and write on one of them",
    from: "",
    grants: { sensors: ["Read"], builds: ["Read", "Write"] },
    permissions: [
      { action: "read", resource: "sensors" },
      { action: "read", resource: "builds" },
      { action: "write", resource: "builds" },
    ],
  },
] as const;

test.describe("the updates that the vendor documents", () => {
  const before = DOCUMENTED.map(({ name, from }) => someToken(name, from));
  test.use({ gatewayOptions: { importTokens: [...before, ...smallCluster()] } });

  for (const { name, from, grants, permissions } of DOCUMENTED) {
    test(`${name}, by clicking`, async ({ signedInPage: page, gateway }) => {
      const { id } = await stored(gateway, name);
      const dialog = await openChange(await findToken(page, name), "Edit Token");
      const had = new Set(someToken("", from).permissions.map(({ resource }) => resource));
      for (const resource of had) {
        await dialog.button(`Remove ${resource === "*" ? "All databases" : resource}`).click();
      }
      for (const [database, actions] of Object.entries(grants)) await grant(dialog, database, actions);
      await descriptionField(dialog).fill("my updated token");
      await dialog.button("Review Changes").click();
      const sent = page.waitForRequest((request) => request.method() === "PATCH");
      await dialog.button("Save Changes").click();
      const body = (await sent).postDataJSON() as Pick<Stored, "description" | "permissions">;
      // The documented body, and nothing besides.
      expect({ ...body, permissions: inOrder(body.permissions) }).toEqual({
        description: "my updated token",
        permissions: inOrder(permissions),
      });
      expect((await sent).url()).toContain(id);
      await expect(page.getByText('Saved "my updated token"', { exact: true })).toBeVisible();
      const after = await stored(gateway, "my updated token");
      expect(inOrder(after.permissions)).toEqual(inOrder(permissions));
    });
  }
});

test("shows the change before it is saved, with what stops working, and sends only what changed", async ({
  signedInPage: page,
  gateway,
}) => {
  const dialog = await openChange(await findToken(page, "Only writer of logs"), "Edit Token");
  await expect(descriptionField(dialog)).toBeFocused();
  await expect(dialog.root).toContainText("ExpiresNever");
  await expect(dialog.button("Rotate to change it")).toBeVisible();
  await expect(dialog.button("Save Changes")).toBeDisabled();
  await tick(dialog, "logs", "Write").uncheck();
  await tick(dialog, "logs", "Read").check();
  await expectAxeClean(page, "edit");
  await dialog.button("Review Changes").click();
  await expect(dialog.part("Taken away")).toContainText("logswrite");
  await expect(dialog.part("Taken away")).toContainText("No active token will be able to write to logs.");
  await expect(dialog.part("Granted")).toContainText("logsread");
  await expectAxeClean(page, "review");

  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await dialog.button("Save Changes").click();
  expect((await sent).postDataJSON()).toEqual({ permissions: [{ action: "read", resource: "logs" }] });
  expect((await sent).headers()["if-match"]).toMatch(/^"/);
  await expect(dialog.root).toBeHidden();
  await expect(page.getByText('Saved "Only writer of logs"', { exact: true })).toBeVisible();
  // What the undo of a description offers is not offered for permissions.
  await expect(page.getByRole("button", { name: "Undo" })).toHaveCount(0);
  await expectStored(gateway, "Only writer of logs", "read:logs");
});

test("removing everything needs its own tick", async ({ signedInPage: page, gateway }) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await dialog.button("Remove builds").click();
  await dialog.button("Review Changes").click();
  const save = dialog.button("Save Changes");
  await expect(save).toBeDisabled();
  await dialog.root.getByRole("checkbox", { name: "Take all permissions away" }).check();
  await save.click();
  await expect(dialog.root).toBeHidden();
  await expectStored(gateway, "CI writer", "");
});

test("a description alone is saved at once, and undone from the toast", async ({
  signedInPage: page,
  gateway,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await expect(descriptionField(dialog)).not.toHaveAccessibleDescription(/Before/);
  await descriptionField(dialog).fill("CI writer of builds");
  await expect(descriptionField(dialog)).toHaveAccessibleDescription("Before: CI writer");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await dialog.button("Save Changes").click();
  expect((await sent).postDataJSON()).toEqual({ description: "CI writer of builds" });
  await expect(rowOf(tokensTable(page), "CI writer of builds")).toHaveCount(1);

  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText('Gave the old description back to "CI writer"', { exact: true })).toBeVisible();
  await expect(rowOf(tokensTable(page), "CI writer")).toHaveCount(1);
  await expectStored(gateway, "CI writer", "write:builds read:builds");
});

test("an undo does not overwrite what somebody changed meanwhile", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await descriptionField(dialog).fill("CI writer of builds");
  await dialog.button("Save Changes").click();
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  await elsewhere(gateway, "CI writer of builds", { description: "CI writer, theirs" });
  guards.expectFailedRequest(TOKEN, 412);
  await undo.click();
  await expect(page.getByText('Not undone: "CI writer of builds"', { exact: true })).toBeVisible();
  await expect(page.getByText("Somebody else changed it meanwhile.", { exact: true })).toBeVisible();
  await expectStored(gateway, "CI writer, theirs", "write:builds read:builds");
});

test("works by keyboard alone", async ({ signedInPage: page, gateway }) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("CI writer");
  await page.keyboard.press("ArrowDown");
  await expect(rowOf(tokensTable(page), "CI writer")).toBeFocused();
  // Into the row: its box, its id, then its options.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  // Opened by key, also the first time: the first item has the focus.
  await expect(page.getByRole("menuitem", { name: "Show Details" })).toBeFocused();
  const item = page.getByRole("menuitem", { name: "Edit Token" });
  await page.keyboard.type("Edit");
  await expect(item).toBeFocused();
  await page.keyboard.press("Enter");
  const dialog = changeDialog(page, "Edit Token");
  await expect(descriptionField(dialog)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type(" 2");
  await page.keyboard.press("Tab");
  await expect(tick(dialog, "builds", "Read")).toBeFocused();
  await page.keyboard.press("Space");
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press("Tab");
    if (await dialog.button("Review Changes").evaluate((button) => button === document.activeElement)) break;
  }
  await expect(dialog.button("Review Changes")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.part("Taken away")).toBeVisible();
  // Enter once more sends nothing: focus is where reading begins.
  await page.keyboard.press("Enter");
  await expect(dialog.button("Save Changes")).toBeVisible();
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press("Tab");
    if (await dialog.button("Save Changes").evaluate((button) => button === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
  await expect(dialog.root).toBeHidden();
  await expectStored(gateway, "CI writer 2", "write:builds");
});

test("a change is not thrown away unasked", async ({ signedInPage: page, gateway }) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await page.keyboard.press("Escape");
  await expect(dialog.root).toBeHidden();

  await openChange(rowOf(tokensTable(page), "CI writer"), "Edit Token");
  await descriptionField(dialog).fill("Something else");
  await page.keyboard.press("Escape");
  const question = page.getByRole("dialog", { name: "Throw your changes away?" });
  await expect(question.getByRole("button", { name: "Keep Editing" })).toBeFocused();
  await expectAxeClean(page, "throw away");
  await page.keyboard.press("Enter");
  await expect(question).toBeHidden();
  await expect(descriptionField(dialog)).toHaveValue("Something else");

  await dialog.button("Cancel").click();
  await question.getByRole("button", { name: "Throw Away" }).click();
  await expect(dialog.root).toBeHidden();
  await expectStored(gateway, "CI writer", "write:builds read:builds");
});

test("a permission that is typed and not added is not dropped", async ({ signedInPage: page, gateway }) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  const field = dialog.root.getByRole("combobox", { name: "Add Permission" });
  await descriptionField(dialog).fill("CI writer 2");
  await field.fill("sensors");
  await dialog.button("Save Changes").click();
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/^sensors has not been added\./);
  await field.fill("");
  await dialog.button("Save Changes").click();
  await expect(dialog.root).toBeHidden();
  await expectStored(gateway, "CI writer 2", "write:builds read:builds");

  // Nothing else was changed: it is refused all the same, and not thrown away unasked.
  await openChange(rowOf(tokensTable(page), "CI writer 2"), "Edit Token");
  await field.fill("sensors");
  await dialog.button("Save Changes").click();
  await expect(field).toHaveAccessibleDescription(/^sensors has not been added\./);
  await dialog.button("Cancel").click();
  await page
    .getByRole("dialog", { name: "Throw your changes away?" })
    .getByRole("button", { name: "Throw Away" })
    .click();
  await expect(dialog.root).toBeHidden();
});

test("going back in the history asks as well", async ({ signedInPage: page }) => {
  await page.getByRole("link", { name: "Management Tokens" }).click();
  await page.getByRole("link", { name: "Database Tokens" }).click();
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await descriptionField(dialog).click();
  await page.keyboard.type("!");
  await page.evaluate(() => history.go(-2));
  const question = page.getByRole("dialog", { name: "Throw your changes away?" });
  await question.getByRole("button", { name: "Keep Editing" }).click();
  await expect(descriptionField(dialog)).toHaveValue(/!/);
});

test("two administrators at once: both changes are brought together and both are kept", async ({
  signedInPage: page,
  gateway,
  guards,
  browser,
}) => {
  const second = await browser.newContext({ baseURL: gateway.url });
  await guards.watch(second);
  const their = await second.newPage();
  await their.goto("/sign-in");
  await their.getByLabel("Management token").fill(gateway.managementToken);
  await their.getByRole("button", { name: "Sign in" }).click();
  guards.expectFailedRequest(TOKEN, 412);

  const mine = await openChange(await findToken(page, "CI writer"), "Edit Token");
  const theirs = await openChange(await findToken(their, "CI writer"), "Edit Token");
  await grant(mine, "sensors", ["Read", "Write"]);
  await descriptionField(mine).fill("CI writer, mine");
  await tick(theirs, "builds", "Write").uncheck();
  await descriptionField(theirs).fill("CI writer, theirs");
  await theirs.button("Review Changes").click();
  await theirs.button("Save Changes").click();
  await expect(theirs.root).toBeHidden();

  await mine.button("Review Changes").click();
  await mine.button("Save Changes").click();
  await expect(mine.root).toContainText("Somebody else changed this token while you did.");
  await expect(mine.part("You changed")).toContainText("sensorsread and write");
  await expect(mine.part("You changed")).toContainText("CI writer, mine");
  await expect(mine.part("Somebody else changed")).toContainText("buildswrite");
  const result = mine.part("Result");
  await expect(result).toContainText("buildsread");
  await expect(result).toContainText("sensorsread and write");
  // Both changed the description: that is for a person to say.
  await expect(mine.button("Save Result")).toBeDisabled();
  await expectAxeClean(page, "merge");
  await mine.root.getByRole("radio", { name: /^Theirs/ }).check();
  await mine.button("Save Result").click();
  await expect(mine.root).toBeHidden();
  await expectStored(gateway, "CI writer, theirs", "read:builds read:sensors write:sensors");
  await second.close();
});

test("a merge can be edited on, and a third change meanwhile is merged as well", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  guards.expectFailedRequest(TOKEN, 412);
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await grant(dialog, "sensors", ["Read"]);
  await elsewhere(gateway, "CI writer", { permissions: [{ action: "write", resource: "builds" }] });
  await dialog.button("Review Changes").click();
  await dialog.button("Save Changes").click();
  await expect(dialog.part("Result")).toBeVisible();
  await elsewhere(gateway, "CI writer", { description: "Renamed meanwhile" });
  await dialog.button("Save Result").click();
  await expect(dialog.part("Somebody else changed")).toContainText("Renamed meanwhile");
  await dialog.button("Back to Editing").click();
  await expect(descriptionField(dialog)).toHaveValue("Renamed meanwhile");
  await expect(tick(dialog, "sensors", "Read")).toBeChecked();
  await tick(dialog, "sensors", "Write").check();
  await dialog.button("Review Changes").click();
  await dialog.button("Save Changes").click();
  await expect(dialog.root).toBeHidden();
  await expectStored(gateway, "Renamed meanwhile", "write:builds read:sensors write:sensors");
});

test("permissions that are only suspended are not said to be taken away", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await dialog.button("Remove builds").click();
  await dialog.button("Review Changes").click();
  await dialog.root.getByRole("checkbox", { name: "Take all permissions away" }).check();
  await suspendElsewhere(gateway, "CI writer");
  guards.expectFailedRequest(TOKEN, 412);
  await dialog.button("Save Changes").click();
  // It has none now, as was wanted, and gets them back as soon as somebody restores it.
  await expect(dialog.root).toContainText("Somebody else changed this token while you did.");
  await expect(dialog.root).toContainText("It is suspended now by");
  await expect(dialog.button("Save Result")).toBeDisabled();
  await expect(page.getByText(/^Saved/)).toHaveCount(0);
});

test("a fault of the page leaves nothing locked", async ({ signedInPage: page, gateway }) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await descriptionField(dialog).fill("CI writer of builds");
  await page.evaluate(() => {
    crypto.randomUUID = () => {
      throw new TypeError("not a function");
    };
  });
  await dialog.button("Save Changes").click();
  await expect(dialog.root).toContainText("It is not known whether the changes were saved.");
  await expect(dialog.root).toContainText("Something in this page failed.");
  await expectStored(gateway, "CI writer", "write:builds read:builds");
  await dialog.button("Close").last().click();
  await expect(dialog.root).toBeHidden();
});

test("revoked meanwhile: nothing is saved, and what was wanted stays on the screen", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
  await descriptionField(dialog).fill("CI writer of builds");
  const { id } = await stored(gateway, "CI writer");
  expect((await gateway.api(`/api/v0/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
  guards.expectFailedRequest(TOKEN, 409);
  await dialog.button("Save Changes").click();
  await expect(dialog.root).toContainText("This token was revoked meanwhile.");
  await expect(dialog.root).toContainText("CI writer of builds");
  await expect(dialog.part("Permissions")).toContainText("buildsread and write");

  // And goes into the form of a new one.
  await dialog.button("Add Database Token Like This").click();
  await expect(dialog.root).toBeHidden();
  const form = page.getByRole("dialog", { name: "Add Database Token" });
  await expect(form.getByLabel("Description")).toHaveValue("CI writer of builds");
  await expect(
    form.getByRole("group", { name: "builds" }).getByRole("checkbox", { name: "Write" }),
  ).toBeChecked();
});

test.describe("what the picker does not know", () => {
  const odd = someToken("Odd one", "read:sensors drop:logs");
  odd.permissions.push({ action: "write", resource: "sensors", note: "by hand" } as never);
  test.use({ gatewayOptions: { importTokens: [odd, ...smallCluster()] } });

  test("is shown and kept as it is", async ({ signedInPage: page, gateway }) => {
    const dialog = await openChange(await findToken(page, "Odd one"), "Edit Token");
    await expect(dialog.root).toContainText("drop");
    await expect(dialog.root).toContainText("write (note: by hand)");
    await grant(dialog, "builds", ["Read"]);
    await dialog.button("Review Changes").click();
    await expect(dialog.part("Unchanged")).toContainText("write (note: by hand)");
    await dialog.button("Save Changes").click();
    await expect(dialog.root).toBeHidden();
    const { permissions } = await stored(gateway, "Odd one");
    expect(inOrder(permissions)).toEqual(
      inOrder([...odd.permissions, { action: "read", resource: "builds" }]),
    );
  });
});

test.describe("when the wire fails", () => {
  test.use({ throughFaultProxy: true });

  test("going back while it is saved stays, and asks nothing", async ({
    signedInPage: page,
    gateway,
    faultProxy,
  }) => {
    await page.getByRole("link", { name: "Management Tokens" }).click();
    await page.getByRole("link", { name: "Database Tokens" }).click();
    const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
    await descriptionField(dialog).fill("CI writer of builds");
    const saving = faultProxy.fail({ method: "PATCH", path: TOKEN }, { kind: "hold" });
    await dialog.button("Save Changes").click();
    await expect.poll(() => saving.taken).toBe(1);
    await page.evaluate(() => history.go(-2));
    await expect(dialog.button("Saving…")).toBeVisible();
    saving.release();
    await expect(page.getByText('Saved "CI writer of builds"', { exact: true })).toBeVisible();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page.getByRole("heading", { name: "Database Tokens", level: 1 })).toBeVisible();
    await expectStored(gateway, "CI writer of builds", "write:builds read:builds");
  });

  test("the session ends in the review, which is kept and saved after signing in; it reads back otherwise", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
    await tick(dialog, "builds", "Write").uncheck();
    await descriptionField(dialog).fill("CI writer of builds");
    guards.expectFailedRequest("/api/", 401);
    await page.evaluate(() =>
      fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
    );
    await dialog.button("Review Changes").click();
    await dialog.button("Save Changes").click();
    const ended = page.getByRole("dialog", { name: "Your session has ended" });
    await ended.getByLabel("Management token").fill(gateway.managementToken);
    await ended.getByRole("button", { name: "Sign in" }).click();
    await expect(ended).toBeHidden();
    await expect(dialog.root).toContainText("Your session had ended before it was sent.");

    // What was saved and what it is now stand side by side.
    const reading = faultProxy.fail({ method: "GET", path: TOKEN }, { kind: "hold" });
    await dialog.button("Save Changes").click();
    await expect.poll(() => reading.taken).toBe(1);
    await expectStored(gateway, "CI writer of builds", "read:builds");
    await suspendElsewhere(gateway, "CI writer of builds");
    reading.release();
    await expect(dialog.root).toContainText("Saved, but the token reads back otherwise.");
    await expect(dialog.root).toContainText("It was suspended meanwhile");
    await expect(dialog.part("Taken away")).toContainText("buildsread");
    await expectAxeClean(page, "reads back otherwise");
    await dialog.button("Close").last().click();
    await expect(dialog.root).toBeHidden();
    await expectStored(gateway, "CI writer of builds", "");
  });

  test("what cannot be read is said, before it can be changed and after it was saved; deleted is what no list has", async ({
    signedInPage: page,
    gateway,
    faultProxy,
    guards,
  }) => {
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    guards.expectFailedRequest(TOKEN, 403);
    const refused = faultProxy.fail(
      { method: "GET", path: TOKEN },
      refuse(403, "forbidden", "Not for you.", { requestId: "r-8" }),
    );
    const dialog = await openChange(await findToken(page, "CI writer"), "Edit Token");
    await expect(dialog.root).toContainText("The token could not be read.");
    await expect(dialog.root).toContainText("Not for you.");
    await expect(dialog.root).toContainText("r-8");
    refused.remove();
    await dialog.button("Retry").click();
    await expect(descriptionField(dialog)).toBeFocused();

    // Saved, and neither answered nor to be read: unknown, no blind repeat, and Check again finds out.
    await descriptionField(dialog).fill("CI writer of builds");
    guards.expectFailedRequest(TOKEN, "network");
    guards.expectFailedRequest(TOKEN, 502);
    const lost = faultProxy.fail({ method: "PATCH", path: TOKEN }, { kind: "forward-then-reset" });
    const reading = faultProxy.fail(
      { method: "GET", path: TOKEN },
      { kind: "answer", status: 502, headers: { "Content-Type": "text/html" }, body: "<h1>Bad Gateway</h1>" },
    );
    await dialog.button("Save Changes").click();
    await expect(dialog.root).toContainText("It is not known whether the changes were saved.", {
      timeout: 15_000,
    });
    await expect(dialog.button("Save Changes")).toBeHidden();
    // Nobody can say that it has not been saved.
    await page.keyboard.press("Escape");
    const question = page.getByRole("dialog", { name: "Leave without knowing?" });
    await expect(question).toContainText("Your changes may have been saved, or not.");
    await expectAxeClean(page, "leave without knowing");
    await question.getByRole("button", { name: "Stay" }).click();
    reading.remove();
    await dialog.button("Check again").click();
    await expect(dialog.root).toBeHidden();
    await expectStored(gateway, "CI writer of builds", "write:builds read:builds");
    lost.remove();

    // A 404 that a list does not bear out is no deletion, as the fault matrix has it; this one is.
    await openChange(await findToken(page, "CI writer of builds"), "Edit Token");
    await descriptionField(dialog).fill("CI writer of logs");
    guards.expectFailedRequest(TOKEN, 404);
    faultProxy.fail({ path: TOKEN }, refuse(404, "not_found", "no such account"));
    const headers = { "Content-Type": "application/json" };
    faultProxy.fail({ method: "GET", path: LIST }, { kind: "answer", status: 200, headers, body: "[]" });
    await dialog.button("Save Changes").click();
    await expect(dialog.root).toContainText("This token was deleted meanwhile.");
    await expectAxeClean(page, "deleted meanwhile");
    await expect(dialog.root).toContainText("CI writer of logs");
  });
});
