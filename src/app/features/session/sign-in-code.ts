/**
 * The query that came with the address: the one-time code of a sign-in link, or an identity provider's answer. Taken out
 * of the address bar and the history before anything else runs, and kept in memory until it is spent, once.
 */
let found: string | undefined;

/** Call before the router reads the address. */
export function takeSignInCode({ pathname, search }: Location, history: History): void {
  if (pathname !== "/sign-in" || !/[?&](code|state)=/.test(search)) return;
  history.replaceState(null, "", pathname);
  found = search;
}

/** The query, the first time it is asked for. */
export function spendSignInCode(): string | undefined {
  const spent = found;
  found = undefined;
  return spent;
}
