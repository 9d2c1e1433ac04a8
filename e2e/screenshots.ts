import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Locator, type Page, request } from "@playwright/test";
import { REQUEST_HEADER } from "#contract/headers.ts";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";
import { reportStep, runStep } from "#scripts/run-step.ts";
import { FaultProxy, refuse } from "./fault-proxy.ts";
import { liveAndDie, openActivity, openNewest } from "./activity-table.ts";
import { type GatewayOptions, GatewayProcess } from "./gateway-process.ts";
import { changeDialog, descriptionField, grant, openChange, tick } from "./change-dialogs.ts";
import { smallCluster, someToken } from "./some-tokens.ts";
import {
  askToRevoke,
  confirmRevoke,
  drawnRows,
  openOptions,
  rowOf,
  searchBox,
  tokensTable,
} from "./table.ts";

const SIZES = [
  { name: "wide", width: 1440, height: 900 },
  { name: "middle", width: 1024, height: 768 },
  { name: "narrow", width: 390, height: 844 },
];
const THEMES = ["light", "dark"] as const;
const PICTURE = "docs/pictures/database-tokens.png";
const PICTURE_BYTES = 300_000;

/** Everything a state may need. The browser reaches the gateway through the proxy; nothing is mocked. */
interface Scene {
  page: Page;
  gateway: GatewayProcess;
  proxy: FaultProxy;
}

interface State {
  name: string;
  gateway?: GatewayOptions;
  /** Not signed in before, for the states that are about that. */
  signedOut?: boolean;
  /** Prepares faults before the page is opened. */
  before?: (scene: Scene) => void;
  /** Drives the opened page to the state. */
  reach: (scene: Scene) => Promise<void>;
}

const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
const LIST = /^\/api\/v0\/.*\/tokens$/;

async function listShown(page: Page): Promise<void> {
  await drawnRows(tokensTable(page)).first().waitFor();
}

async function firstRow(page: Page) {
  await listShown(page);
  return drawnRows(tokensTable(page)).first();
}

async function addToken(page: Page) {
  await listShown(page);
  await page.getByRole("button", { name: "Add Database Token" }).click();
  const form = page.getByRole("dialog", { name: "Add Database Token" });
  await form.waitFor();
  return form;
}

/** A token with two databases and all of them, filled in and not sent. */
async function fillToken(page: Page, description: string) {
  const form = await addToken(page);
  await form.getByLabel("Description").fill(description);
  for (const name of ["fleet-tracking", "*"]) {
    await form.getByRole("combobox", { name: "Add Permission" }).fill(name);
    await form.getByRole("combobox", { name: "Add Permission" }).press("Enter");
  }
  return form;
}

async function idOf(gateway: GatewayProcess, description: string): Promise<string> {
  const [row] = await gateway.databaseRows(
    "SELECT id FROM database_tokens WHERE description = ?",
    description,
  );
  if (row === undefined) throw new Error(`There is no token "${description}".`);
  return String(row["id"]);
}

/** What another administrator does. Suspending what is suspended changes nothing. */
async function suspendElsewhere(gateway: GatewayProcess, description: string): Promise<void> {
  await gateway.api(`/api/v0/tokens/${await idOf(gateway, description)}/suspension`, { method: "POST" });
}

async function updateElsewhere(
  gateway: GatewayProcess,
  description: string,
  { description: name, permissions }: { description?: string; permissions?: object[] },
): Promise<void> {
  const body = { ...(name === undefined ? {} : { description: name }), permissions };
  await gateway.api(`/api/v0/tokens/${await idOf(gateway, description)}`, { method: "PATCH", body });
}

async function startRotating(page: Page, description: string) {
  await listShown(page);
  await searchBox(page).fill(description);
  const menu = await openOptions(rowOf(tokensTable(page), description).first());
  await menu.getByRole("menuitem", { name: "Rotate Token" }).click();
  const dialog = page.getByRole("dialog", { name: "Rotate Database Token" });
  await dialog.waitFor();
  return dialog;
}

