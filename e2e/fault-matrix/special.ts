import { comeBack, rowOf, tokensTable } from "#e2e/table.ts";
import { linesOf, finish, playOnTheWire, press, again, seenOn, untilSaid, type Stage } from "./scenario.ts";
import { BULK, expect } from "./rig.ts";
import { breakLine } from "./breaking.ts";
import type { Fault, Operation } from "./matrix.ts";

type Special = (stage: Stage) => Promise<void>;

/** The rows are there, and nothing says that they are old. */
async function expectFreshRows({ rig: { page }, name }: Stage): Promise<void> {
  await expect(page.getByText(/^Not refreshed since/)).toBeHidden();
  await expect(rowOf(tokensTable(page), name)).toBeVisible();
}

/** Old rows with their age stay on the screen, and Retry mends it. */
const oldRows: Special = async (stage) => {
  const { rig, name } = stage;
  await playOnTheWire(stage);
  await expect(rowOf(tokensTable(rig.page), name)).toBeVisible();
  rig.browserLine.clear();
  rig.upstreamLine.clear();
  await rig.page.getByRole("button", { name: "Retry" }).click();
  await expectFreshRows(stage);
};

/** Within the head of an answer; what the proxy passes on is longer than that. */
const CUT_AFTER_BYTES = 60;

/** The answer is on its way when its connection breaks: below HTTP, where nobody can say what the rest would have been. */
const cut: Special = async (stage) => {
  const { rig, play, name, leg, operation } = stage;
  await play.open(rig.page, name);
  const held = linesOf(rig)[leg].fail(leg === "browser" ? play.route : play.upstream, { kind: "hold" });
  await press(stage);
  await expect.poll(() => held.taken).toBeGreaterThan(0);
  // A list is asked for again by itself; a change has its answers cut, and what is read after it is left alone.
  const times = operation === "list" ? undefined : operation === "bulk" ? BULK : 1;
  const rule = rig.wires[leg].fail({
    kind: "reset",
    afterBytes: CUT_AFTER_BYTES,
    ...(times === undefined ? {} : { times }),
  });
  held.release();
  await untilSaid(stage, stage.words);
  expect(rule.taken, "the connection was cut").toBeGreaterThan(0);
  rule.remove();
  await finish(stage, stage.state);
  if (operation !== "list") return;
  await rig.page.getByRole("button", { name: "Retry" }).click();
  await expectFreshRows(stage);
};

const listTwice: Special = async (stage) => {
  const { rig, play, name } = stage;
  await play.open(rig.page, name);
  const rule = breakLine(linesOf(rig), { operation: "list", fault: "broken", leg: "browser" });
  await press(stage);
  await untilSaid(stage, ["Not refreshed since"]);
  rule?.remove();
  const asked = rig.browserLine.requests("GET", play.route.path).length;
  await rig.page.getByRole("button", { name: "Retry" }).dblclick();
  await expectFreshRows(stage);
  expect(rig.browserLine.requests("GET", play.route.path)).toHaveLength(asked + 1);
  await finish(stage, stage.state);
};

/** It is asked for a pause, keeps to it, and goes on by itself. */
const listLimited: Special = async (stage) => {
  const { rig, play, name } = stage;
  await play.open(rig.page, name);
  const rule = breakLine(linesOf(rig), stage);
  await press(stage);
  await expect.poll(() => rule?.taken).toBe(1);
  const asked = rig.browserLine.requests("GET", play.route.path).length;
  await rig.context.clock.fastForward(20_000);
  expect(rig.browserLine.requests("GET", play.route.path)).toHaveLength(asked);
  await rig.context.clock.fastForward(45_000);
  await expect.poll(() => rig.browserLine.requests("GET", play.route.path).length).toBeGreaterThan(asked);
  await expectFreshRows(stage);
  await finish(stage, stage.state);
};

const listClocks: Special = async (stage) => {
  const { rig, play, name, words } = stage;
  await rig.context.clock.setSystemTime(Date.now() - 86_400_000);
  try {
    await rig.page.reload();
    await play.open(rig.page, name);
    await expect(rowOf(tokensTable(rig.page), name)).toContainText(words[0] ?? "");
    await finish(stage, stage.state);
  } finally {
    await rig.context.clock.setSystemTime(Date.now());
  }
};

const listKilled: Special = async (stage) => {
  const { rig, play, name, words } = stage;
  await play.open(rig.page, name);
  await rig.gateway.kill();
  await comeBack(rig.page);
  await untilSaid(stage, words);
  await expect(rowOf(tokensTable(rig.page), name)).toBeVisible();
  await rig.gateway.restart();
  await rig.page.getByRole("button", { name: "Retry" }).click();
  await expectFreshRows(stage);
  await finish(stage, stage.state);
};

/** Nobody answers any more: not known. Once somebody does, it is found out, and nothing was done. */
const killed =
  (...words: readonly string[]): Special =>
  async (stage) => {
    const { rig, play, name } = stage;
    await play.open(rig.page, name);
    await rig.gateway.kill();
    await press(stage);
    await untilSaid(stage, stage.words.slice(0, 1));
    await rig.gateway.restart();
    await rig.page.getByRole("button", { name: "Check again" }).click();
    await untilSaid(stage, words);
    await finish(stage, stage.state);
    await again(stage);
  };

