import type { BrowserContext, Locator, Page } from "@playwright/test";
import type { Token } from "#contract/token.ts";
import type { GatewayProcess } from "#e2e/gateway-process.ts";

/** The list as Tokenward asks for it; the pages of the peers ask for the same. */
export const LIST_PATH =
  "/api/v0/accounts/11111111-1111-4111-8111-111111111111/clusters/33333333-3333-4333-8333-333333333333/tokens";

/** As the report prints them and the limits name them. */
export const appNames = {
  tokenward: "Tokenward",
  tanstack: "plain TanStack Table",
  byHand: "page without a framework",
} as const;

/**
 * One application in the bench. All of them show the same list of the same gateway; each is measured by what is on
 * its screen. A further one is a file beside this one and a line in run.ts.
 *
 * The table must be marked up as such (role or element): `aria-rowcount` counts all rows and the header, or is -1
 * while rows are still coming; drawn rows carry `aria-rowindex`, and headers `aria-sort`. The search box is an
 * `input` of type search. That is how the probe in the page sees what is shown.
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
  /**
   * Revokes these past the page, and has it read its list again; gives what waits until it says so. Not there where a
   * page never does.
   */
  refresh?(page: Page, changed: readonly Token[]): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}
