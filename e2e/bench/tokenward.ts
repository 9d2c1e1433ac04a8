import { REQUEST_HEADER } from "#contract/headers.ts";
import { appNames, type BenchedApp, LIST_PATH } from "./app.ts";

/** Tokenward as it is served: the built application behind its own gateway. */
export const tokenward: BenchedApp = {
  name: appNames.tokenward,
  serve: (gateway) =>
    Promise.resolve({
      url: `${gateway.url}/clusters/own/database-tokens`,
      async signIn(context) {
        const answer = await context.request.post(`${gateway.url}/api/session`, {
          data: { method: "management_token", managementToken: gateway.managementToken },
          headers: { [REQUEST_HEADER]: "interactive", Origin: gateway.url },
        });
        if (!answer.ok()) throw new Error(`Could not sign in: ${await answer.text()}`);
      },
      search: (page) => page.getByRole("searchbox", { name: "Search", exact: true }),
      sortButton: (page, column) => page.getByRole("columnheader", { name: column }).getByRole("button"),
      async prepareRevoke(page, token) {
        const name = `Options for ${token.description}`;
        await page.getByRole("button", { name, exact: true }).first().click();
        await page.getByRole("menuitem", { name: "Revoke Token" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("checkbox").check();
        return dialog.getByRole("button", { name: "Revoke Token", exact: true });
      },
      async refresh(page, changed) {
        for (const { id } of changed) await gateway.api(`${LIST_PATH}/${id}`, { method: "DELETE" });
        // As when somebody comes back to it.
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
        return () => page.getByText(`${String(changed.length)} changes since`).waitFor();
      },
      stop: () => Promise.resolve(),
    }),
};