/** The page goes while the answer is on its way: what was done is there when it comes back, once. */
const leaving: Special = async (stage) => {
  const { rig, play, name } = stage;
  await play.open(rig.page, name);
  const holding = rig.browserLine.fail(play.route, { kind: "hold" });
  await press(stage);
  await expect.poll(() => holding.taken).toBe(1);
  const cdp = await rig.context.newCDPSession(rig.page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 12 });
  await rig.page.reload();
  holding.remove();
  holding.release();
  await expect(async () => finish(stage, stage.state)).toPass({ timeout: 10_000 });
  await expect(rig.page.getByText(/^[\d,]+ tokens, [\d,]+ active, \d shown$/)).toBeVisible();
  const row = rowOf(tokensTable(rig.page), name);
  await expect(async () => {
    // The first list may be from before it was done, and as long as that one comes no other is asked for.
    await comeBack(rig.page);
    if (stage.state === "revoked") await expect(row).toHaveCount(0, { timeout: 1_000 });
    else await expect(row).toContainText("Suspended", { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
};

/** Whoever is signed out in the middle signs in over the dialog, which is kept, and sends it then. */
const session: Special = async (stage) => {
  const { rig, play, name, operation, words } = stage;
  const { page } = rig;
  await play.open(page, name);
  await page.evaluate(() =>
    fetch("/api/session", { method: "DELETE", headers: { "X-Tokenward-Request": "interactive" } }),
  );
  await press(stage);
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Management token").fill(rig.gateway.managementToken);
  await finish({ ...stage, words: [] }, "same");
  await ended.getByRole("button", { name: "Sign in" }).click();
  rig.needsCredential = true;
  await expect(ended).toBeHidden();
  if (operation === "list") {
    await expectFreshRows(stage);
    await finish(stage, "same");
    return;
  }
  await untilSaid(stage, words);
  await finish(stage, stage.state);
  // The consent was for another moment.
  if (operation === "revoke") {
    await expect(play.button(page) ?? page.locator("none")).toBeDisabled();
    const understood = page.getByRole("checkbox", { name: "I understand the risk of this action" });
    await expect(understood).not.toBeChecked();
    await understood.check();
  }
  await again(stage);
};

const createOthers: Special = async (stage) => {
  const { rig, play, name, words } = stage;
  const made = await rig.gateway.api("/api/v0/tokens", { method: "POST", body: { description: name } });
  const listed = (await rig.gateway.api("/api/v0/tokens")).json();
  expect(made.status).toBe(200);
  if (!Array.isArray(listed)) throw new Error("The list is none.");
  for (const token of listed as { id: string; description: string }[]) {
    if (token.description === name) stage.madeElsewhere.push(token.id);
  }
  await comeBack(rig.page);
  await expect(rig.page.getByText(/^[\d,]+ tokens, [\d,]+ active$/)).toBeVisible();
  await play.open(rig.page, name);
  await untilSaid(stage, words);
  // It is a warning: both may exist.
  await press(stage);
  await untilSaid(stage, [play.done(name)]);
  const shown = rig.page.getByRole("dialog", { name: "Database Token Created", exact: true });
  await expect(shown).toBeVisible();
  await finish({ ...stage, before: [...stage.before, ...(await newTokens(stage))] }, "created");
};

async function newTokens({ rig, madeElsewhere }: Stage) {
  const { storedTokens } = await import("#e2e/invariants.ts");
  return (await storedTokens(rig.gateway)).filter(({ id }) => madeElsewhere.includes(id));
}

const createHostile: Special = async (stage) => {
  const { rig, play, name, words } = stage;
  await play.open(rig.page, name);
  const field = rig.page
    .getByRole("dialog", { name: "Add Database Token", exact: true })
    .getByRole("textbox", { name: "Description", exact: true });
  for (const hostile of [`${name} \u0000`, `${name} \ud800`]) {
    await field.evaluate((input, text) => {
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
      set?.call(input, text);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, hostile);
    await press(stage);
    await untilSaid(stage, words);
    expect(await field.inputValue(), "what was typed stays").toBe(hostile);
  }
  await field.fill(name);
  const sent = seenOn(stage, "browser").filter(
    ({ method, url }) => method === "POST" && url.endsWith("/tokens"),
  );
  expect(sent).toEqual([]);
  await finish(stage, stage.state);
};

const LIST_ON_THE_WIRE: readonly Fault[] = [
  "before",
  "credential",
  "forbidden",
  "missing",
  "broken",
  "garbled",
  "slow",
];

/** How a cell is played. */
export function specialFor(operation: Operation, fault: Fault): Special {
  if (fault === "session") return session;
  if (fault === "leaving") return leaving;
  if (fault === "cut") return cut;
  if (operation === "list") {
    if (LIST_ON_THE_WIRE.includes(fault)) return oldRows;
    if (fault === "offline") return listOffline;
    if (fault === "twice") return listTwice;
    if (fault === "limited") return listLimited;
    if (fault === "clocks") return listClocks;
    if (fault === "killed") return listKilled;
    if (fault === "resend") {
      return async (stage) => {
        await playOnTheWire(stage);
        await expectFreshRows(stage);
      };
    }
  }
  if (operation === "create" && fault === "others") return createOthers;
  if (operation === "create" && fault === "hostile") return createHostile;
  if (fault === "killed") {
    if (operation === "revoke") return killed("The token was not revoked.");
    if (operation === "update") return killed("The changes were not saved.");
    if (operation === "suspend") return killed("The token was not suspended.");
  }
  return playOnTheWire;
}

const listOffline: Special = async (stage) => {
  await playOnTheWire(stage);
  await stage.rig.page.getByRole("button", { name: "Retry" }).click();
  await expectFreshRows(stage);
};
