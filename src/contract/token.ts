import { toMillis } from "./instant.ts";

export type { CreatedToken, CreateToken, Token, UpdateToken } from "./token-schema.ts";

export const tokenStatuses = ["active", "expired", "revoked"] as const;
export type TokenStatus = (typeof tokenStatuses)[number];

/** What status derivation needs: shared by database and management tokens. */
export interface TokenLifetime {
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
}

/** The wire has no status field. Revoked outweighs expired; a token expires at its instant, not after it. */
export function tokenStatus(token: TokenLifetime, nowMillis: number): TokenStatus {
  if (token.revokedAt !== undefined) return "revoked";
  if (token.expiresAt !== undefined && toMillis(token.expiresAt) <= nowMillis) return "expired";
  return "active";
}

/**
 * Whether the token may do nothing until it is restored: the gateway keeps its permissions and it has none itself, so that
 * it authenticates only; or its product refuses it as a whole and leaves it its permissions.
 */
export function isSuspended(token: {
  suspendedAt?: string | undefined;
  isDeactivated?: boolean | undefined;
  permissions?: readonly unknown[] | undefined;
}): boolean {
  return token.suspendedAt !== undefined && (token.isDeactivated === true || token.permissions?.length === 0);
}
