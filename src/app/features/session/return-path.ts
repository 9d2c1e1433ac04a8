import { safeReturnPath } from "#app/paths.ts";
import { readStored, writeStored } from "#app/ui/stored.ts";

const KEY = "tokenward.return";
const thisTab = () => sessionStorage;

/** Remembers, for this tab, where to go after signing in: a sign-in link has no room for it. */
export function rememberReturnPath(path: string): void {
  writeStored(KEY, path, thisTab);
}

export function recallReturnPath(): string | undefined {
  return safeReturnPath(readStored(KEY, thisTab), window.location.origin);
}

export function forgetReturnPath(): void {
  writeStored(KEY, null, thisTab);
}
