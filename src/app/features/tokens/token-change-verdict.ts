import { canonicalSet, sameContent } from "#contract/canonical.ts";
import { isSuspended, type Token, type UpdateToken } from "#contract/token.ts";
import type { SuspendedReading, TokenReading } from "#app/api/update-token.ts";

/** A change of one database token. `base`: the token as it was read before, which it is to be still. */
export type TokenChange =
  | { change: "update"; base: TokenReading; update: UpdateToken }
  | { change: "suspend"; base: TokenReading }
  /** What is kept of it is what it gets back. */
  | { change: "restore"; base: SuspendedReading };

/** What a change names in If-Match: all that it depends on, as it was seen. */
export function ifMatchOf(change: TokenChange): string {
  return change.change === "restore" ? change.base.kept.etag : change.base.etag;
}

/** Whether a token is what a change wants, what it began with, or neither. */
export function judge(reading: TokenReading, change: TokenChange): "wish" | "base" | "other" {
  if (isWish(reading, change)) return "wish";
  return isBase(reading, change) ? "base" : "other";
}

function isWish({ token }: TokenReading, change: TokenChange): boolean {
  switch (change.change) {
    case "update": {
      const { description, permissions } = change.base.token;
      const wish = {
        description: change.update.description ?? description,
        permissions: change.update.permissions ?? permissions,
      };
      // Permissions that a suspension took away come back with it: they are not what an update took away.
      return isSameRecord(token, change.base.token) && sameContent(token, wish);
    }
    case "suspend":
      // A suspension of before keeps what the token had then, and not what it has now.
      return isSuspended(token) && token.suspendedAt !== change.base.token.suspendedAt;
    case "restore": {
      const { permissions } = change.base.kept.suspension;
      return token.suspendedAt === undefined && canonicalSet(token.permissions) === canonicalSet(permissions);
    }
  }
}

function isBase({ token, kept }: TokenReading, change: TokenChange): boolean {
  // Its ETag covers the token and what is kept of it; that may have changed while the token looks the same.
  if (change.change === "restore") return kept?.etag === change.base.kept.etag;
  // A gateway in front of somebody else's cluster keeps permissions first and takes them away then: what it kept is
  // there although nothing was done, and the token can do what it could.
  if (change.change === "suspend") return sameContent(token, change.base.token);
  return isSameRecord(token, change.base.token) && sameContent(token, change.base.token);
}

function isSameRecord(one: Token, other: Token): boolean {
  return (one.suspendedAt === undefined) === (other.suspendedAt === undefined);
}
