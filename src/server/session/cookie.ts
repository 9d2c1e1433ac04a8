import type { Site } from "#server/site.ts";

/** Each costs a look into the database. */
const MAX_COOKIES = 5;

/**
 * The values of the session cookies of this site, none of them empty, the first five. There may be several: another
 * path, or on plain http another service of the same host, can put one before ours. Other cookies are none of our
 * business.
 */
export function readSessionCookies(header: string | null, site: Site): string[] {
  const values = new Set<string>();
  for (const pair of header?.split(";") ?? []) {
    const [name, ...value] = pair.trim().split("=");
    if (name === site.cookieName && value.join("=") !== "") values.add(value.join("="));
  }
  return [...values].slice(0, MAX_COOKIES);
}

/** Without an age: the browser forgets it when it closes, and the limits live on the server. */
export function sessionCookie(id: string, site: Site): string {
  return `${site.cookieName}=${id}; ${attributes(site)}`;
}

export function expiredSessionCookie(site: Site): string {
  return `${site.cookieName}=; Max-Age=0; ${attributes(site)}`;
}

function attributes(site: Site): string {
  return `Path=/; HttpOnly; SameSite=Strict${site.secure ? "; Secure" : ""}`;
}
