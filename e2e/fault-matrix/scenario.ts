import type { Page } from "@playwright/test";
import {
  storedTokens,
  shownScreen,
  violations,
  type ShownScreen,
  type StoredToken,
} from "#e2e/invariants.ts";
import type { FaultProxy, SeenRequest } from "#e2e/fault-proxy.ts";
import { rowOf, tokensTable } from "#e2e/table.ts";
import { bytesOf } from "./bytes.ts";
import { breakLine } from "./breaking.ts";
import { expectState } from "./database-states.ts";
import type { DatabaseState, Leg, PlacedCell } from "./matrix.ts";
import { plays, type Play } from "./operations.ts";
import { BULK, expect, FORGETS, slugs, tokenName, type Rig } from "./rig.ts";

/** One cell while it is played. */
export interface Stage extends PlacedCell {
  rig: Rig;
  leg: Leg;
  play: Play;
  name: string;
  /** Words that the cell says are on the screen. */
  words: readonly string[];
  state: DatabaseState;
  before: readonly StoredToken[];
  /** How many requests had been seen on each leg when it began. */
  seenBefore: Readonly<Record<Leg, number>>;
  presses: number;
  shownSecrets: string[];
  madeElsewhere: string[];
}

/** The list of the leg's cluster, with nothing of another cell on the screen, and the database as it is now. */
export async function setStage(rig: Rig, placed: PlacedCell): Promise<Stage> {
  const { cell } = placed;
  if (cell.by !== "scenario") throw new Error("There is nothing to play.");
  const leg = placed.leg ?? "browser";
  const name = tokenName(placed);
  rig.guards.forgetExpected();
  // What breaks on purpose is written down by the browser, in its own words.
  rig.guards.expectFailedRequest(/\/api\/|favicon/, "network");
  for (const status of [400, 401, 403, 404, 409, 412, 429, 502, 503, 504]) {
    rig.guards.expectFailedRequest(/\/api\//, status);
  }
  if (leg === "upstream" && rig.needsCredential) await giveCredential(rig);
  const words = cell.screen.map((one) => one.replaceAll("{name}", name));
  await openList(rig, leg, words);
  return {
    ...placed,
    rig,
    leg,
    play: plays[placed.operation],
    name,
    words,
    state: cell.database,
    before: await storedTokens(rig.gateway),
    seenBefore: { browser: rig.browserLine.seen.length, upstream: rig.upstreamLine.seen.length },
    presses: 0,
    shownSecrets: [],
    madeElsewhere: [],
  };
}

/** Opening a page costs more than most cells: where the last one left nothing behind it is stayed on, and left for another list. */
async function openList(rig: Rig, leg: Leg, words: readonly string[]): Promise<void> {
  const { page } = rig;
  const count = page.getByText(/^[\d,]+ tokens, [\d,]+ active$/);
  if (rig.canStay) {
    await turnTo(page, `/clusters/${slugs[leg]}/management-tokens`, /^Management Tokens/);
    await turnTo(page, `/clusters/${slugs[leg]}/database-tokens`, /^Database Tokens/);
    await expect(count).toBeVisible();
    const { text, dialogs, total } = await shownScreen(page);
    // The other cluster's list may be from before what was done to the same database through this one.
    const isFresh = total === (await storedTokens(rig.gateway)).length;
    if (isFresh && dialogs.length === 0 && !words.some((one) => text.includes(one))) return;
  }
  await page.evaluate((name) => (window.name = name), FORGETS);
  await page.goto(`/clusters/${slugs[leg]}/database-tokens`);
  await expect(count).toBeVisible();
}

/** To another page as with Back and Forward, which no dialog is in the way of. */
async function turnTo(page: Page, path: string, heading: RegExp): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }, path);
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
}

const DIALOGS = "[role=dialog], [role=alertdialog]";

export function linesOf(rig: Rig): Record<Leg, FaultProxy> {
  return { browser: rig.browserLine, upstream: rig.upstreamLine };
}

export function seenOn(stage: Stage, leg: Leg) {
  return linesOf(stage.rig)[leg].seen.slice(stage.seenBefore[leg]);
}

/** The request of the operation, as often as it left the browser. */
export function sentOf(stage: Stage): SeenRequest[] {
  const { method, path } = stage.play.route;
  return seenOn(stage, "browser").filter((request) => request.method === method && path.test(request.url));
}

/**
 * Waits until all of this can be read on the screen, or in its dialogs alone, turning the page's clock forward when it
 * takes the page long.
 */
