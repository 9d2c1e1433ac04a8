import { safeReturnPath } from "#app/paths.ts";

const KEY = "tokenward.return";

/** Remembers, for this tab, where to go after signing in: a sign-in link has no room for it. */
export function rememberReturnPath(path: string): void {
  sessionStorage.setItem(KEY, path);
}

export function recallReturnPath(): string | undefined {
  return safeReturnPath(sessionStorage.getItem(KEY), window.location.origin);
}

export function forgetReturnPath(): void {
  sessionStorage.removeItem(KEY);
}
