import type { BrowserContext, Locator, Page } from "@playwright/test";
import type { Token } from "#contract/token.ts";
import type { GatewayProcess } from "#e2e/gateway-process.ts";

/**
 * One application in the bench. All of them show the same list of the same gateway; each is measured by what is on
 * its screen. A further one is a file beside this one and a line in run.ts.
 *
 * The table must be marked up as such (role or element): `aria-rowcount` counts all rows and the header, drawn rows
 * carry `aria-rowindex`, and headers `aria-sort`. That is how the probe in the page sees what is shown.
 */
export interface BenchedApp {
  readonly name: string;
  /** Serves the application over this gateway's list. Building is done here, once a size. */
  serve(gateway: GatewayProcess): Promise<ServedApp>;
}

export interface ServedApp {
  /** The address of the list, active tokens only, ordered by id. */
  readonly url: string;
  /** Makes a fresh browser profile one that is signed in. Not measured. */
  signIn(context: BrowserContext): Promise<void>;
  search(page: Page): Locator;
  sortButton(page: Page, column: "Description" | "Created At"): Locator;
  /** Does everything up to the click that revokes and returns what to click: that click is where time starts. */
  prepareRevoke(page: Page, token: Token): Promise<Locator>;
  stop(): Promise<void>;
}
