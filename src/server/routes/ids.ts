import { isUuid, textFault } from "#contract/text.ts";
import { ApiError } from "#server/api-error.ts";
import { type Call, param } from "./route.ts";

/** Ids are checked by their form before any service, and so any upstream, hears of them. */
export function uuidParam(call: Call, name: string): string {
  const value = param(call, name);
  if (!isUuid(value)) throw new ApiError(400, "invalid_id", `${name} must be a UUID.`, { field: name });
  return value.toLowerCase();
}

export function databaseNameParam(call: Call): string {
  const value = param(call, "name");
  const fault = textFault(value);
  if (fault !== undefined || value === "" || value.length > 64) {
    const message = `name ${fault ?? "must have 1 to 64 characters"}.`;
    throw new ApiError(400, "invalid_id", message, { field: "name" });
  }
  return value;
}
