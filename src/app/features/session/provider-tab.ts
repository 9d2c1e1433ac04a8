import { readStored, writeStored } from "#app/ui/stored.ts";

/** When a page of ours opened a tab that is to go to the identity provider by itself; milliseconds. */
const KEY = "tokenward.provider-tab";

/** As long as a tab may take to open, in milliseconds. */
const LIFE = 60_000;

/** Opens a tab for signing in at the identity provider alone. */
export function openProviderTab(): void {
  writeStored(KEY, String(Date.now()));
  window.open("/sign-in?provider", "_blank", "noopener");
}

/**
 * Whether a page of ours has just opened this tab, which is true once: a link from elsewhere may have the same address, and
 * must put nobody's session in place of another one without a click.
 */
export function isProviderTab(): boolean {
  const age = Date.now() - Number(readStored(KEY) ?? NaN);
  writeStored(KEY, null);
  return age >= 0 && age < LIFE;
}
