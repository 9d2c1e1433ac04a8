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
