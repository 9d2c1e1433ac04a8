import { expect, test } from "./fixtures.ts";
import { smallCluster } from "./some-tokens.ts";
import { findToken, rowOf, tokensTable } from "./table.ts";

// What tests share is as good as new for the next one. Both run in one worker, in this order.

test.describe("one test after another", () => {
  test.describe.configure({ mode: "default" });
  test.use({ gatewayOptions: { importTokens: smallCluster() }, throughFaultProxy: true });

  let before: { url: string; pid: number } | undefined;

  test("leaves what can be left, and is refused what would stay", async ({
    signedInPage: page,
    context,
    gateway,
    faultProxy,
    guards,
  }) => {
    before = { url: gateway.url, pid: gateway.pid };
    const [token] = smallCluster();
    await findToken(page, "CI writer");
    expect((await gateway.api(`/api/v0/tokens/${token?.id ?? ""}`, { method: "DELETE" })).status).toBe(204);
    guards.expectFailedRequest("/", "network");
    faultProxy.fail({ path: /./ }, { kind: "hang" });
    await context.grantPermissions(["clipboard-read"]);
    await context.addCookies([{ name: "left", value: "1", url: gateway.url }]);
    await page.evaluate(() => {
      localStorage.setItem("left", "1");
      sessionStorage.setItem("left", "1");
      window.name = "left";
    });
    await context.newPage();
    await context.setOffline(true);
    const stays = /own: "context"/;
    expect(() => context.clock.install()).toThrow(stays);
    expect(() => page.clock.install()).toThrow(stays);
    expect(() => context.addInitScript("0")).toThrow(stays);
    expect(() => context.route("/", () => undefined)).toThrow(stays);
  });

  test("finds nothing of it", async ({ page, context, gateway, faultProxy }) => {
    test.skip(before === undefined, "Says something only after the other one.");
    expect({ url: gateway.url, pid: gateway.pid }).toEqual(before);
    expect(faultProxy.seen).toEqual([]);
    expect(context.pages()).toEqual([page]);
    expect(await context.cookies()).toEqual([]);
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    const left = await page.evaluate(async () => ({
      stored: [localStorage.getItem("left"), sessionStorage.getItem("left"), window.name],
      mayRead: (await navigator.permissions.query({ name: "clipboard-read" as PermissionName })).state,
    }));
    expect(left).toEqual({ stored: [null, null, ""], mayRead: "prompt" });
    await page.goto(gateway.signInLink);
    await expect(rowOf(tokensTable(page), "CI writer")).toBeVisible();
  });
});
