import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, comeBack, confirmRevoke, findToken, rowOf, searchBox, tokensTable } from "./table.ts";

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;
const LIST = /\/tokens$/;

// The wait before the last reading is 5 s by design.
test.use({ gatewayOptions: { importTokens: smallCluster() }, throughFaultProxy: true });

const revokedNow =
  "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL AND description <> 'Old laptop'";

test("the answer is lost after the server acted: revoked, verified by reading", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, "network");
  faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "forward-then-reset" });
  await confirmRevoke(dialog);
  await expect(
    page.getByText('Revoked "CI writer" (verified by reading it back)', { exact: true }),
  ).toBeVisible();
  await expect(rowOf(tokensTable(page), "CI writer")).toHaveCount(0);
  expect(await gateway.databaseRows(revokedNow)).toEqual([{ description: "CI writer" }]);
  // Whatever the browser sent again by itself carried the same key.
  const keys = faultProxy.requests("DELETE", TOKEN).map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(1);
});

test("the request never arrived: not revoked, said after reading, and the second attempt works", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, "network");
  const fault = faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "reset-before-forwarding" });
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("No clear answer came. Reading the token to see what is true");
  // Nothing closes it while it is not known what happened.
  await page.keyboard.press("Escape");
  await expect(dialog.root).toBeVisible();
  await expect(dialog.root).toContainText("The token was not revoked.", { timeout: 15_000 });
  expect(await gateway.databaseRows(revokedNow)).toEqual([]);

  const first = faultProxy.requests("DELETE", TOKEN).at(-1)?.headers["idempotency-key"];
  fault.remove();
  await dialog.revoke.click();
  await expect(dialog.root).toBeHidden();
  expect(await gateway.databaseRows(revokedNow)).toEqual([{ description: "CI writer" }]);
  // A new attempt of the administrator is a new operation.
  expect(faultProxy.requests("DELETE", TOKEN).at(-1)?.headers["idempotency-key"]).not.toBe(first);
});

test("nothing can be read either: unknown, no blind repeat, and Check again finds out", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, "network");
  guards.expectFailedRequest(TOKEN, 502);
  faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "forward-then-reset" });
  guards.expectFailedRequest(LIST, 502);
  const badGateway = {
    kind: "answer",
    status: 502,
    headers: { "Content-Type": "text/html" },
    body: "<h1>Bad Gateway</h1>",
  } as const;
  faultProxy.fail({ method: "GET", path: LIST }, badGateway);
  const readingToken = faultProxy.fail({ method: "GET", path: TOKEN }, badGateway);
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("It is not known whether the token was revoked.", {
    timeout: 15_000,
  });
  await expect(dialog.revoke).toBeHidden();
  // The row does not claim what is not known.
  await expect(page.getByText(/^Revoked/)).toHaveCount(0);

  // Closing the dialog does not make it known, and gives no way to send again.
  await dialog.root.getByRole("button", { name: "Close" }).click();
  await expect(dialog.root).toBeHidden();
  await askToRevoke(rowOf(tokensTable(page), "CI writer"));
  await expect(dialog.root).toContainText("It is not known whether the token was revoked.");
  await expect(dialog.revoke).toBeHidden();

  // The list stays unreadable: read again by itself, it would show what happened before the button is pressed.
  readingToken.remove();
  await dialog.root.getByRole("button", { name: "Check again" }).click();
  await expect(
    page.getByText('Revoked "CI writer" (verified by reading it back)', { exact: true }),
  ).toBeVisible();
  expect(await gateway.databaseRows(revokedNow)).toEqual([{ description: "CI writer" }]);
});

test("a 404 from something in between proves nothing", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, 404);
  faultProxy.fail(
    { method: "DELETE", path: TOKEN },
    { kind: "answer", status: 404, headers: { "Content-Type": "text/html" }, body: "<h1>Not Found</h1>" },
  );
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("The token was not revoked.", { timeout: 15_000 });
  expect(await gateway.databaseRows(revokedNow)).toEqual([]);

  faultProxy.clear();
  faultProxy.fail({ method: "DELETE", path: TOKEN }, refuse(404, "not_found", "no such account"));
  await dialog.revoke.click();
  await expect(dialog.root).toContainText("It is not known whether the token was revoked.");
  await expect(dialog.root).toContainText("no such account");
  expect(await gateway.databaseRows(revokedNow)).toEqual([]);
});

