import { ApiError } from "#server/api-error.ts";
import type { Site } from "#server/site.ts";

/** A path of this site with its query, and no fragment. Throws 400 for whatever a browser could take for another place. */
export function checkReturnPath(path: string, { publicUrl }: Pick<Site, "publicUrl">): string {
  const isPath = /^\/(?!\/)/.test(path) && !/[\\\p{Cc}\p{Cs}]/u.test(path);
  const url = isPath && URL.canParse(path, publicUrl) ? new URL(path, publicUrl) : undefined;
  if (url === undefined || url.origin !== publicUrl || url.pathname.startsWith("//")) {
    throw new ApiError(400, "invalid_request", "returnTo must be a path of this site.", {
      field: "returnTo",
    });
  }
  return url.pathname + url.search;
}
