/**
 * Sent by our own pages with every request: a custom header that a foreign page cannot add without a
 * preflight, which the gateway never grants. "interactive" requests keep a session awake, "background" do not.
 */
export const REQUEST_HEADER = "X-Tokenward-Request";
export type RequestKind = "interactive" | "background";

/** One per explicit attempt and target; the gateway answers a repeat with the first answer. 16 to 200 characters. */
export const IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

export const REQUEST_ID_HEADER = "X-Request-Id";

/** On what a gateway spoilt on purpose: how. See CHAOS in its options. */
export const CHAOS_HEADER = "X-Tokenward-Chaos";
