import type { Page } from "@playwright/test";
import { makeTokens } from "./bench/tokens.ts";
import { expect, test } from "./fixtures.ts";
import {
  askToRevoke,
  comeBack,
  drawnRows,
  expectRowCount,
  revokeDialog,
  rowOf,
  searchBox,
  sortByHeader,
  tokensTable,
} from "./table.ts";

const LIST = { method: "GET", path: /\/tokens$/ };
const tokens = makeTokens(4_000);
const active = tokens.filter(
  ({ revokedAt, expiresAt }) => revokedAt === undefined && !(Date.parse(expiresAt ?? "") <= Date.now()),
);
/** In the order of the list: by id. */
const byId = active.toSorted((left, right) => (left.id < right.id ? -1 : 1));
const first = byId[0]?.description ?? "";
const last = byId.at(-1)?.description ?? "";

test.use({ gatewayOptions: { importTokens: tokens }, throughFaultProxy: true });

async function statuses(page: Page, act: () => Promise<void>): Promise<number> {
  const answer = page.waitForResponse((response) => LIST.path.test(new URL(response.url()).pathname));
  await act();
  return (await answer).status();
}

test("the first rows are there while the rest is coming, and nothing is claimed of the rest", async ({
  signedInPage: page,
  faultProxy,
}) => {
  await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  const rule = faultProxy.fail(LIST, { kind: "stall", afterBytes: 60_000 });
  await page.reload();
  const table = tokensTable(page);
  await expect(rowOf(table, first)).toBeVisible();
  await expect(page.getByText(/^[\d,]+ tokens so far…$/)).toBeVisible();
  await expect(table).toHaveAttribute("aria-busy", "true");
  await expect(table).toHaveAttribute("aria-rowcount", "-1");

  // What is there can be searched and sorted; that something is not there cannot be said yet.
  await searchBox(page).fill("no such thing");
  await expect(page.getByText("Nothing found so far")).toBeVisible();
  await searchBox(page).fill(first);
  await expect(rowOf(table, first)).toBeVisible();
  await searchBox(page).fill("");
  await sortByHeader(table, "Description");
  await expect(drawnRows(table).first()).toBeVisible();
  await sortByHeader(table, "Token ID");

  // A token can be revoked by its id; what depends on it is not known before the last row is there.
  const dialog = await askToRevoke(rowOf(table, first));
  await expect(dialog.root).toContainText("The list is still being read");
  rule.remove();
  rule.release();
  await expect(dialog.root).not.toContainText("The list is still being read");
  await dialog.cancel.click();
  await expectRowCount(table, active.length);
  await expect(page.getByText(/^4,000 tokens, [\d,]+ active$/)).toBeVisible();
  await searchBox(page).fill(last);
  await expect(rowOf(table, last).first()).toBeVisible();
});

test("what may be needed next is loaded when the last row is there", async ({
  signedInPage: page,
  faultProxy,
}) => {
  await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  const rule = faultProxy.fail(LIST, { kind: "stall", afterBytes: 60_000 });
  await page.reload();
  await expect(rowOf(tokensTable(page), first)).toBeVisible();
  // An idle moment comes in two seconds at the latest.
  await page.waitForTimeout(2_500);
  rule.remove();
  rule.release();
  const flow = /\/revoke-token-flow-[^/]*\.js$/;
  const loading = async () => {
    const entries = await page.evaluate(() =>
      performance.getEntriesByType("resource").map((entry) => {
        const { name, startTime, responseEnd } = entry.toJSON() as PerformanceResourceTiming;
        return { path: new URL(name).pathname, startTime, responseEnd };
      }),
    );
    const list = entries.find(({ path }) => LIST.path.test(path));
    const dialog = entries.find(({ path }) => flow.test(path));
    return list === undefined || dialog === undefined ? undefined : { list, dialog };
  };
  await expect.poll(loading).toBeDefined();
  const loaded = await loading();
  // A page whose list never comes to its end loads them after five seconds.
  const earliest = Math.min(loaded?.list.responseEnd ?? 0, 5_000);
  expect(loaded?.dialog.startTime).toBeGreaterThanOrEqual(earliest);
});

