import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const DATABASE_TOKEN_FORM = "apiv1_";
const MANAGEMENT_TOKEN_FORM = "twm1_";
const PREFIX_LENGTH = 4;

/** `apiv1_` as InfluxDB's own, 384 random bits, 70 characters. */
export function newDatabaseTokenSecret(): string {
  return DATABASE_TOKEN_FORM + randomBytes(48).toString("base64url");
}

/** `twm1_` tells scanners and people whose it is; 256 random bits, 48 characters. */
export function newManagementTokenSecret(): string {
  return MANAGEMENT_TOKEN_FORM + randomBytes(32).toString("base64url");
}

/**
 * SHA-256 in hex. No salt and no stretching: the secrets are random, so there is nothing to guess, and the
 * hash must be found by an index.
 */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function sameHash(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The part of a management token that may be shown: `twm1_ab3d`, or four characters of one made elsewhere. */
export function tokenPrefix(secret: string): string {
  const form = secret.startsWith(MANAGEMENT_TOKEN_FORM) ? MANAGEMENT_TOKEN_FORM.length : 0;
  return secret.slice(0, form + PREFIX_LENGTH);
}
