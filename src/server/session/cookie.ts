import type { Site } from "#server/site.ts";

/** Each costs a look into the database. */
const MAX_COOKIES = 5;

/**
 * The values of the session cookies of this site, none of them empty, the first five. There may be several: another
 * path, or on plain http another service of the same host, can put one before ours. Other cookies are none of our
 * business.
 */
export function readSessionCookies(header: string | null, site: Site): string[] {
  return readCookies(header, site.cookieName);
}

function readCookies(header: string | null, wanted: string): string[] {
  const values = new Set<string>();
  for (const pair of header?.split(";") ?? []) {
    const [name, ...value] = pair.trim().split("=");
    if (name === wanted && value.join("=") !== "") values.add(value.join("="));
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

/** The secret by which a browser is known that has begun to sign in elsewhere; undefined for what none of ours can be. */
export function readSignInCookie(header: string | null, site: Site): string | undefined {
  return readCookies(header, signInCookieName(site)).find((value) => /^[\w-]{43}$/.test(value));
}

/** `age` in seconds. All sign-ins of a browser that are under way share it, and none needs it for long. */
export function signInCookie(secret: string, age: number, site: Site): string {
  return `${signInCookieName(site)}=${secret}; Max-Age=${age}; ${attributes(site, "Lax")}`;
}

function signInCookieName({ cookieName }: Site): string {
  return `${cookieName}-sign-in`;
}

function attributes(site: Site, sameSite = "Strict"): string {
  return `Path=/; HttpOnly; SameSite=${sameSite}${site.secure ? "; Secure" : ""}`;
}