export async function untilSaid(stage: Stage, words: readonly string[], where = "body"): Promise<void> {
  const { page, context } = stage.rig;
  let looks = 0;
  await expect
    .poll(
      async () => {
        // Nothing that happens at once needs the clock; and what counts down is to be seen before it has.
        if (++looks > 8) await context.clock.fastForward(1_000);
        return page.evaluate(
          ([wanted, selector]) => {
            const shown = [...document.querySelectorAll<HTMLElement>(selector)].map((one) => one.innerText);
            return wanted.filter((one) => !shown.some((text) => text.includes(one)));
          },
          [[...words], where] as const,
        );
      },
      { intervals: [50], timeout: 20_000, message: "words that the screen does not say" },
    )
    .toEqual([]);
}

export async function press(stage: Stage): Promise<void> {
  stage.presses += 1;
  await stage.play.send(stage.rig.page);
}

/** The secret, where one is shown: read, and stored. */
export async function storeSecret(stage: Stage): Promise<void> {
  const dialog = stage.rig.page.getByRole("dialog", { name: "Database Token Created", exact: true });
  await dialog.getByRole("button", { name: "Show", exact: true }).click();
  stage.shownSecrets.push(await dialog.getByRole("code").innerText());
  await dialog.getByRole("button", { name: "I have stored it", exact: true }).click();
  await expect(dialog).toBeHidden();
  if (stage.operation !== "rotate") return;
  const steps = stage.rig.page
    .getByRole("dialog", { name: "Rotate Database Token", exact: true })
    .getByRole("list", { name: "Steps" });
  await expect(steps.locator("[aria-current=step]")).toContainText("Change clients over");
}

function keyOf(request: SeenRequest | undefined): string {
  return String(request?.headers["idempotency-key"]);
}

/** Nothing breaks any more; once more the same is done all the way. */
export async function again(stage: Stage): Promise<void> {
  const { play, name } = stage;
  const before = sentOf(stage).map(keyOf);
  await press(stage);
  await untilSaid(stage, [play.done(name)]);
  // A new attempt of the person at the screen is a new operation.
  expect(before).not.toContain(keyOf(sentOf(stage).at(-1)));
  await finish(stage, play.doneState);
}

/** What the cell says of the database, and every rule that holds always. */
export async function finish(stage: Stage, state: DatabaseState): Promise<void> {
  const { rig, before, name, play, operation } = stage;
  const secretDialog = rig.page.getByRole("dialog", { name: "Database Token Created", exact: true });
  if (state === "created" && (await secretDialog.isVisible())) await storeSecret(stage);
  const isDone = state !== "same" && state !== "stated";
  // What was just said may still be drawn, and a list that was just asked for may still come.
  await expect(async () => {
    const after = await storedTokens(rig.gateway);
    expectState(state, { before, after, name, operation });
    const screen = await shownScreen(rig.page);
    expect(rowFault(stage, state, screen), "the token's row").toBeUndefined();
    expect(
      violations({
        before,
        after,
        screen,
        browserLeg: seenOn(stage, "browser"),
        upstreamLeg: seenOn(stage, "upstream"),
        presses: stage.presses,
        secrets: [...rig.browserLine.secrets, ...rig.upstreamLine.secrets],
        shownSecrets: stage.shownSecrets,
        madeElsewhere: stage.madeElsewhere,
        typed: play.typed(name),
        isDone,
        bytes: await bytesOf(rig.gateway),
      }),
    ).toEqual([]);
  }).toPass({ intervals: [50, 100, 200], timeout: 5_000 });
  if (operation !== "rotate" || state !== "same" || stage.leg !== "browser") return;
  const begun = "SELECT state FROM rotations WHERE new_description = ?";
  expect(await rig.gateway.databaseRows(begun, play.typed(name) ?? "")).toEqual([]);
}

/** Whether the list agrees with what was done to the token, or not done. */
function rowFault({ operation, fault, name }: Stage, state: DatabaseState, { rows }: ShownScreen) {
  // A page that is loaded while it is done may have read the list before.
  if ((operation !== "revoke" && operation !== "suspend") || fault === "leaving") return undefined;
  const status = rows.find(({ description }) => description === name)?.status;
  const wanted = state === "revoked" ? undefined : state === "suspended" ? "Suspended" : "Active";
  return status === wanted ? undefined : `it is ${String(status)} in the list, and not ${String(wanted)}`;
}

/** Faults of the wire, after which everything is as it was: nothing is in the way of doing it again. */
const REPEATED: readonly PlacedCell["fault"][] = ["before", "forbidden", "limited", "offline"];

/** Faults that the page does not notice: nothing had to be found out. */
const UNNOTICED: readonly PlacedCell["fault"][] = ["resend", "twice"];

/** What a page asks when no clear answer came. */
const QUESTIONS = /\/settlement$|\/tokens\/[0-9a-f-]{36}$/;

