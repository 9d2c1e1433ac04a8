import { expect, signIn, test } from "./fixtures.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, comeBack, confirmRevoke, findToken, rowOf, tokensTable } from "./table.ts";

test.use({ gatewayOptions: { importTokens: smallCluster() } });

test("5. a sign-in link works once, leaves address bar and history, and says so the second time", async ({
  page,
  gateway,
  guards,
}) => {
  const link = gateway.signInLink;
  await signIn(page, link);
  expect(page.url()).not.toContain("code");
  await page.goBack();
  expect(page.url()).not.toContain("code");

  await page.context().clearCookies();
  guards.expectFailedRequest("/api/session", 401);
  await page.goto(link);
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(page.url()).not.toContain("code");
});

test("whoever opens a deep link comes back to it after signing in with a management token", async ({
  page,
  gateway,
}) => {
  await page.goto("/clusters/own/database-tokens?q=sensor&sort=-description");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByLabel("Management token").fill(gateway.managementToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/clusters\/own\/database-tokens\?q=sensor&sort=-description$/);
  await expect(rowOf(tokensTable(page), "Sensor 2")).toBeVisible();
  // The browser holds none of it afterwards.
  const kept = await page.evaluate(() =>
    JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), history.state]),
  );
  expect(kept).not.toContain(gateway.managementToken);
  expect(await page.content()).not.toContain(gateway.managementToken);
});

test("a link opened in another tab signs in the tab that waits, at its own address", async ({
  page,
  gateway,
}) => {
  await page.goto("/clusters/own/management-tokens");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  const other = await page.context().newPage();
  await signIn(other, gateway.signInLink);
  await expect(page).toHaveURL(/\/clusters\/own\/management-tokens$/);
  await expect(tokensTable(page, "Management Tokens")).toBeVisible();
});

test("a wrong token is refused in the form, which keeps what was typed", async ({ page, guards }) => {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Paste a management token first.");
  guards.expectFailedRequest("/api/session", 401);
  await page.getByLabel("Management token").fill("not a token of this cluster");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(page.getByLabel("Management token")).toHaveValue("not a token of this cluster");
});

test("5. signing out ends it on the server and in every tab", async ({ signedInPage: page, guards }) => {
  const other = await page.context().newPage();
  await other.goto("/clusters/own/database-tokens");
  await expect(tokensTable(other)).toBeVisible();
  const cookies = await page.context().cookies();
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect((await page.context().cookies()).length).toBe(0);
  // How the screens look is no part of the session.
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  // The cookie of before opens nothing any more.
  guards.expectFailedRequest("/api/", 401);
  await page.context().addCookies(cookies);
  const status = await page.evaluate(async () => (await fetch("/api/clusters")).status);
  expect(status).toBe(401);
});

test("revoking the credential in use signs out, and the dialog said so", async ({ page, gateway }) => {
  await gateway.api("/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens", {
    method: "POST",
    body: { description: "Another one" },
  });
  await page.goto("/clusters/own/management-tokens");
  await page.getByLabel("Management token").fill(gateway.managementToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  const table = tokensTable(page, "Management Tokens");
  await expect(table.getByText("In use by you")).toBeVisible();
  const [mine] = await gateway.databaseRows(
    "SELECT description FROM management_tokens WHERE description <> 'Another one'",
  );
  const dialog = await askToRevoke(await findToken(page, String(mine?.["description"]), table), "Management");
  await expect(dialog.root).toContainText("you will be signed out");
  await confirmRevoke(dialog);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect((await gateway.api("/api/v0/tokens")).status).toBe(401);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("a session whose credential somebody else revoked ends at once", async ({ page, gateway, guards }) => {
  const created = await gateway.api(
    "/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens",
    {
      method: "POST",
      body: { description: "Ann" },
    },
  );
  const { accessToken, id } = created.json() as { accessToken: string; id: string };
  await page.goto("/sign-in");
  await page.getByLabel("Management token").fill(accessToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(tokensTable(page)).toBeVisible();
  guards.expectFailedRequest("/api/", 401);
  await gateway.api(`/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens/${id}`, {
    method: "DELETE",
  });
  await comeBack(page);
  await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
});

test.describe("as time goes by", () => {
  test.use({ own: "context" });

  test("5. a minute before the idle end the screen asks, and staying is one press", async ({
    page,
    gateway,
  }) => {
    await page.clock.install();
    await page.goto(gateway.signInLink);
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
    const asks = page.getByRole("dialog", { name: "Are you still there?" });
    await page.clock.fastForward("13:50");
    await expect(asks).toBeHidden();
    await page.clock.fastForward("00:20");
    await expect(asks).toContainText(/signed out in \d+ seconds/);
    const renewed = page.waitForResponse((answer) => answer.url().endsWith("/api/session/renewal"));
    await asks.getByRole("button", { name: "Stay signed in" }).click();
    expect((await renewed).status()).toBe(200);
    await expect(asks).toBeHidden();
  });
});

test("who signs in over an open dialog is asked anew, and sees nothing of the one before", async ({
  page,
  gateway,
  guards,
}) => {
  const other = (
    await gateway.api("/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens", {
      method: "POST",
      body: { description: "Bob" },
    })
  ).json() as { accessToken: string };
  await page.goto(gateway.signInLink);
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  await dialog.understood.check();
  guards.expectFailedRequest("/api/", 401);
  await page.evaluate(() =>
    fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
  );
  await comeBack(page);
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Management token").fill(other.accessToken);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(dialog.root).toBeVisible();
  await expect(dialog.understood).not.toBeChecked();
  await expect(dialog.revoke).toBeDisabled();
  await dialog.cancel.click();
  await expect(page.getByText("Bob", { exact: true })).toBeVisible();
});

test("a sign-out that fails says so and changes nothing", async ({ signedInPage: page, gateway, guards }) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  // Menus and dialogs may just be loading.
  guards.expectFailedRequest(/\/(api|assets)\/|favicon/, "network");
  await gateway.kill();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Not signed out." })).toBeVisible();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
});
