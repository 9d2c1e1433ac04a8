import { tokenStatuses } from "#contract/token.ts";
import { accessFilters, sortKeys, type SortKey, type TokenView } from "./token-index.ts";
import type { TokenKind } from "./token-queries.ts";

/** What the administrator is looking at lives in the URL, so that it can be sent to a colleague. */
export const defaultView: TokenView = {
  text: "",
  inactive: false,
  status: undefined,
  access: undefined,
  database: undefined,
  expiry: undefined,
  sort: { by: "id", descending: false },
};

/** Management tokens reach the whole account: they have no databases to sort by. */
export function sortKeysFor(kind: TokenKind): readonly SortKey[] {
  return kind === "database" ? sortKeys : sortKeys.filter((key) => key !== "databases");
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
  return values.find((value) => value === text);
}

function parseExpiry(text: string | null): TokenView["expiry"] {
  if (text === "never") return "never";
  const days = /^([1-9]\d{0,3})d$/.exec(text ?? "")?.[1];
  return days === undefined ? undefined : Number(days);
}

/**
 * Reads the query of a URL. What it does not know, and what tokens of this kind do not have, it takes as not said: an
 * old link must still open.
 */
export function parseTokenView(params: URLSearchParams, kind: TokenKind): TokenView {
  const named = new URLSearchParams(params);
  if (kind === "management") for (const key of ["access", "db"]) named.delete(key);
  return parseAll(named, sortKeysFor(kind));
}

function parseAll(params: URLSearchParams, keys: readonly SortKey[]): TokenView {
  const sort = params.get("sort") ?? "";
  const descending = sort.startsWith("-");
  const by = oneOf(keys, descending ? sort.slice(1) : sort);
  return {
    text: params.get("q") ?? "",
    inactive: params.get("inactive") === "1",
    status: oneOf(tokenStatuses, params.get("status")),
    access: oneOf(accessFilters, params.get("access")),
    database: params.get("db") || undefined,
    expiry: parseExpiry(params.get("expiry")),
    sort: by === undefined ? defaultView.sort : { by, descending },
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
  if (view.expiry !== undefined) {
    params.set("expiry", view.expiry === "never" ? "never" : `${view.expiry}d`);
  }
  const { by, descending } = view.sort;
  if (by !== defaultView.sort.by || descending !== defaultView.sort.descending) {
    params.set("sort", descending ? `-${by}` : by);
  }
  return params;
}

export function hasFilters(view: TokenView): boolean {
  return (
    view.status !== undefined ||
    view.access !== undefined ||
    view.database !== undefined ||
    view.expiry !== undefined
  );
}

export function withoutFilters(view: TokenView): TokenView {
  return { ...view, status: undefined, access: undefined, database: undefined, expiry: undefined };
}
