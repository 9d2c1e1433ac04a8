/** The addresses of the screens. Slugs are ours; ids may hold anything and are encoded. */
export const paths = {
  home: "/",
  signIn: "/sign-in",
  databaseTokens: (slug: string) => `/clusters/${encodeURIComponent(slug)}/database-tokens`,
  managementTokens: (slug: string) => `/clusters/${encodeURIComponent(slug)}/management-tokens`,
  activity: (slug: string) => `/clusters/${encodeURIComponent(slug)}/activity`,
  token: (kind: "database" | "management", slug: string, id: string) =>
    `/clusters/${encodeURIComponent(slug)}/${kind}-tokens/${encodeURIComponent(id)}`,
} as const;

/** A path of our own to return to after signing in, or undefined for anything that leads elsewhere. */
export function safeReturnPath(path: string | null, origin: string): string | undefined {
  if (path === null || !path.startsWith("/") || path.startsWith("//") || path.includes("\\"))
    return undefined;
  const url = URL.parse(path, origin);
  if (url === null || url.origin !== origin || url.pathname === paths.signIn) return undefined;
  return url.pathname + url.search;
}

export function signInPath(returnTo: string): string {
  return returnTo === paths.home
    ? paths.signIn
    : `${paths.signIn}?${new URLSearchParams({ return: returnTo })}`;
}