/** Begins a rotation by the API, unless one is in progress. */
async function rotateElsewhere(
  gateway: GatewayProcess,
  description: string,
  state: "created" | "overlap",
): Promise<void> {
  const path = "/api/clusters/own/rotations";
  const tokenId = await idOf(gateway, description);
  await gateway.api(path, { method: "POST", body: { kind: "database", tokenId, description } });
  if (state === "created") return;
  for (const { id } of (await gateway.api(path)).json() as { id: string }[]) {
    await gateway.api(`${path}/${id}/steps`, { method: "POST", body: { step: "acknowledged" } });
  }
}

async function showRotations(page: Page) {
  await listShown(page);
  await page.getByRole("button", { name: /in progress$/ }).click();
  const list = page.getByRole("dialog", { name: "Rotations in Progress" });
  await list.waitFor();
  return list;
}

async function continueRotation(page: Page, description: string) {
  const list = await showRotations(page);
  await list.getByRole("button", { name: `Continue the rotation of ${description}` }).click();
  const dialog = page.getByRole("dialog", { name: "Rotate Database Token" });
  await dialog.waitFor();
  return dialog;
}

const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;

/** All tokens that match are selected. */
async function selectAll(page: Page, text: string) {
  await listShown(page);
  await searchBox(page).fill(text);
  // Cards have no header; the bar offers all of them at every width.
  await drawnRows(tokensTable(page)).first().focus();
  await page.keyboard.press("Space");
  const bar = page.getByRole("group", { name: "Selection" });
  await bar.getByRole("button", { name: /^Select all/ }).click();
  return bar;
}

