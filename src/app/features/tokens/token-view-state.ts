import { tokenStatuses } from "#contract/token.ts";
import { oneOf, setSort, sortFrom } from "#app/table/view-params.ts";
import {
  accessFilters,
  ownerKeys,
  sortKeys,
  type OwnerKey,
  type SortKey,
  type TokenView,
} from "./token-index.ts";
import type { TokenKind } from "./token-queries.ts";
import { filterChips } from "./token-words.ts";

const noFilters = {
  status: undefined,
  access: undefined,
  database: undefined,
  owner: undefined,
  organization: undefined,
  expiry: undefined,
};

/** What the administrator is looking at lives in the URL, so that it can be sent to a colleague. */
export const defaultView: TokenView = {
  text: "",
  inactive: false,
  ...noFilters,
  sort: { by: "id", descending: false },
};

const withoutOwners = sortKeys.filter((key) => key !== "owner" && key !== "organization");
/** Management tokens reach the whole account: they have no databases to sort by. */
const ofManagement = withoutOwners.filter((key) => key !== "databases");

/** What tokens of a kind can be sorted by; nothing else of what filters go by can be asked of them either. A constant. */
export function sortKeysFor(kind: TokenKind, hasOwners: boolean): readonly SortKey[] {
  return kind === "management" ? ofManagement : hasOwners ? sortKeys : withoutOwners;
}

function parseExpiry(text: string | null): TokenView["expiry"] {
  if (text === "never") return "never";
  const days = /^([1-9]\d{0,3})d$/.exec(text ?? "")?.[1];
  return days === undefined ? undefined : Number(days);
}

/** How the filters by owners are called in a URL. */
const ownerNames: Record<OwnerKey, string> = { owner: "owner", organization: "org" };

/**
 * Reads the query of a URL. What it does not know, and what tokens with these keys do not have, it takes as not said: an
 * old link must still open.
 */
export function parseTokenView(params: URLSearchParams, keys: readonly SortKey[]): TokenView {
  const has = (key: SortKey) => keys.includes(key);
  const owners = (key: OwnerKey) => {
    const named = has(key) ? params.getAll(ownerNames[key]).filter(Boolean) : [];
    return named.length === 0 ? undefined : named;
  };
  return {
    text: params.get("q") ?? "",
    inactive: params.get("inactive") === "1",
    status: oneOf(tokenStatuses, params.get("status")),
    access: has("databases") ? oneOf(accessFilters, params.get("access")) : undefined,
    database: (has("databases") && params.get("db")) || undefined,
    owner: owners("owner"),
    organization: owners("organization"),
    expiry: parseExpiry(params.get("expiry")),
    sort: sortFrom(params, keys, defaultView.sort),
  };
}

/** The query that parseTokenView reads back as the same view; what is at its default is left out. */
export function formatTokenView(view: TokenView): URLSearchParams {
  const params = new URLSearchParams();
  if (view.text !== "") params.set("q", view.text);
  if (view.inactive) params.set("inactive", "1");
  if (view.status !== undefined) params.set("status", view.status);
  if (view.access !== undefined) params.set("access", view.access);
  if (view.database !== undefined) params.set("db", view.database);
  for (const key of ownerKeys) for (const name of view[key] ?? []) params.append(ownerNames[key], name);
  if (view.expiry !== undefined) {
    params.set("expiry", view.expiry === "never" ? "never" : `${view.expiry}d`);
  }
  setSort(params, view.sort, defaultView.sort);
  return params;
}

export function hasFilters(view: TokenView): boolean {
  return filterChips(view).length > 0;
}

export function withoutFilters(view: TokenView): TokenView {
  return { ...view, ...noFilters };
}
