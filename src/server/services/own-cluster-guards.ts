import { isUuid } from "#contract/text.ts";
import { toMillis } from "#contract/instant.ts";
import { ApiError } from "#server/api-error.ts";

/**
 * The spellings under which a row may be stored. Letters of a UUID mean the same in either case; ids that were
 * made here are lower case, imported ones are kept as they came.
 */
export function uuidSpellings(id: string): string[] {
  if (!isUuid(id))
    throw new ApiError(400, "invalid_id", "The token id must be a UUID.", { field: "tokenId" });
  return [...new Set([id, id.toLowerCase(), id.toUpperCase()])];
}

export function checkExpiry(expiresAt: string | undefined, now: number): void {
  if (expiresAt !== undefined && toMillis(expiresAt) <= now) {
    throw new ApiError(400, "invalid_request", "expiresAt must be in the future.", { field: "expiresAt" });
  }
}
