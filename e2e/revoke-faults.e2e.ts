import { expect, test } from "./fixtures.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, confirmRevoke, findToken, rowOf, tokensTable } from "./table.ts";

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;
const LIST = /\/tokens$/;

// What else can fail is played by the fault matrix. The wait before the last reading is 5 s by design.
test.use({ gatewayOptions: { importTokens: smallCluster() }, throughFaultProxy: true });

const revokedNow =
  "SELECT description FROM database_tokens WHERE revoked_at IS NOT NULL AND description <> 'Old laptop'";

const html = { "Content-Type": "text/html" };

test("a 404 from something in between proves nothing; where nothing can be read it is unknown, until Check again finds out", async ({
  signedInPage: page,
  gateway,
  faultProxy,
  guards,
}) => {
  const dialog = await askToRevoke(await findToken(page, "CI writer"));
  guards.expectFailedRequest(TOKEN, 404);
  const between = faultProxy.fail(
    { method: "DELETE", path: TOKEN },
    { kind: "answer", status: 404, headers: html, body: "<h1>Not Found</h1>" },
  );
  await confirmRevoke(dialog);
  await expect(dialog.root).toContainText("The token was not revoked.", { timeout: 15_000 });
  expect(await gateway.databaseRows(revokedNow)).toEqual([]);
  between.remove();

  guards.expectFailedRequest(TOKEN, "network");
  guards.expectFailedRequest(TOKEN, 502);
  faultProxy.fail({ method: "DELETE", path: TOKEN }, { kind: "forward-then-reset" });
  guards.expectFailedRequest(LIST, 502);
  const badGateway = { kind: "answer", status: 502, headers: html, body: "<h1>Bad Gateway</h1>" } as const;
  faultProxy.fail({ method: "GET", path: LIST }, badGateway);
  const readingToken = faultProxy.fail({ method: "GET", path: TOKEN }, badGateway);
  await dialog.revoke.click();
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
