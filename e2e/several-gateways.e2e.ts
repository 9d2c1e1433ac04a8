import type { Locator, Page } from "@playwright/test";
import { startPostgres } from "#server/database/postgres-for-tests.ts";
import { test as base, expect, signIn } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { PageGuards } from "./page-guards.ts";
import { type SeveralGateways, startSeveralGateways } from "./several-gateways.ts";
import { someToken } from "./some-tokens.ts";
import {
  confirmRevoke,
  drawnRows,
  expectRowCount,
  findToken,
  openOptions,
  revokeDialog,
  rowOf,
  searchBox,
  sortByHeader,
  tokensTable,
} from "./table.ts";

interface Postgres {
  url: string;
  stop: () => Promise<void>;
}

/** The browser reaches two gateways through one proxy, which gives each request to the next of them. */
const test = base.extend<{ several: SeveralGateways }, { postgres: Postgres | string }>({
  postgres: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const postgres = await startPostgres().catch((error: unknown) => String(error));
      await use(postgres);
      if (typeof postgres !== "string") await postgres.stop();
    },
    { scope: "worker" },
  ],
  several: async ({ postgres }, use, testInfo) => {
    if (typeof postgres === "string")
      return testInfo.skip(true, `PostgreSQL could not be started: ${postgres}`);
    const several = await startSeveralGateways({ postgresUrl: postgres.url, importTokens: cluster() });
    await use(several);
    const printed = several.gateways.map(({ log, output }) => log + output).join("");
    await several.close();
    // The guards look at the first one only.
    expect(printed).not.toContain(several.managementToken);
  },
  gateway: async ({ several }, use, testInfo) => {
    await use(several.gateways[0]);
    if (testInfo.status === testInfo.expectedStatus) return;
    for (const { log } of several.gateways) {
      await testInfo.attach("gateway.log", { body: log, contentType: "text/plain" });
    }
  },
});

const SENSORS = Array.from({ length: 16 }, (_, at) => `Sensor ${String(at + 1).padStart(2, "0")}`);
const cluster = () => [
  ...SENSORS.map((name) => someToken(name, "write:sensors")),
  someToken("CI writer", "write:builds read:builds"),
];

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;

const selection = (page: Page): Locator => page.getByRole("group", { name: "Selection" });
const dialogOf = (page: Page, name: string): Locator => page.getByRole("dialog", { name, exact: true });

async function selectAndRevoke(page: Page, count: number): Promise<void> {
  await selection(page).getByRole("button", { name: "Revoke Tokens…" }).click();
  const dialog = dialogOf(page, "Revoke Tokens");
  await dialog.getByRole("textbox", { name: `Type ${String(count)} to confirm` }).fill(String(count));
  await dialog
    .getByRole("button", { name: `Revoke ${String(count)} Token${count === 1 ? "" : "s"}` })
    .click();
}

/** Which sensors the database says are revoked. */
async function revokedNow(several: SeveralGateways): Promise<string[]> {
  const rows = await several.rows(
    "select description from database_tokens where revoked_at is not null order by description",
  );
  return rows.map(({ description }) => String(description));
}

/** The gateway that has this request now, and the one that has not. */
function whoHas(
  several: SeveralGateways,
  method: string,
  path: RegExp,
): { holder: GatewayProcess; survivor: GatewayProcess } {
  const request = several.proxy.underWay.find(
    (candidate) => candidate.method === method && path.test(candidate.url),
  );
  const at = request?.targets.at(-1);
  if (at === undefined) throw new Error(`Nobody has ${method} ${path.source}.`);
  const [one, other] = several.gateways;
  return at === 0 ? { holder: one, survivor: other } : { holder: other, survivor: one };
}

