import { isUuid, textFault } from "#contract/text.ts";
import { ApiError } from "#server/api-error.ts";
import { type Call, clusterOf, param } from "./route.ts";

/** Longer than any id or name of a token. */
const MAX_ID = 512;

/** Of what the gateway keeps itself. */
export function uuidParam(call: Call, name: string): string {
  const value = param(call, name);
  if (!isUuid(value)) throw new ApiError(400, "invalid_id", `${name} must be a UUID.`, { field: name });
  return value.toLowerCase();
}

/**
 * Each product has its own form of ids. The service checks it before any upstream hears of the id, and here, before
 * anything is recorded. Letters of a UUID mean the same in either case; other ids are left as they come.
 */
export function tokenIdParam(call: Call): string {
  const value = param(call, "tokenId");
  const fault = textFault(value);
  if (fault !== undefined || value === "" || value.length > MAX_ID) {
    const message = `tokenId ${fault ?? `must have 1 to ${MAX_ID} characters`}.`;
    throw new ApiError(400, "invalid_id", message, { field: "tokenId" });
  }
  clusterOf(call).service.checkTokenId?.(value);
  return isUuid(value) ? value.toLowerCase() : value;
}

export function databaseNameParam(call: Call): string {
  const value = param(call, "name");
  const fault = textFault(value);
  // Counted as the schema of a new database counts: whole characters.
  if (fault !== undefined || value === "" || Array.from(value).length > 64) {
    const message = `name ${fault ?? "must have 1 to 64 characters"}.`;
    throw new ApiError(400, "invalid_id", message, { field: "name" });
  }
  return value;
}