/** Nothing closes a dialog while it is not known what happened: nobody tells it before Escape was pressed. */
async function pressAndEscape(stage: Stage): Promise<void> {
  const { rig, play } = stage;
  if (play.asks === undefined) {
    await press(stage);
    return;
  }
  const asking = rig.browserLine.fail({ path: QUESTIONS }, { kind: "hold" });
  await press(stage);
  await untilSaid(stage, [play.asks], DIALOGS);
  await rig.page.keyboard.press("Escape");
  asking.remove();
  asking.release();
}

/** What was refused can be left as it is. */
async function cancel({ rig: { page }, name }: Stage): Promise<void> {
  await page.locator(DIALOGS).getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(page.locator(DIALOGS)).toHaveCount(0);
  await expect(rowOf(tokensTable(page), name)).toHaveCount(1);
}

/** The button counts the pause down, nothing is sent until it is over, and nothing by itself after it. */
async function keepToPause(stage: Stage): Promise<void> {
  const { rig, play } = stage;
  const dialog = rig.page.locator(DIALOGS).last();
  await expect(dialog.getByRole("button", { name: / in \d+ s$/ })).toBeDisabled();
  await rig.page.keyboard.press("Enter");
  const field = dialog.getByRole("textbox", { name: /^Description/ });
  if (play.typed(stage.name) !== undefined) await field.press("Enter");
  await rig.context.clock.fastForward(61_000);
  await expect(play.button(rig.page) ?? dialog).toBeEnabled();
  expect(sentOf(stage)).toHaveLength(1);
}

/** What all faults of the wire have in common: opened, broken, sent, said, stored. */
export async function playOnTheWire(stage: Stage): Promise<void> {
  const { rig, play, name, fault, leg, operation } = stage;
  await play.open(rig.page, name);
  const rule = breakLine(linesOf(rig), { operation, fault, leg });
  if (fault === "offline") await rig.context.setOffline(true);
  if (fault === "twice") {
    stage.presses += 1;
    await play.button(rig.page)?.dblclick();
  } else if (fault === "before" && leg === "browser") await pressAndEscape(stage);
  else await press(stage);
  await untilSaid(stage, stage.words, stage.state === "same" && play.button(rig.page) ? DIALOGS : "body");
  // Where nothing is said of it, it may not have been sent yet.
  if (rule !== undefined) {
    await expect.poll(() => rule.taken, { message: "the fault was met" }).toBeGreaterThan(0);
  }
  await finish(stage, stage.state);
  if (UNNOTICED.includes(fault) && operation !== "list") {
    expect((await shownScreen(rig.page)).text).not.toContain(`${play.done(name)} (verified`);
  }
  if (fault === "twice") expect(sentOf(stage)).toHaveLength(operation === "bulk" ? BULK : 1);
  if (fault === "offline") expect(sentOf(stage)).toHaveLength(0);
  rule?.remove();
  if (fault === "offline") await rig.context.setOffline(false);
  const button = play.button(rig.page);
  if (stage.state !== "same" || button === undefined || leg === "upstream") return;
  if (fault === "conflict" && (operation === "revoke" || operation === "suspend")) await cancel(stage);
  if (!REPEATED.includes(fault) || operation === "bulk") return;
  if (fault === "limited") await keepToPause(stage);
  await again(stage);
}

/** Faults that leave nothing behind: no page that was loaded anew or signed out, nothing learned from a refusal. */
const STAYS: readonly PlacedCell["fault"][] = [
  "before",
  "lost",
  "cut",
  "resend",
  "twice",
  "missing",
  "conflict",
  "broken",
  "garbled",
  "slow",
  "drip",
];

/** After each cell that passed: one that failed takes its rig with it. */
export async function leaveStage({ rig, operation, fault, state, shownSecrets }: Stage): Promise<void> {
  // A page remembers what secret was lost, and speaks of it again.
  const isLost = state === "created" && shownSecrets.length === 0;
  rig.canStay = operation !== "list" && !isLost && STAYS.includes(fault);
  for (const line of [...Object.values(rig.wires), rig.browserLine, rig.upstreamLine]) line.clear();
  await rig.context.setOffline(false);
  expect(await rig.guards.faults(), "what no test may cause").toEqual([]);
}

/** The session that came after the first one has no token for the second cluster yet. */
async function giveCredential(rig: Rig): Promise<void> {
  const status = await rig.page.evaluate(async (managementToken) => {
    const answer = await fetch("/api/clusters/cloud/credential", {
      method: "POST",
      headers: {
        "X-Tokenward-Request": "interactive",
        "Content-Type": "application/json",
        "Idempotency-Key": crypto.randomUUID(),
      },
      body: JSON.stringify({ managementToken }),
    });
    return answer.status;
  }, rig.gateway.managementToken);
  expect(status).toBe(200);
  rig.needsCredential = false;
  // The page that is open was told that there is none.
  rig.canStay = false;
}
