import type { Locator, Page } from "@playwright/test";
import { descriptionField, openChange } from "#e2e/change-dialogs.ts";
import {
  askToRevoke,
  comeBack,
  expectRowCount,
  findToken,
  openOptions,
  searchBox,
  tokensTable,
} from "#e2e/table.ts";
import type { DatabaseState, Operation } from "./matrix.ts";
import { BULK } from "./rig.ts";

/** Paths without the query; the same on both legs but for what stands before "/tokens". */
const LIST = /\/tokens(\?|$)/;
const TOKEN = /\/tokens\/[0-9a-f-]{36}$/;
const SUSPENSION = /\/suspension$/;
const ROTATIONS = /\/rotations$/;

interface Route {
  method: string;
  path: RegExp;
}

/** How an operation is done at the screen. */
export interface Play {
  /** The request in question, as it leaves the browser, and as it leaves the gateway. */
  route: Route;
  upstream: Route;
  /** Everything up to the press that sends it. */
  open(page: Page, name: string): Promise<void>;
  /** The control that sends it; undefined where it is sent by itself. */
  button(page: Page): Locator | undefined;
  send(page: Page): Promise<void>;
  /** What the dialog says after no clear answer, until it has found out what is true. */
  asks?: string;
  /** What the screen says when it is done. */
  done(name: string): string;
  doneState: DatabaseState;
  /** What was typed, which no error may take away. */
  typed(name: string): string | undefined;
}

const READING = "No clear answer came. Reading the token to see what is true";

function dialogButton(page: Page, title: string, name: string): Locator {
  return page.getByRole("dialog", { name: title, exact: true }).getByRole("button", { name, exact: true });
}

const bulkDialog = (page: Page) => page.getByRole("dialog", { name: "Revoke Tokens", exact: true });

function pressed(button: (page: Page) => Locator): Pick<Play, "button" | "send"> {
  return { button, send: (page) => button(page).click() };
}

export const plays: Readonly<Record<Operation, Play>> = {
  list: {
    route: { method: "GET", path: LIST },
    upstream: { method: "GET", path: LIST },
    open: async (page, name) => {
      // The one that has expired is listed among the inactive ones only.
      if (name.includes("clocks")) await page.getByRole("switch", { name: "Show Inactive Tokens" }).check();
      await findToken(page, name);
    },
    button: () => undefined,
    send: comeBack,
    done: () => "",
    doneState: "same",
    typed: (name) => name,
  },

  revoke: {
    route: { method: "DELETE", path: TOKEN },
    upstream: { method: "DELETE", path: TOKEN },
    open: async (page, name) => {
      const dialog = await askToRevoke(await findToken(page, name));
      await dialog.understood.check();
    },
    ...pressed((page) => dialogButton(page, "Revoke Database Token", "Revoke Token")),
    asks: READING,
    done: (name) => `Revoked "${name}"`,
    doneState: "revoked",
    typed: () => undefined,
  },

  bulk: {
    route: { method: "DELETE", path: TOKEN },
    upstream: { method: "DELETE", path: TOKEN },
    open: async (page, name) => {
      await searchBox(page).fill(name);
      const table = tokensTable(page);
      await expectRowCount(table, BULK);
      await table.getByRole("checkbox", { name: `Select all ${String(BULK)} that match` }).click();
      await page
        .getByRole("group", { name: "Selection" })
        .getByRole("button", { name: "Revoke Tokens…" })
        .click();
      await bulkDialog(page)
        .getByRole("textbox", { name: `Type ${String(BULK)} to confirm` })
        .fill(String(BULK));
    },
    ...pressed((page) => bulkDialog(page).getByRole("button", { name: `Revoke ${String(BULK)} Tokens` })),
    done: () => `${String(BULK)} tokens: ${String(BULK)} revoked`,
    doneState: "allRevoked",
    typed: () => undefined,
  },

  create: {
    route: { method: "POST", path: LIST },
    upstream: { method: "POST", path: LIST },
    open: async (page, name) => {
      await page.getByRole("button", { name: "Add Database Token", exact: true }).click();
      const form = page.getByRole("dialog", { name: "Add Database Token", exact: true });
      await form.getByRole("textbox", { name: "Description", exact: true }).fill(name);
      await form.getByRole("combobox", { name: "Add Permission" }).fill("builds");
      await form.getByRole("option").first().click();
    },
    ...pressed((page) => dialogButton(page, "Add Database Token", "Create Token")),
    asks: "No clear answer came. Asking the gateway what is true",
    done: () => "Database Token Created",
    doneState: "created",
    typed: (name) => name,
  },

  rotate: {
    route: { method: "POST", path: ROTATIONS },
    upstream: { method: "POST", path: LIST },
    open: async (page, name) => {
      const menu = await openOptions(await findToken(page, name));
      await menu.getByRole("menuitem", { name: "Rotate Token" }).click();
      await page
        .getByRole("dialog", { name: "Rotate Database Token", exact: true })
        .getByRole("textbox", { name: "Description of the replacement" })
        .fill(`${name}, replaced`);
    },
    ...pressed((page) => dialogButton(page, "Rotate Database Token", "Create Replacement")),
    asks: "No clear answer came. Asking what became of it",
    done: () => "Database Token Created",
    doneState: "created",
    typed: (name) => `${name}, replaced`,
  },

  update: {
    route: { method: "PATCH", path: TOKEN },
    upstream: { method: "PATCH", path: TOKEN },
    open: async (page, name) => {
      const dialog = await openChange(await findToken(page, name), "Edit Token");
      await descriptionField(dialog).fill(`${name}, changed`);
    },
    ...pressed((page) => dialogButton(page, "Edit Token", "Save Changes")),
    asks: READING,
    done: (name) => `Saved "${name}, changed"`,
    doneState: "changed",
    typed: (name) => `${name}, changed`,
  },

  suspend: {
    route: { method: "POST", path: SUSPENSION },
    upstream: { method: "PATCH", path: TOKEN },
    open: async (page, name) => {
      await openChange(await findToken(page, name), "Suspend Token");
    },
    ...pressed((page) => dialogButton(page, "Suspend Token", "Suspend Token")),
    asks: READING,
    done: (name) => `Suspended "${name}"`,
    doneState: "suspended",
    typed: () => undefined,
  },
};