test("a refusal stays in the dialog, in the server's words and with its request id", async ({
  signedInPage: page,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, 403);
  faultProxy.fail(
    { method: "DELETE", path: TOKEN },
    refuse(403, "forbidden", "Auditors may only read.", { requestId: "r-77" }),
  );
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("The token was not revoked.");
  await expect(dialog.root).toContainText("Auditors may only read.");
  await expect(dialog.root).toContainText("r-77");
  await dialog.cancel.click();
  await expect(rowOf(tokensTable(page), "CI writer")).toHaveCount(1);
});

test("too many requests: the button counts down and is the administrator's again", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, 429);
  faultProxy.fail(
    { method: "DELETE", path: TOKEN, times: 1 },
    refuse(429, "rate_limited", "Slow down.", { retryAfter: 2 }),
  );
  await confirmRevoke(dialog);
  const waiting = dialog.root.getByRole("button", { name: /^Revoke Token in \d s$/ });
  await expect(waiting).toBeDisabled();
  await expect(dialog.revoke).toBeEnabled({ timeout: 5_000 });
  // Nothing was sent by itself meanwhile.
  expect(faultProxy.requests("DELETE", TOKEN)).toHaveLength(1);
  await dialog.revoke.click();
  await expect(dialog.root).toBeHidden();
  expect(await gateway.databaseRows(revokedNow)).toHaveLength(1);
});

test("the gateway is killed while the dialog is open: nothing is claimed, and it can be done after", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest("/api/", "network");
  await gateway.kill();
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("It is not known whether the token was revoked.", {
    timeout: 20_000,
  });
  await gateway.restart();
  await dialog.root.getByRole("button", { name: "Check again" }).click();
  await expect(dialog.root).toContainText("The token was not revoked.", { timeout: 15_000 });
  await dialog.revoke.click();
  await expect(dialog.root).toBeHidden();
  expect(await gateway.databaseRows(revokedNow)).toHaveLength(1);
});

test("the session ends while the dialog is open: it is kept, and asks again", async ({
  signedInPage: page,
  gateway,
  guards,
}) => {
  await searchBox(page).fill("CI");
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  await dialog.understood.check();
  await page.evaluate(() =>
    fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
  );
  guards.expectFailedRequest("/api/", 401);
  await dialog.revoke.click();
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Management token").fill(gateway.managementToken);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(dialog.root).toBeVisible();
  await expect(dialog.understood).not.toBeChecked();
  await expect(dialog.revoke).toBeDisabled();
  expect(await gateway.databaseRows(revokedNow)).toEqual([]);
  await confirmRevoke(dialog);
  await expect(dialog.root).toBeHidden();
  expect(await gateway.databaseRows(revokedNow)).toEqual([{ description: "CI writer" }]);
});

test("offline: refused before anything is sent", async ({ signedInPage: page, context, faultProxy }) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  await context.setOffline(true);
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("This browser is offline. Nothing was sent.");
  expect(faultProxy.requests("DELETE", TOKEN)).toHaveLength(0);
  await context.setOffline(false);
});

test("a list that fails keeps the old rows with their age, and Retry mends it", async ({
  signedInPage: page,
  faultProxy,
  guards,
}) => {
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  guards.expectFailedRequest(LIST, 503);
  const fault = faultProxy.fail(
    { method: "GET", path: LIST },
    refuse(503, "unavailable", "The database is gone.", { requestId: "r-9" }),
  );
  await comeBack(page);
  await expect(page.getByText(/^Not refreshed since/)).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText("The database is gone.")).toBeVisible();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  fault.remove();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText(/^Not refreshed since/)).toBeHidden();
});

test("a first list that is cut off is an error with a way on, never a shorter list", async ({
  signedInPage: page,
  faultProxy,
  guards,
}) => {
  guards.expectFailedRequest(LIST, "network");
  const fault = faultProxy.fail({ method: "GET", path: LIST }, { kind: "cut", afterBytes: 20 });
  await page.reload();
  await expect(page.getByText("The list could not be read")).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole("button", { name: /^Options for/ })).toHaveCount(0);
  fault.remove();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
});

test("the browser sends a DELETE again on a dead connection: one effect", async ({
  signedInPage: page,
  gateway,
  faultProxy,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  faultProxy.fail({ method: "DELETE", path: TOKEN, times: 1 }, { kind: "duplicate" });
  await confirmRevoke(dialog);
  await expect(dialog.root).toBeHidden();
  await expect(page.getByText('Revoked "CI writer"', { exact: true })).toBeVisible();
  expect(await gateway.databaseRows(revokedNow)).toEqual([{ description: "CI writer" }]);
});
