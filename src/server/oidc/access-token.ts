import * as z from "zod/mini";

const claimsSchema = z.object({
  exp: z.number(),
  aud: z.optional(z.union([z.string(), z.array(z.string())])),
});

/** As much as the gateway looks at. Nobody has checked the signature: that is for the clusters, which take the token. */
export interface AccessTokenClaims {
  /** Milliseconds. */
  expiresAt: number;
  audience: readonly string[];
}

/** Undefined for what is no JWT (RFC 7519), or one without an end. */
export function readAccessToken(token: string): AccessTokenClaims | undefined {
  // It goes into a header.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const parsed = claimsSchema.safeParse(jsonOf(token.split(".")[1] ?? ""));
  if (jsonOf(token.split(".")[0] ?? "") === undefined || !parsed.success) return undefined;
  const { exp, aud = [] } = parsed.data;
  return { expiresAt: exp * 1000, audience: typeof aud === "string" ? [aud] : aud };
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
