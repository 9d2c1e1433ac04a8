import type { TokenStatus } from "#contract/token.ts";
import type { FilterInForce } from "#app/table/table-toolbar.tsx";
import { ownerKeys, type AccessFilter, type SortKey, type TokenView } from "./token-index.ts";

/** The words of the vendor's screens, which administrators know. */
export const columnNames: Record<SortKey, string> = {
  status: "Status",
  description: "Description",
  id: "Token ID",
  databases: "Databases",
  owner: "Owner",
  organization: "Org",
  created: "Created At",
  expires: "Expires At",
};

export const statusNames: Record<TokenStatus, string> = {
  active: "Active",
  expired: "Expired",
  revoked: "Revoked",
};

export const accessNames: Record<AccessFilter, string> = {
  read: "Can read",
  write: "Can write",
  wildcard: "All databases",
};

export function expiryName(expiry: NonNullable<TokenView["expiry"]>): string {
  if (expiry === "never") return "Never expires";
  return expiry === 1 ? "Expires within a day" : `Expires within ${expiry} days`;
}

/** The filters in force, each with the change that takes it away. */
export function filterChips(view: TokenView): FilterInForce<TokenView>[] {
  const chips: FilterInForce<TokenView>[] = [];
  if (view.status !== undefined) {
    chips.push({ label: `Status: ${statusNames[view.status]}`, without: { status: undefined } });
  }
  if (view.access !== undefined) {
    chips.push({ label: `Access: ${accessNames[view.access]}`, without: { access: undefined } });
  }
  if (view.database !== undefined) {
    chips.push({ label: `Database: ${view.database}`, without: { database: undefined } });
  }
  for (const key of ownerKeys) {
    for (const name of view[key] ?? []) {
      const others = view[key]?.filter((other) => other !== name);
      chips.push({
        label: `${columnNames[key]}: ${name}`,
        without: { [key]: others?.length === 0 ? undefined : others },
      });
    }
  }
  if (view.expiry !== undefined) {
    chips.push({ label: expiryName(view.expiry), without: { expiry: undefined } });
  }
  return chips;
}