async function showPlan(page: Page, text: string) {
  await listShown(page);
  await page.getByRole("button", { name: "Revoke from a list…" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Tokens" });
  await dialog.getByRole("textbox", { name: "Token IDs or descriptions" }).fill(text);
  await dialog.getByRole("button", { name: "Show Plan" }).click();
  return dialog;
}

async function runAll(page: Page, text: string): Promise<Locator> {
  const bar = await selectAll(page, text);
  await bar.getByRole("button", { name: "Revoke Tokens…" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Tokens" });
  const field = dialog.getByRole("textbox", { name: /^Type \d+ to confirm$/ });
  const words = await dialog.getByText(/^Type \d+ to confirm$/).textContent();
  await field.fill(/\d+/.exec(words ?? "")?.[0] ?? "");
  await dialog.getByRole("button", { name: /^Revoke \d+ Tokens$/ }).click();
  return dialog;
}

async function interruptRun(page: Page, proxy: FaultProxy): Promise<Locator> {
  proxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hang" });
  page.on("dialog", (asked) => void asked.accept());
  await (await runAll(page, "tracker")).getByRole("button", { name: "Stop" }).waitFor();
  await page.reload();
  return page.getByRole("group", { name: "Interrupted run" });
}

const STATES: readonly State[] = [
  { name: "list-full", reach: ({ page }) => listShown(page) },
  {
    name: "list-with-inactive",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("switch", { name: "Show Inactive Tokens" }).click();
      await page.waitForURL(/inactive=1/);
    },
  },
  {
    name: "list-empty",
    gateway: { args: ["--no-sample"] },
    reach: ({ page }) =>
      page
        .getByText(/no database tokens|no tokens/i)
        .first()
        .waitFor(),
  },
  {
    name: "nothing-matches",
    async reach({ page }) {
      await listShown(page);
      await searchBox(page).fill("no such token anywhere");
      await page
        .getByText(/nothing matches/i)
        .first()
        .waitFor();
    },
  },
  {
    name: "loading",
    before: ({ proxy }) => void proxy.fail({ path: LIST }, { kind: "hold" }),
    async reach({ page }) {
      const skeleton = page.locator("[aria-busy=true]").first();
      await skeleton.waitFor();
      // Skeleton rows appear late by design: take the picture when their animations have begun.
      await page.waitForFunction(() =>
        document.getAnimations().some(({ currentTime }) => Number(currentTime) > 300),
      );
    },
  },
  {
    name: "error",
    before: ({ proxy }) =>
      void proxy.fail(
        { path: LIST },
        refuse(503, "unavailable", "The database is not available.", { requestId: REQUEST_ID }),
      ),
    reach: ({ page }) =>
      page
        .getByRole("button", { name: /retry|try again/i })
        .first()
        .waitFor(),
  },
  {
    name: "options-menu",
    async reach({ page }) {
      await openOptions(await firstRow(page));
    },
  },
  {
    name: "sort-menu",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("button", { name: "Sort", exact: true }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "filters-open",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "filters-in-force",
    async reach({ page }) {
      await listShown(page);
      await page.goto(`${page.url().split("?")[0] ?? ""}?access=write&expiry=30d`);
      await tokensTable(page).waitFor();
    },
  },
  {
    name: "revoke-dialog",
    async reach({ page }) {
      await askToRevoke(await firstRow(page));
    },
  },
  {
    name: "revoke-dialog-ticked",
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await dialog.understood.check();
    },
  },
  {
    name: "revoke-failed",
    before: ({ proxy }) =>
      void proxy.fail(
        { method: "DELETE", path: /tokens\// },
        refuse(403, "forbidden", "Your account may read tokens, not revoke them.", { requestId: REQUEST_ID }),
      ),
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await confirmRevoke(dialog);
      await dialog.root.getByText("Your account may read tokens").waitFor();
    },
  },
  {
    name: "revoked",
    async reach({ page }) {
      const dialog = await askToRevoke(await firstRow(page));
      await confirmRevoke(dialog);
      await page
        .getByText(/^Revoked /)
        .first()
        .waitFor();
    },
  },
  {
    name: "edit",
    async reach({ page }) {
      await openChange(await firstRow(page), "Edit Token");
    },
  },
  {
    name: "edit-review",
    gateway: { importTokens: smallCluster() },
    async reach({ page }) {
      await listShown(page);
      const dialog = await openChange(rowOf(tokensTable(page), "Only writer of logs"), "Edit Token");
      await descriptionField(dialog).fill("Reader of logs");
      await tick(dialog, "logs", "Write").uncheck();
      await tick(dialog, "logs", "Read").check();
      await grant(dialog, "sensors", ["Read"]);
      await dialog.button("Review Changes").click();
      await dialog.part("Taken away").waitFor();
    },
  },
  {
    name: "edit-emptied",
    gateway: { importTokens: smallCluster() },
    async reach({ page }) {
      await listShown(page);
      const dialog = await openChange(rowOf(tokensTable(page), "Only writer of logs"), "Edit Token");
      await dialog.button("Remove logs").click();
      await dialog.button("Review Changes").click();
      await dialog.part("Taken away").waitFor();
    },
  },
  {
    name: "edit-merge",
    gateway: { importTokens: smallCluster() },
    async reach({ page, gateway }) {
      await listShown(page);
      const dialog = await openChange(rowOf(tokensTable(page), "CI writer"), "Edit Token");
      await descriptionField(dialog).fill("CI writer of the build farm");
      await grant(dialog, "sensors", ["Read", "Write"]);
      await updateElsewhere(gateway, "CI writer", {
        description: "CI writer (Jenkins)",
        permissions: [{ action: "write", resource: "builds" }],
      });
      await dialog.button("Review Changes").click();
      await dialog.button("Save Changes").click();
      await dialog.part("Result").waitFor();
      // The description is everybody's own again for the next picture.
      await updateElsewhere(gateway, "CI writer (Jenkins)", smallCluster()[0] ?? {});
    },
  },
  {
    name: "edit-throw-away",
    async reach({ page }) {
      const dialog = await openChange(await firstRow(page), "Edit Token");
      await descriptionField(dialog).fill("Something else");
      await dialog.button("Cancel").click();
      await page.getByRole("button", { name: "Keep Editing" }).waitFor();
    },
  },
  {
    name: "edit-failed",
    before: ({ proxy }) =>
      void proxy.fail(
        { method: "PATCH", path: /tokens\// },
        refuse(403, "forbidden", "Your account may read tokens, not change them.", { requestId: REQUEST_ID }),
      ),
    async reach({ page }) {
      const dialog = await openChange(await firstRow(page), "Edit Token");
      await descriptionField(dialog).fill("Something else");
      await dialog.button("Save Changes").click();
      await dialog.root.getByText("Your account may read tokens").waitFor();
    },
  },
  {
    name: "suspend",
    gateway: { importTokens: smallCluster() },
    async reach({ page }) {
      await listShown(page);
      await openChange(rowOf(tokensTable(page), "Only writer of logs"), "Suspend Token");
      await changeDialog(page, "Suspend Token").part("What stops working").waitFor();
    },
  },
  {
    name: "suspended-and-restore",
    gateway: { importTokens: smallCluster() },
    async reach({ page, gateway }) {
      // One gateway is for all sizes: the one before has left other permissions.
      await updateElsewhere(gateway, "CI writer", { permissions: [{ action: "write", resource: "builds" }] });
      await suspendElsewhere(gateway, "CI writer");
      await updateElsewhere(gateway, "CI writer", {
        permissions: [
          { action: "read", resource: "builds" },
          { action: "write", resource: "metrics" },
        ],
      });
      await suspendElsewhere(gateway, "Only writer of logs");
      await page.reload();
      await listShown(page);
      await openChange(rowOf(tokensTable(page), "CI writer"), "Restore Token");
      await changeDialog(page, "Restore Token").part("Put back").waitFor();
    },
  },
  {
    name: "suspended-row",
    gateway: { importTokens: smallCluster() },
    async reach({ page, gateway }) {
      await suspendElsewhere(gateway, "Only writer of logs");
      await page.reload();
      await page.getByText("Suspended").first().waitFor();
    },
  },
  {
    name: "management-tokens",
    async reach({ page }) {
      await listShown(page);
      await page.goto(page.url().replace(/database-tokens.*/, "management-tokens"));
      await drawnRows(tokensTable(page, "Management Tokens")).first().waitFor();
    },
  },
  {
    name: "create-empty",
    async reach({ page }) {
      await addToken(page);
    },
  },
  {
    name: "create-filled",
    async reach({ page }) {
      const form = await fillToken(page, "Dashboard of line 4");
      await form.getByRole("radio", { name: "Date and time" }).check();
      await form.getByLabel("Day", { exact: true }).fill("2027-10-31");
      await form.getByLabel("Time", { exact: true }).fill("02:30");
      await form.getByRole("combobox").fill("tele");
    },
  },
  {
    name: "create-problems",
    async reach({ page }) {
      const form = await addToken(page);
      await form.getByRole("radio", { name: "Date and time" }).check();
      await form.getByLabel("Day", { exact: true }).fill("2027-03-28");
      await form.getByLabel("Time", { exact: true }).fill("02:30");
      await form.getByRole("button", { name: "Create Token" }).click();
      await form.getByText("Enter what the token is for.").waitFor();
    },
  },
  {
    name: "create-refused",
    before: ({ proxy }) =>
      void proxy.fail(
        { method: "POST", path: LIST },
        refuse(403, "forbidden", "Your account may read tokens, not create them.", { requestId: REQUEST_ID }),
      ),
    async reach({ page }) {
      const form = await fillToken(page, "Dashboard of line 4");
      await form.getByRole("button", { name: "Create Token" }).click();
      await form.getByText("Your account may read tokens").waitFor();
    },
  },
  {
    name: "create-discard",
    async reach({ page }) {
      await fillToken(page, "Dashboard of line 4");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: /^Discard/ }).waitFor();
    },
  },
  {
    name: "create-orphan",
    async reach({ page, gateway, proxy }) {
      const [token] = (await gateway.api("/api/v0/tokens")).json() as { id: string }[];
      proxy.fail({ method: "POST", path: LIST }, { kind: "reset-before-forwarding" });
      proxy.fail(
        { method: "POST", path: "/api/operations/settlement" },
        {
          kind: "answer",
          status: 200,
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ state: "done", startedAt: "2026-01-01T00:00:00Z", objectId: token?.id }),
        },
      );
      const form = await fillToken(page, "Dashboard of line 4");
      await form.getByRole("button", { name: "Create Token" }).click();
      await page.getByRole("dialog", { name: "The token was created, but its secret is lost" }).waitFor();
    },
  },
  {
    name: "create-secret",
    async reach({ page }) {
      const form = await fillToken(page, "Dashboard of line 4");
      await form.getByRole("button", { name: "Create Token" }).click();
      await page.getByRole("dialog", { name: "Database Token Created" }).waitFor();
    },
  },
  {
    name: "create-secret-shown",
    async reach({ page }) {
      const form = await fillToken(page, "Dashboard of line 4");
      await form.getByRole("button", { name: "Create Token" }).click();
      await page.getByRole("button", { name: "Show", exact: true }).click();
    },
  },
  {
    name: "sheet",
    async reach({ page, gateway }) {
      const id = await idOf(gateway, "Van 4 tracker");
      await gateway.api(`/api/v0/tokens/${id}`, {
        method: "PATCH",
        body: { permissions: [{ action: "write", resource: "fleet-tracking" }] },
      });
      await listShown(page);
      await page.goto(`${page.url()}/${id}`);
      await page.getByRole("list", { name: "History" }).waitFor();
    },
  },
  {
    name: "sheet-commands",
    async reach({ page, gateway }) {
      await listShown(page);
      await page.goto(`${page.url()}/${await idOf(gateway, "Van 4 tracker")}`);
      await page.getByText("Set its permissions, as they are now").click();
      await page.getByText("Revoke it", { exact: true }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "sheet-of-no-token",
    async reach({ page }) {
      await listShown(page);
      await page.goto(`${page.url()}/99999999-9999-4999-8999-999999999999`);
      await page.getByText("There is no such token").waitFor();
    },
  },
  {
    name: "rotate-create",
    async reach({ page }) {
      await startRotating(page, "Van 45 tracker");
    },
  },
  {
    name: "rotate-secret-not-stored",
    async reach({ page, gateway }) {
      await rotateElsewhere(gateway, "Van 45 tracker", "created");
      await continueRotation(page, "Van 45 tracker");
    },
  },
  {
    name: "rotate-both-active",
    async reach({ page, gateway }) {
      await rotateElsewhere(gateway, "Van 45 tracker", "overlap");
      await continueRotation(page, "Van 45 tracker");
    },
  },
  {
    name: "rotate-abandon",
    async reach({ page, gateway }) {
      await rotateElsewhere(gateway, "Van 45 tracker", "overlap");
      const dialog = await continueRotation(page, "Van 45 tracker");
      await dialog.getByRole("button", { name: "Abandon…" }).click();
    },
  },
  {
    name: "rotations",
    async reach({ page, gateway }) {
      await rotateElsewhere(gateway, "Van 45 tracker", "overlap");
      await rotateElsewhere(gateway, "Van 4 tracker", "created");
      await showRotations(page);
    },
  },
  {
    name: "many-selection",
    reach: async ({ page }) => (await selectAll(page, "tracker")).waitFor(),
  },
  {
    name: "many-paste",
    async reach({ page }) {
      await listShown(page);
      await page.getByRole("button", { name: "Revoke from a list…" }).click();
      await page.getByRole("textbox", { name: "Token IDs or descriptions" }).waitFor();
    },
  },
  {
    name: "many-plan",
    gateway: {
      importTokens: [
        ...smallCluster(),
        someToken("Twin", "read:sensors"),
        someToken("Twin", "read:sensors", { createdAt: "2026-02-03T00:00:00Z" }),
      ],
    },
    async reach({ page }) {
      const text = "CI writer\nOnly writer of logs\nSensor 10\nOld laptop\nTwin\nnobody at all\nCI writer";
      const plan = await showPlan(page, text);
      await plan.getByText("You are about to revoke").waitFor();
    },
  },
  {
    name: "many-running",
    async reach({ page, proxy }) {
      proxy.fail({ method: "DELETE", path: TOKEN }, { kind: "hold" });
      await (await runAll(page, "tracker")).getByRole("button", { name: "Stop" }).waitFor();
    },
  },
  {
    name: "many-paused",
    async reach({ page, proxy }) {
      proxy.fail(
        { method: "DELETE", path: TOKEN },
        refuse(403, "forbidden", "Your account may read tokens, not revoke them.", { requestId: REQUEST_ID }),
      );
      await (await runAll(page, "tracker")).getByText("Paused: three in a row").waitFor();
    },
  },
  {
    name: "many-report",
    async reach({ page, proxy }) {
      proxy.fail({ method: "DELETE", path: TOKEN, times: 2 }, { kind: "delay", milliseconds: 0 });
      proxy.fail(
        { method: "DELETE", path: TOKEN },
        refuse(403, "forbidden", "Your account may read tokens, not revoke them.", { requestId: REQUEST_ID }),
      );
      const dialog = await runAll(page, "tracker");
      await dialog.getByText("Paused: three in a row").waitFor();
      await dialog.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("dialog", { name: "Report" }).waitFor();
    },
  },
  {
    name: "many-interrupted",
    reach: async ({ page, proxy }) => (await interruptRun(page, proxy)).waitFor(),
  },
  {
    name: "many-continue",
    async reach({ page, proxy }) {
      const offer = await interruptRun(page, proxy);
      await offer.getByRole("button", { name: "Continue…" }).click();
      await page.getByText("No other browser is working on it").waitFor();
    },
  },
  {
    name: "activity",
    async reach({ page, gateway }) {
      await liveAndDie(gateway, "Edge gateway, Lyon");
      await gateway.api("/api/v0/tokens", {
        method: "POST",
        body: { description: `it's \u202ehostile ${"unbroken".repeat(20)}` },
      });
      await drawnRows(await openActivity(page, gateway))
        .first()
        .waitFor();
    },
  },
  {
    name: "activity-menu",
    async reach({ page, gateway }) {
      await openActivity(page, gateway);
      // Where there is room the links are there without it.
      const menu = page.getByRole("button", { name: "Menu" });
      if (await menu.isVisible()) await menu.click();
      await page.getByRole("link", { name: "Activity" }).waitFor();
    },
  },
  {
    name: "activity-filters",
    async reach({ page, gateway }) {
      await liveAndDie(gateway, "Edge gateway, Lyon");
      await openActivity(page, gateway, "?action=update&outcome=not_done&period=24h");
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "activity-export",
    async reach({ page, gateway }) {
      await liveAndDie(gateway, "Edge gateway, Lyon");
      await openActivity(page, gateway);
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "activity-sheet",
    async reach({ page, gateway }) {
      await liveAndDie(gateway, "Edge gateway, Lyon");
      const sheet = await openNewest(await openActivity(page, gateway, "?action=update&outcome=done"));
      await sheet.getByText("Row 3").or(sheet.getByText("the outcome")).first().waitFor();
    },
  },
  {
    name: "activity-not-done",
    async reach({ page, gateway }) {
      await liveAndDie(gateway, "Edge gateway, Lyon");
      const sheet = await openNewest(await openActivity(page, gateway, "?outcome=not_done"));
      await sheet.getByText("the outcome").waitFor();
    },
  },
  {
    name: "activity-empty",
    reach: async ({ page, gateway }) => {
      await openActivity(page, gateway);
      await page.getByText("Nothing was done here yet").waitFor();
    },
  },
  {
    name: "activity-error",
    before: ({ proxy }) =>
      void proxy.fail(
        { path: /^\/api\/.*\/activity/ },
        refuse(503, "unavailable", "The database is not available.", { requestId: REQUEST_ID }),
      ),
    async reach({ page, gateway }) {
      await page.goto(`${gateway.url}/clusters/own/activity`);
      await page.getByRole("button", { name: "Retry" }).waitFor();
    },
  },
  {
    name: "sign-in",
    signedOut: true,
    reach: ({ page }) =>
      page
        .getByRole("heading", { name: /sign in/i })
        .first()
        .waitFor(),
  },
  {
    name: "session-ended",
    async reach({ page, gateway }) {
      await listShown(page);
      // Ended on the server by another holder of the same cookie; the page finds out when it next asks.
      const other = await request.newContext({ storageState: await page.context().storageState() });
      const answer = await other.delete(`${gateway.url}/api/session`, {
        headers: { [REQUEST_HEADER]: "interactive", Origin: gateway.url },
      });
      if (!answer.ok()) throw new Error(`Could not end the session: ${await answer.text()}`);
      await other.dispose();
      await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
      await page.getByRole("dialog", { name: /session has ended/i }).waitFor({ timeout: 40_000 });
    },
  },
];

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "test-results/screenshots" },
    /** Only states whose name contains this. */
    only: { type: "string", default: "" },
  },
});

