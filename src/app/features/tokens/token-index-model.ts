import type { Permission } from "#contract/permission.ts";
import type { TokenStatus } from "#contract/token.ts";

/** What the list needs of a token; database and management tokens both have it. */
export interface ListedToken {
  id: string;
  description: string;
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
  tokenPrefix?: string | undefined;
  permissions?: readonly Permission[] | undefined;
}

export const sortKeys = ["status", "description", "id", "databases", "created", "expires"] as const;
export type SortKey = (typeof sortKeys)[number];

export const accessFilters = ["read", "write", "wildcard"] as const;
export type AccessFilter = (typeof accessFilters)[number];

/** Which tokens, in which order. */
export interface TokenView {
  /**
   * Terms joined by AND, case and accents folded. Each must occur in the description; one of four characters or more
   * may occur in the id or the prefix instead.
   */
  text: string;
  /** Whether revoked and expired tokens are listed. A status filter that names one of them lists it anyway. */
  inactive: boolean;
  status: TokenStatus | undefined;
  access: AccessFilter | undefined;
  /** A database by name: tokens that name it, or that name all databases. */
  database: string | undefined;
  /** Never expires, or expires within so many days from now. */
  expiry: "never" | number | undefined;
  sort: { by: SortKey; descending: boolean };
}

export interface TokenQuery extends TokenView {
  /** The instant that decides the status, in milliseconds of the server's clock. */
  now: number;
}

export const MILLIS_PER_DAY = 86_400_000;
