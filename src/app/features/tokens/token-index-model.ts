import type { Permission } from "#contract/permission.ts";
import type { TokenStatus } from "#contract/token.ts";

/** What the list needs of a token; database and management tokens both have it. */
export interface ListedToken {
  id: string;
  description: string;
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
  suspendedAt?: string | undefined;
  suspendedBy?: string | undefined;
  isDeactivated?: boolean | undefined;
  isCredential?: boolean | undefined;
  tokenPrefix?: string | undefined;
  permissions?: readonly Permission[] | undefined;
  owner?: string | undefined;
  ownerId?: string | undefined;
  organization?: string | undefined;
  organizationId?: string | undefined;
}

/** Whom a token belongs to, where a product has such. */
export const ownerKeys = ["owner", "organization"] as const;
export type OwnerKey = (typeof ownerKeys)[number];

/** By name, or by id where there is no name; empty when it belongs to nobody. */
export function ownerOf(token: Partial<ListedToken>, key: OwnerKey): string {
  return token[key] || token[`${key}Id` as const] || "";
}

export const sortKeys = [
  "status",
  "description",
  "id",
  "databases",
  ...ownerKeys,
  "created",
  "expires",
] as const;
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
  /** Tokens that belong to one of these, as ownerOf names them. */
  owner?: readonly string[] | undefined;
  organization?: readonly string[] | undefined;
  /** Never expires, or expires within so many days from now. */
  expiry: "never" | number | undefined;
  sort: { by: SortKey; descending: boolean };
}

export interface TokenQuery extends TokenView {
  /** The instant that decides the status, in milliseconds of the server's clock. */
  now: number;
}

export const MILLIS_PER_DAY = 86_400_000;
