import { expect, type Locator, type Page } from "@playwright/test";
import type { GatewayProcess } from "./gateway-process.ts";
import { drawnRows } from "./table.ts";

export function activityTable(page: Page): Locator {
  return page.getByRole("table", { name: "Activity", exact: true });
}

/** The page of the own cluster's activity. `search` begins with `?`. */
export async function openActivity(page: Page, { url }: GatewayProcess, search = ""): Promise<Locator> {
  await page.goto(`${url}/clusters/own/activity${search}`);
  const table = activityTable(page);
  await expect(table).toBeAttached();
  return table;
}

/** The sheet of the newest deed that is drawn. */
export async function openNewest(table: Locator): Promise<Locator> {
  await drawnRows(table).first().click();
  const sheet = table.page().getByRole("dialog");
  await sheet.waitFor();
  return sheet;
}

/** A token's life by the API: created, edited, suspended, restored, edited in vain and revoked. Gives its id. */
export async function liveAndDie(gateway: GatewayProcess, description: string): Promise<string> {
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    gateway.api(`/api/v0/tokens${path}`, { method, body, headers });
  const permissions = [
    { action: "read", resource: "builds" },
    { action: "write", resource: "builds" },
    { action: "read", resource: "sensors" },
  ];
  const { id } = (await ask("POST", "", { description, permissions })).json() as { id: string };
  const fewer = [...permissions.slice(1), { action: "read", resource: "*" }];
  await ask("PATCH", `/${id}`, { description: `${description} 2`, permissions: fewer });
  await ask("POST", `/${id}/suspension`);
  await ask("DELETE", `/${id}/suspension`);
  const refused = await ask("PATCH", `/${id}`, { description: "late" }, { "If-Match": '"stale"' });
  expect(refused.status).toBe(412);
  await ask("DELETE", `/${id}`);
  return id;
}
