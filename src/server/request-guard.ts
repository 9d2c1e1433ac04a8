import { REQUEST_HEADER } from "#contract/headers.ts";
import { ApiError } from "./api-error.ts";
import type { Site } from "./site.ts";

const MAX_TARGET = 8192;

/** Names of databases may hold a slash; it arrives encoded, as the last segment, and nowhere else. */
const databasePath = /^\/api\/v0\/(?:accounts\/[^/]+\/clusters\/[^/]+\/)?databases\/[^/]+$/;

/**
 * Checks the request target as it came over the wire, before any URL parser has resolved `..` or turned backslashes.
 * Throws 400 or 414.
 */
export function guardTarget(target: string): void {
  if (target.length > MAX_TARGET) throw new ApiError(414, "too_large", "The address is longer than 8 kB.");
  const path = target.replace(/[?#].*$/s, "");
  const refused = () => new ApiError(400, "invalid_request", "The path is not valid.");
  if (!path.startsWith("/") || /\/\/|[\\\s\p{Cc}]/u.test(path)) throw refused();
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      throw refused();
    }
    if (/[\\\p{Cc}]/u.test(decoded)) throw refused();
    const mayHoldSlash = index === segments.length - 1 && databasePath.test(path);
    const parts = decoded.split("/");
    if (parts.length > 1 && !mayHoldSlash) throw refused();
    if (parts.some((part) => part === "." || part === "..")) throw refused();
  });
}

export function guardHost(host: string | undefined, site: Site): void {
  if (host === undefined || !site.isAllowedHost(host)) {
    throw new ApiError(421, "wrong_host", `This gateway answers at ${site.publicUrl} only.`);
  }
}

/**
 * For whatever a cookie may change: only our own pages can have sent it. The custom header forces a preflight that is
 * never granted; Sec-Fetch-Site (or Origin, from clients that do not send it) says so once more.
 */
export function guardSameOrigin(request: Request, site: Site): void {
  const refuse = (message: string) => new ApiError(403, "cross_site", message);
  const fetchSite = request.headers.get("Sec-Fetch-Site");
  const origin = request.headers.get("Origin");
  const fromElsewhere =
    (origin !== null && !site.isAllowedOrigin(origin)) ||
    (fetchSite === null ? origin === null : fetchSite !== "same-origin");
  if (fromElsewhere) throw refuse("This request did not come from Tokenward's own pages.");
  const kind = request.headers.get(REQUEST_HEADER);
  if (kind !== "interactive" && kind !== "background") {
    throw refuse(`A request with a session needs the header ${REQUEST_HEADER}.`);
  }
  // A request of Node's has a body stream even when nothing comes in it: the headers say what does.
  const length = request.headers.get("Content-Length");
  const hasBody = (length !== null && length !== "0") || request.headers.has("Transfer-Encoding");
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if ((hasBody || type !== undefined) && type !== "application/json")
    throw refuse("A body must be application/json.");
}
