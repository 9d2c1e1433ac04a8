import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { oidcStartedSchema } from "#contract/session.ts";
import { expectAxeClean } from "./axe.ts";
import { expect, test as base } from "./fixtures.ts";
import type { GatewaySet } from "./gateway-pool.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { AUDIENCE, type IdentityProviderFixture, startIdentityProvider } from "./identity-provider.ts";
import { filesWith, inEveryEncoding, traces } from "./secret-traces.ts";
import { smallCluster } from "./some-tokens.ts";
import { askToRevoke, comeBack, confirmRevoke, findToken, tokensTable } from "./table.ts";
import { type JwtDoor, startJwtDoor } from "./upstreams/jwt-door.ts";

// People of a team sign in at their identity provider, a real one with its own pages.

interface Team extends GatewaySet {
  provider: IdentityProviderFixture;
  door: JwtDoor;
}

async function startTeam(): Promise<Team> {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-team-"));
  const behind = await GatewayProcess.start({ importTokens: smallCluster() });
  const provider = await startIdentityProvider();
  const door = await startJwtDoor({ issuer: provider.issuer, audience: AUDIENCE, behind });
  const file = join(folder, "config.toml");
  const toml = `
[[profile]]
name = "Team"
product = "clustered"
url = "${door.url}"

[[profile]]
name = "Own"
product = "own"
${provider.toml}`;
  await writeFile(file, toml, { mode: 0o600 });
  const gateway = await GatewayProcess.start({ args: ["--config", file, "--no-sample"] });
  const gateways = [gateway, behind];
  for (const each of gateways) await each.keepData();
  return {
    provider,
    door,
    gateway,
    get isWhole() {
      return gateways.every(({ isRunning }) => isRunning);
    },
    async startOver() {
      for (const each of gateways) each.putDataBack();
      door.startOver();
      await provider.startOver();
    },
    async close() {
      await gateway.dispose();
      await behind.dispose();
      await door.close();
      await provider.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const test = base.extend<{ team: Team }>({
  team: async ({ pool, own }, use) => {
    const team = await pool.takeSet(startTeam, own === "gateway");
    await use(team);
    await pool.giveBackSet(team);
  },
  gateway: async ({ team }, use) => use(team.gateway),
});

test.beforeEach(({ team, guards }) => guards.allowOrigin(team.provider.issuer));

const heading = (page: Page) => page.getByRole("heading", { level: 1, name: /^Database Tokens/ });
const withProvider = (page: Page) => page.getByRole("button", { name: "Sign in with Example Login" });

/** On the provider's own page. */
async function logIn(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("heading", { name: "Example Login" })).toBeVisible();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** The session's cookie goes, as it does when the session has ended for the gateway. */
async function loseSession(context: BrowserContext): Promise<void> {
  for (const { name } of await context.cookies()) {
    if (/^tokenward_\d+$/.test(name)) await context.clearCookies({ name });
  }
}

test.describe("what is looked for everywhere", () => {
  test.use({ own: "gateway" });

  test("somebody signs in at the provider, comes back to the address they wanted, revokes, and signs out", async ({
    page,
    team,
  }) => {
    await page.goto("/clusters/team/database-tokens?q=sensor");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expectAxeClean(page, "sign in with a provider");
    await withProvider(page).click();
    await logIn(page, "ann");
    await expect(page).toHaveURL(/\/clusters\/team\/database-tokens\?q=sensor$/);
    await expect(page.getByText("ann Example")).toBeVisible();
    const dialog = await askToRevoke(await findToken(page, "Sensor 2"));
    await confirmRevoke(dialog);
    await expect(page.getByText('Revoked "Sensor 2"', { exact: true })).toBeVisible();
    expect(team.door.requests.filter(({ method }) => method === "DELETE")).toMatchObject([{ status: 204 }]);

    // The session is that of every page that is opened now, also by its address.
    await page.reload();
    await expect(heading(page)).toBeVisible();
    expect(page.url()).not.toMatch(/code|state/);

    const kept = await traces(page);
    expect(team.provider.tokens.length).toBeGreaterThanOrEqual(3);
    const printed = team.gateway.log + team.gateway.output;
    for (const secret of [...team.provider.tokens, team.provider.clientSecret]) {
      expect(kept).not.toContain(secret);
      expect(printed).not.toContain(secret);
      expect(await filesWith(team.gateway.dataDir, inEveryEncoding(secret))).toEqual([]);
    }

    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(withProvider(page)).toBeVisible();
    await expect.poll(() => team.provider.revocations()).toBeGreaterThanOrEqual(2);
    await page.goto("/clusters/team/database-tokens");
    await expect(withProvider(page)).toBeVisible();
  });
});

test("with the keyboard alone, from the sign-in page to the table", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(withProvider(page)).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(withProvider(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Example Login" })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.type("ann");
  await page.keyboard.press("Enter");
  await expect(heading(page)).toBeVisible();
});

test("whoever cancels at the provider reads one sentence on the sign-in page, and may try again", async ({
  page,
  guards,
}) => {
  await page.goto("/clusters/team/database-tokens?q=a");
  await withProvider(page).click();
  guards.expectFailedRequest("/api/session/oidc/answer", 401);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("alert")).toHaveText(
    "Example Login did not let you in, or you cancelled there.",
  );
  expect(new URL(page.url()).search).toBe("");
  await withProvider(page).click();
  await logIn(page, "ann");
  await expect(page).toHaveURL(/\/clusters\/team\/database-tokens\?q=a$/);
});

test("12. an answer of another browser's sign-in signs nobody in", async ({ page, guards, team }) => {
  // What somebody may send to another person as a link.
  const begun = await team.gateway.api("/api/session/oidc", {
    method: "POST",
    headers: { "Sec-Fetch-Site": "same-origin", "X-Tokenward-Request": "interactive" },
    body: {},
  });
  const { authorizationUrl } = oidcStartedSchema.parse(begun.json());
  const query = await team.provider.signIn(authorizationUrl, "mallory");
  expect(query).toMatch(/code=/);

  guards.expectFailedRequest("/api/session/oidc/answer", 401);
  await page.goto(`/sign-in${query}`);
  await expect(page.getByRole("alert")).toContainText("This sign-in was not begun in this browser");
  expect(new URL(page.url()).search).toBe("");
  await page.goto("/clusters/team/database-tokens");
  await expect(withProvider(page)).toBeVisible();
});

test("a link from elsewhere sends nobody to the provider, and leaves the session that there is", async ({
  page,
  team,
}) => {
  await page.goto("/sign-in?provider");
  await expect(withProvider(page)).toBeVisible();
  expect(new URL(page.url()).search).toBe("");
  await withProvider(page).click();
  await logIn(page, "ann");
  await expect(heading(page)).toBeVisible();
  const given = team.provider.tokens.length;
  await page.goto("/sign-in?provider");
  await expect(heading(page)).toBeVisible();
  expect(team.provider.tokens).toHaveLength(given);
});

test("a sign-in that came to nothing is said to whoever is signed in already, and they may go on", async ({
  page,
  guards,
}) => {
  await page.goto("/clusters/team/database-tokens");
  await withProvider(page).click();
  await logIn(page, "ann");
  await expect(heading(page)).toBeVisible();
  guards.expectFailedRequest("/api/session/oidc/answer", 401);
  await page.goto("/sign-in?state=of-nobody&code=of-nobody");
  await expect(page.getByRole("alert")).toContainText("This sign-in was not begun in this browser");
  await page.getByRole("link", { name: "go on" }).click();
  await expect(page.getByText("ann Example")).toBeVisible();
});

test("a session that ended under a dialog: the provider signs in in another tab, and the dialog is still there", async ({
  page,
  context,
  guards,
  team,
}) => {
  await page.goto("/clusters/team/database-tokens");
  await withProvider(page).click();
  await logIn(page, "ann");
  const dialog = await askToRevoke(await findToken(page, "Sensor 2"));
  await dialog.root.getByRole("checkbox").check();
  guards.expectFailedRequest("/api/", 401);
  await loseSession(context);
  await dialog.root.getByRole("button", { name: "Revoke Token", exact: true }).click();
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended).toBeVisible();
  await expect(ended.getByRole("button", { name: "Sign in with Example Login" })).toBeFocused();
  await expectAxeClean(page, "session ended, with a provider");

  const opening = context.waitForEvent("page");
  await ended.getByRole("button", { name: "Sign in with Example Login" }).click();
  const tab = await opening;
  // Who is known to the provider is not asked again.
  await expect(tab.getByRole("heading", { name: "You are signed in" })).toBeVisible();
  await expect(ended).toBeHidden();
  await tab.close();
  await expect(dialog.root).toBeVisible();
  expect(team.door.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  await confirmAgain(dialog.root);
  await expect(page.getByText('Revoked "Sensor 2"', { exact: true })).toBeVisible();
});

test("another person who signs in in the other tab sees nothing that was read for the one before", async ({
  page,
  context,
  guards,
  team,
}) => {
  await page.goto("/clusters/team/database-tokens");
  await withProvider(page).click();
  await logIn(page, "ann");
  await expect(tokensTable(page)).toBeVisible();
  guards.expectFailedRequest("/api/", 401);
  await loseSession(context);
  // Another person at the same machine.
  await context.clearCookies({ domain: "localhost", name: /^_/ });
  // Coming back to the page asks who is signed in.
  await comeBack(page);
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  const opening = context.waitForEvent("page");
  await ended.getByRole("button", { name: "Sign in with Example Login" }).click();
  const tab = await opening;
  const before = team.door.requests.length;
  await logIn(tab, "bob");
  await expect(tab.getByRole("heading", { name: "You are signed in" })).toBeVisible();
  await expect(page.getByText("bob Example")).toBeVisible();
  await expect(page.getByText("ann Example")).toHaveCount(0);
  await expect.poll(() => team.door.requests.length).toBeGreaterThan(before);
  await expect(tokensTable(page)).toBeVisible();
});

test.describe("a provider that goes away", () => {
  // What it said of itself is kept for an hour: a gateway that others used would not ask it.
  test.use({ own: "gateway" });

  test("a provider that is down is one sentence, and the other ways to sign in are there", async ({
    page,
    guards,
    team,
  }) => {
    await team.provider.close();
    await page.goto("/sign-in");
    guards.expectFailedRequest("/api/session/oidc", 502);
    await withProvider(page).click();
    await expect(page.getByRole("alert")).toHaveText(
      "Example Login cannot be reached. Try again in a moment.",
    );
    await page.goto(team.gateway.signInLink);
    await expect(heading(page).or(page.getByRole("heading", { name: /^Sign in to/ }))).toBeVisible();
  });
});

async function confirmAgain(dialog: ReturnType<Page["getByRole"]>): Promise<void> {
  const consent = dialog.getByRole("checkbox");
  if (!(await consent.isChecked())) await consent.check();
  await dialog.getByRole("button", { name: "Revoke Token", exact: true }).click();
}
