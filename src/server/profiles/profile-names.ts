import { createHash } from "node:crypto";

/** Ours, made once; RFC 9562 wants one for each use of version 5. */
const NAMESPACE = Buffer.from("6f1c6a52b0f84c1d9e0b5d6f8a3c2e71", "hex");

/** The UUID of version 5 (RFC 9562, section 5.5) of a text: always the same. */
export function uuidOf(text: string): string {
  const hash = createHash("sha1").update(NAMESPACE).update(text, "utf8").digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A name as it stands in addresses: lower-case letters without accents, digits and hyphens, 64 at most. */
export function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replace(/^-|-$/g, "");
  // Nothing of it can stand in an address, as of a name in another script.
  return slug === "" ? `cluster-${createHash("sha256").update(name).digest("hex").slice(0, 8)}` : slug;
}
