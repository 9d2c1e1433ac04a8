import type { ListedToken } from "./token-index.ts";

/** A token of which only the id matters. */
export function token(id: string, more: Partial<ListedToken> = {}): ListedToken {
  return { id, description: id, createdAt: "2026-01-01T00:00:00Z", permissions: [], ...more };
}
