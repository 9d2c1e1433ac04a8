const PREFIX = "tokenward.";

/**
 * Signing out makes the browser clear this site's storage. How the screens look is no secret, and a person who signs
 * out does not mean to change it: call before, and call what it returns after.
 */
export function keepPreferences(): () => void {
  const kept = Object.entries(localStorage).filter(([key]) => key.startsWith(PREFIX));
  return () => {
    for (const [key, value] of kept) localStorage.setItem(key, String(value));
  };
}
