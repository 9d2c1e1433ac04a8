import { expect, type Locator, type Page } from "@playwright/test";

export type TablePage = "Database Tokens" | "Management Tokens";
export type TokenKind = "Database" | "Management";

/** The table of a page. Only the rows in its window are in the document: search for a row before asking for it. */
export function tokensTable(page: Page, name: TablePage = "Database Tokens"): Locator {
  return page.getByRole("table", { name, exact: true });
}

/** How many rows the table has, drawn or not. Waits until all of them are there. */
export async function rowCount(table: Locator): Promise<number> {
  await expect(table).not.toHaveAttribute("aria-rowcount", "-1");
  return Number(await table.getAttribute("aria-rowcount")) - 1;
}

export async function expectRowCount(table: Locator, count: number): Promise<void> {
  await expect(table).toHaveAttribute("aria-rowcount", String(count + 1));
}

/** Rows with tokens in them that are drawn now, without the header's. */
export function drawnRows(table: Locator): Locator {
  return table.getByRole("row").filter({ has: table.page().getByRole("cell") });
}

/** The row of the token with exactly this description (as the screen shows it). */
export function rowOf(table: Locator, description: string): Locator {
  return drawnRows(table).filter({ has: optionsButton(table.page(), description) });
}

/** The headers' words from left to right. */
export async function headers(table: Locator): Promise<string[]> {
  const texts = await table.getByRole("columnheader").allTextContents();
  return texts.map((text) => text.trim());
}

/** The cell of a row under a header. */
export async function cellUnder(table: Locator, row: Locator, header: string): Promise<Locator> {
  const position = (await headers(table)).indexOf(header);
  if (position === -1) throw new Error(`There is no column ${header}: ${(await headers(table)).join(", ")}`);
  return row.getByRole("cell").nth(position);
}

/**
 * What the cells of one column say in the drawn rows, from top to bottom; nothing where there is no such column. Read at one
 * moment: columns come and go with what is listed.
 */
export async function columnTexts(table: Locator, header: string): Promise<string[]> {
  const rows = await table.evaluateAll(([element], wanted) => {
    const headings = [...(element?.querySelectorAll("[role=columnheader], th") ?? [])];
    const position = headings.findIndex(({ textContent }) => textContent.trim() === wanted);
    return [...(element?.querySelectorAll("[role=row], tr") ?? [])].flatMap((row) => {
      const cell = [...row.querySelectorAll("[role=cell], td")][position];
      const index = Number(row.getAttribute("aria-rowindex"));
      return cell === undefined ? [] : [{ index, text: cell.textContent.trim() }];
    });
  }, header);
  return rows.sort((left, right) => left.index - right.index).map(({ text }) => text);
}

export async function sortByHeader(table: Locator, header: string): Promise<void> {
  await table.getByRole("columnheader", { name: header }).getByRole("button").click();
}

export async function expectSortedBy(
  table: Locator,
  header: string,
  direction: "ascending" | "descending",
): Promise<void> {
  await expect(table.getByRole("columnheader", { name: header })).toHaveAttribute("aria-sort", direction);
}

export function searchBox(page: Page): Locator {
  return page.getByRole("searchbox", { name: "Search", exact: true });
}

/** Types into Search and gives the one row with this description. */
export async function findToken(
  page: Page,
  description: string,
  table = tokensTable(page),
): Promise<Locator> {
  await searchBox(page).fill(description);
  const row = rowOf(table, description);
  await expect(row).toHaveCount(1);
  return row;
}

export function optionsButton(page: Page | Locator, description: string): Locator {
  return page.getByRole("button", { name: `Options for ${description}`, exact: true });
}

/** Opens a row's options menu. */
export async function openOptions(row: Locator): Promise<Locator> {
  await row.getByRole("button", { name: /^Options for / }).click();
  const menu = row.page().getByRole("menu");
  await expect(menu).toBeVisible();
  return menu;
}

export interface RevokeDialog {
  root: Locator;
  understood: Locator;
  cancel: Locator;
  revoke: Locator;
}

export function revokeDialog(page: Page, kind: TokenKind = "Database"): RevokeDialog {
  const root = page.getByRole("dialog", { name: `Revoke ${kind} Token`, exact: true });
  return {
    root,
    understood: root.getByRole("checkbox", { name: "I understand the risk of this action", exact: true }),
    cancel: root.getByRole("button", { name: "Cancel", exact: true }),
    revoke: root.getByRole("button", { name: "Revoke Token", exact: true }),
  };
}

/** Options, Revoke Token: the dialog is open afterwards and nothing is done yet. */
export async function askToRevoke(row: Locator, kind: TokenKind = "Database"): Promise<RevokeDialog> {
  const menu = await openOptions(row);
  await menu.getByRole("menuitem", { name: "Revoke Token" }).click();
  const dialog = revokeDialog(row.page(), kind);
  await expect(dialog.root).toBeVisible();
  return dialog;
}

/** Ticks the box and presses the button. */
export async function confirmRevoke(dialog: RevokeDialog): Promise<void> {
  await dialog.understood.check();
  await dialog.revoke.click();
}

/** The page comes back to the front: what it shows is read again. */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
}