async function take(browser: Browser, state: State, out: string): Promise<void> {
  const proxy = await FaultProxy.start();
  const gateway = await GatewayProcess.start({ ...state.gateway, publicUrl: proxy.url });
  proxy.target = gateway.ownUrl;
  try {
    for (const theme of THEMES) {
      for (const { name, width, height } of SIZES) {
        const context = await browser.newContext({
          viewport: { width, height },
          colorScheme: theme,
          locale: "en-GB",
          timezoneId: "Europe/Berlin",
        });
        context.setDefaultTimeout(20_000);
        const page = await context.newPage();
        const scene = { page, gateway, proxy };
        state.before?.(scene);
        if (state.signedOut !== true) {
          const answer = await context.request.post(`${gateway.url}/api/session`, {
            data: { method: "management_token", managementToken: gateway.managementToken },
            headers: { [REQUEST_HEADER]: "interactive", Origin: gateway.url },
          });
          if (!answer.ok()) throw new Error(`Could not sign in: ${await answer.text()}`);
        }
        await page.goto(gateway.url);
        await state.reach(scene);
        await page.screenshot({
          path: join(out, `${state.name}-${name}-${theme}.png`),
          animations: "disabled",
        });
        if (state.name === "list-full" && name === "wide" && theme === "light") await takePicture(page);
        proxy.clear();
        await context.close();
      }
    }
  } finally {
    await proxy.stop();
    await gateway.dispose();
  }
}

/** The one in the README. */
async function takePicture(page: Page): Promise<void> {
  await page.screenshot({ path: PICTURE, animations: "disabled" });
  const bytes = statSync(PICTURE).size;
  if (bytes > PICTURE_BYTES)
    throw new Error(`${PICTURE} has ${String(bytes)} bytes; at most ${String(PICTURE_BYTES)}`);
}

const build = await runStep("build", ["--import", "tsx", "src/scripts/build.ts"]);
reportStep(build);
if (!build.ok) process.exit(1);
mkdirSync(flags.out, { recursive: true });
mkdirSync("docs/pictures", { recursive: true });

const browser = await chromium.launch({ executablePath: ensureChromium(), args: [...chromiumArguments] });
const failed: string[] = [];
const wanted = STATES.filter(({ name }) => name.includes(flags.only));
for (const state of wanted) {
  try {
    await take(browser, state, flags.out);
    console.log(`ok     ${state.name}`);
  } catch (error) {
    failed.push(state.name);
    console.log(`FAILED ${state.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await browser.close();
console.log(`${flags.out}: ${String(wanted.length - failed.length)} states, ${String(failed.length)} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