test("a list that breaks off is an error, with some rows, the old ones or none, and never a shorter list", async ({
  signedInPage: page,
  faultProxy,
  guards,
}) => {
  await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  guards.expectFailedRequest(LIST.path, "network");
  const rule = faultProxy.fail(LIST, { kind: "cut", afterBytes: 60_000, held: true });
  await page.reload();
  const table = tokensTable(page);
  await expect(rowOf(table, first)).toBeVisible();
  rule.release();
  await expect(page.getByText(/^The list is not complete/)).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText(/broke off after [\d,]+ rows/)).toBeVisible();
  await expect(page.getByText(/^[\d,]+ tokens read, not all$/)).toBeVisible();
  await expect(rowOf(table, first)).toBeVisible();
  await expect(table).toHaveAttribute("aria-rowcount", "-1");
  await askToRevoke(rowOf(table, first));
  const dialog = revokeDialog(page);
  await expect(dialog.root).toContainText("could not be read to its end");
  await dialog.cancel.click();

  rule.remove();
  await page.getByRole("button", { name: "Retry" }).click();
  await expectRowCount(table, active.length);
  await expect(page.getByText(/^The list is not complete/)).toBeHidden();

  // Read again, it leaves the complete one with its age: as if the gateway could not say what changed, and sent all anew.
  const anew = faultProxy.fail(LIST, {
    kind: "answer",
    status: 200,
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify(tokens.slice(0, 1_000)).slice(0, -1),
  });
  await comeBack(page);
  await expect(page.getByText(/^Not refreshed since/)).toBeVisible({ timeout: 15_000 });
  await expectRowCount(table, active.length);
  anew.remove();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText(/^Not refreshed since/)).toBeHidden();
  await expectRowCount(table, active.length);

  // Before there was any row there is none.
  const atOnce = faultProxy.fail(LIST, { kind: "cut", afterBytes: 20 });
  await page.reload();
  await expect(page.getByText("The list could not be read")).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole("button", { name: /^Options for/ })).toHaveCount(0);
  atOnce.remove();
  await page.getByRole("button", { name: "Retry" }).click();
  await expectRowCount(table, active.length);
  await expect(rowOf(table, first)).toBeVisible();
});

test("rows that cannot be read are named, also those that come late; a list over 64 MB is refused by its size", async ({
  signedInPage: page,
  faultProxy,
}) => {
  await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  const answer = {
    kind: "answer",
    status: 200,
    headers: { "Content-Type": "application/json; charset=utf-8" },
  } as const;
  const odd = tokens.map((token, at) => (at === 3_500 ? { ...token, createdAt: "yesterday" } : token));
  const read = faultProxy.fail(LIST, { ...answer, body: JSON.stringify(odd) });
  await page.reload();
  await expect(page.getByText("1 token in the answer cannot be read")).toBeVisible();
  await expect(page.getByText(tokens[3_500]?.id ?? "")).toBeVisible();
  read.remove();

  faultProxy.fail(LIST, { ...answer, body: `[${" ".repeat(65_000_000)}]` });
  await page.reload();
  await expect(
    page.getByText("The list is larger than 64 MB, which is more than this page reads."),
  ).toBeVisible({ timeout: 15_000 });
});

test("what does not change does not travel, and of what changes only the difference", async ({
  signedInPage: page,
  gateway,
}) => {
  const table = tokensTable(page);
  await expectRowCount(table, active.length);
  expect(await statuses(page, () => comeBack(page))).toBe(304);

  await gateway.api("/api/v0/tokens", { method: "POST", body: { description: "Made by a colleague" } });
  await gateway.api(`/api/v0/tokens/${byId[0]?.id ?? ""}`, { method: "DELETE" });
  expect(await statuses(page, () => comeBack(page))).toBe(226);
  // One came, one is no longer active.
  await expect(rowOf(table, first)).toHaveCount(0);
  await expectRowCount(table, active.length);
  await searchBox(page).fill("Made by a colleague");
  await expect(rowOf(table, "Made by a colleague")).toBeVisible();
  expect(await statuses(page, () => comeBack(page))).toBe(304);
});
