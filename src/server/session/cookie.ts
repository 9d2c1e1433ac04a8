import type { Site } from "#server/site.ts";

/** The value of the session cookie of this site, or undefined. Other cookies are none of our business. */
export function readSessionCookie(header: string | null, site: Site): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const [name, ...value] = pair.trim().split("=");
    if (name === site.cookieName) return value.join("=");
  }
  return undefined;
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
