import { readStored, writeStored } from "#app/ui/stored.ts";

const PREFERENCES = ["tokenward.theme", "tokenward.rail", "tokenward.single-keys"];

/**
 * Signing out makes the browser clear this site's storage. How the screens look is no secret, and a person who signs
 * out does not mean to change it: call before, and call what it returns after.
 */
export function keepPreferences(): () => void {
  const kept = PREFERENCES.map((key) => [key, readStored(key)] as const);
  return () => {
    for (const [key, value] of kept) if (value !== null) writeStored(key, value);
  };
}