async function runWithOneKilled(page: Page, several: SeveralGateways, guards: PageGuards): Promise<void> {
  guards.expectFailedRequest(/./, 502);
  guards.expectFailedRequest(TOKEN, 409);
  guards.expectFailedRequest(/./, "network");
  // The link of the one that will not see the code alone.
  await signIn(page, several.gateways[1].signInLink);
  const table = tokensTable(page);
  await sortByHeader(table, "Description");
  await searchBox(page).fill("Sensor");
  await expectRowCount(table, 16);
  await table.getByRole("checkbox", { name: "Select all 16 that match" }).click();

  const [stopped] = await several.rows("select id from database_tokens where description = 'Sensor 07'");
  const held = await several.hold("select 1 from database_tokens where id = $1 for update", [
    stopped?.["id"],
  ]);
  await selectAndRevoke(page, 16);
  await held.waiting();
  const { holder, survivor } = whoHas(several, "DELETE", new RegExp(`/tokens/${String(stopped?.["id"])}$`));
  await holder.kill();
  await held.release();

  const report = dialogOf(page, "Report");
  await expect(report).toContainText("16 tokens:", { timeout: 60_000 });
  const revoked = await revokedNow(several);
  expect(revoked).not.toContain("Sensor 07");
  const left = 16 - revoked.length;
  await expect(report).toContainText(
    `16 tokens: ${String(revoked.length)} revoked, ${String(left)} not revoked`,
  );
  await report.getByRole("button", { name: "Close" }).click();
  // What failed stays selected, and what the screen shows is what the database holds.
  await expect(selection(page)).toContainText(`${String(left)} selected`);
  await expectRowCount(table, left);
  for (const name of SENSORS) {
    await expect(rowOf(table, name)).toHaveCount(revoked.includes(name) ? 0 : 1);
  }

  await selectAndRevoke(page, left);
  await expect(report).toContainText(`${String(left)} revoked`);
  await report.getByRole("button", { name: "Close" }).click();
  expect(await revokedNow(several)).toEqual(SENSORS);
  // The one that comes back shows the same as the one that stayed.
  await holder.restart();
  const lists = await Promise.all([holder, survivor].map((gateway) => gateway.api("/api/v0/tokens")));
  expect(lists[0]?.text).toBe(lists[1]?.text);
  await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
  await expectRowCount(table, 16);
  await page.reload();
  await expect(drawnRows(table).first()).toBeVisible();
  await expect(page.getByText("was interrupted")).toHaveCount(0);
}

for (const repeats of [false, true]) {
  const how = repeats ? "its requests are sent again to the other" : "its requests are lost";
  test(`a run of revocations goes on when one of two gateways is killed, and every row is right: ${how}`, async ({
    page,
    several,
    guards,
  }) => {
    test.setTimeout(120_000);
    several.proxy.repeats = repeats;
    await runWithOneKilled(page, several, guards);
  });
}

test("a rotation is carried through by two gateways, and by one of them after the other was killed", async ({
  page,
  several,
  guards,
}) => {
  guards.expectFailedRequest(/./, 502);
  guards.expectFailedRequest(/./, "network");
  await signIn(page, several.gateways[0].signInLink);
  const menu = await openOptions(await findToken(page, "CI writer"));
  await menu.getByRole("menuitem", { name: "Rotate Token" }).click();
  const dialog = dialogOf(page, "Rotate Database Token");
  await dialog.getByRole("button", { name: "Create Replacement" }).click();
  const secret = dialogOf(page, "Database Token Created");
  await expect(secret).toBeVisible();
  // A reload shows it again: whichever gateway answers, and the one that made it is gone.
  const made = several.proxy.passed.findLast(
    ({ method, url }) => method === "POST" && url.endsWith("/rotations"),
  );
  const maker = several.gateways[made?.targets.at(-1) === 0 ? 0 : 1];
  await maker.kill();
  page.on("dialog", (question) => void question.accept());
  await page.reload();
  await expect(secret).toContainText("Nobody has said that this secret is stored, so here it is once more");
  await secret.getByRole("button", { name: "Show" }).click();
  await expect(secret.getByRole("code")).toHaveText(/^apiv1_/);
  await secret.getByRole("button", { name: "I have stored it" }).click();
  await expect(secret).toBeHidden();

  await maker.restart();
  await dialog.getByRole("button", { name: "Revoke Old Token" }).click();
  await confirmRevoke(revokeDialog(page));
  await expect(dialog.getByText("Finished: the old token is revoked")).toBeVisible();
  expect(await several.rows("select state from rotations")).toEqual([{ state: "finished" }]);
  const tokens = await several.rows(
    "select revoked_at is not null as revoked from database_tokens where description = 'CI writer' order by created_at",
  );
  expect(tokens).toEqual([{ revoked: true }, { revoked: false }]);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("button", { name: /rotations? in progress$/ })).toHaveCount(0);
});
