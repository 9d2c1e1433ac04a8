import { plainText } from "./instant.ts";
import type { Permission } from "./permission.ts";
import type { Token } from "./token.ts";

/**
 * Our own form of a list of database tokens, for who names this type with `Accept`: an array whose elements (ListPart) are
 * the columns of up to PART_ROWS tokens each. A list of 100,000 takes less than half as much text as rows do, and a quarter of the
 * time to read. Every element stands on a line of its own, so that a reader finds where one ends without reading it.
 */
export const TOKEN_COLUMNS = "application/vnd.tokenward.token-columns+json";

export const PART_ROWS = 100;

/** Tokens, or whatever else stood in the list: what does not fit into columns, or would not come out of them as it was. */
export interface PartRows {
  rows: unknown[];
}

/**
 * What tokens say, by field; the arrays without a count of their own have a place for each token. Account and cluster are
 * those of the address. Instants are milliseconds since 1970, and 0 where `written` says that there is none.
 */
export interface TokenColumns {
  id: string[];
  description: string[];
  createdAt: number[];
  expiresAt: number[];
  revokedAt: number[];
  /** How instants are written, as the bits below. */
  written: number[];
  /** Every permission that some of the tokens have, once. */
  permissions: Permission[];
  /** How many permissions each token has. */
  permissionCounts: number[];
  /** Their places in `permissions`, token after token. */
  permissionPlaces: number[];
}

export type ListPart = TokenColumns | PartRows;

/** That there is an instant, and that it has milliseconds, if only `.000`. */
export const HAS_CREATED_MILLIS = 1;
export const HAS_EXPIRES_MILLIS = 2;
export const HAS_REVOKED_MILLIS = 4;
export const HAS_REVOKED = 8;
export const HAS_EXPIRES = 16;

/** The token at a place, and where its permissions begin in `permissionPlaces`. The columns fit together. */
export function tokenIn(columns: TokenColumns, at: number, firstPermission: number): Token {
  const { permissions, permissionCounts, permissionPlaces, written } = columns;
  const has = (bit: number) => (written[at]! & bit) !== 0;
  return {
    id: columns.id[at]!,
    description: columns.description[at]!,
    permissions: permissionPlaces
      .slice(firstPermission, firstPermission + permissionCounts[at]!)
      .map((place) => permissions[place]!),
    createdAt: plainText(columns.createdAt[at]!, has(HAS_CREATED_MILLIS)),
    ...(has(HAS_EXPIRES) && { expiresAt: plainText(columns.expiresAt[at]!, has(HAS_EXPIRES_MILLIS)) }),
    ...(has(HAS_REVOKED) && { revokedAt: plainText(columns.revokedAt[at]!, has(HAS_REVOKED_MILLIS)) }),
  };
}

/** All of them. */
export function tokensOf(columns: TokenColumns): Token[] {
  let next = 0;
  return columns.permissionCounts.map((count, at) => {
    const first = next;
    next += count;
    return tokenIn(columns, at, first);
  });
}
