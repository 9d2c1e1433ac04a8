/**
 * The one-time code of a sign-in link, taken out of the address bar and the history before anything else runs.
 * It is kept in memory until it is spent, once.
 */
let code: string | undefined;

/** Call before the router reads the address. */
export function takeSignInCode(location: Location, history: History): void {
  if (location.pathname !== "/sign-in") return;
  const params = new URLSearchParams(location.search);
  const found = params.get("code");
  if (found === null) return;
  params.delete("code");
  const rest = params.size === 0 ? "" : `?${params}`;
  history.replaceState(null, "", location.pathname + rest);
  code = found;
}

/** The code, the first time it is asked for. */
export function spendSignInCode(): string | undefined {
  const spent = code;
  code = undefined;
  return spent;
}
