import type { EarlyAnswer } from "./http.ts";

/** The list that the page's first script asked for, when it is the one at this path. Given out once. */
export function takeEarlyList(path: string): EarlyAnswer | undefined {
  const early = globalThis.window?.tokenwardEarlyList;
  if (early === undefined) return undefined;
  delete window.tokenwardEarlyList;
  if (early.path === path) return early;
  early.abort.abort();
  return undefined;
}
