import { expect, type Locator, type Page } from "@playwright/test";
import { openOptions } from "./table.ts";

/** The dialogs that change one token, by what a person does in them. */

export interface ChangeDialog {
  root: Locator;
  /** A button of it by its whole name. */
  button: (name: string) => Locator;
  /** A part of it by its heading: "Taken away", "Granted", "Unchanged". */
  part: (name: string) => Locator;
}

export function changeDialog(
  page: Page,
  title: "Edit Token" | "Suspend Token" | "Restore Token",
): ChangeDialog {
  const root = page.getByRole("dialog", { name: title, exact: true });
  return {
    root,
    button: (name) => root.getByRole("button", { name, exact: true }),
    part: (name) => root.getByRole("region", { name, exact: true }),
  };
}

/** Options, and what is called the same as the dialog: open afterwards, and the token is read. */
export async function openChange(
  row: Locator,
  title: "Edit Token" | "Suspend Token" | "Restore Token",
): Promise<ChangeDialog> {
  const menu = await openOptions(row);
  await menu.getByRole("menuitem", { name: title, exact: true }).click();
  const dialog = changeDialog(row.page(), title);
  await expect(dialog.root).toBeVisible();
  await expect(dialog.root.getByText("The token is being read.")).toHaveCount(0);
  return dialog;
}

export function descriptionField(dialog: ChangeDialog): Locator {
  return dialog.root.getByRole("textbox", { name: "Description", exact: true });
}

/** A tick of the permission picker: `tick(dialog, "sensors", "Read")`. */
export function tick(dialog: ChangeDialog, database: string, action: "Read" | "Write"): Locator {
  return dialog.root
    .getByRole("group", { name: database, exact: true })
    .getByRole("checkbox", { name: action, exact: true });
}

/** Adds a database to the picker, which grants Read, and sets its ticks. */
export async function grant(
  dialog: ChangeDialog,
  database: string,
  actions: readonly ("Read" | "Write")[],
): Promise<void> {
  const search = dialog.root.getByRole("combobox", { name: "Add Permission" });
  await search.fill(database);
  await dialog.root.getByRole("option", { name: database }).first().click();
  await tick(dialog, database, "Read").setChecked(actions.includes("Read"));
  await tick(dialog, database, "Write").setChecked(actions.includes("Write"));
}
