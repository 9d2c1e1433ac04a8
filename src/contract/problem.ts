import * as z from "zod/mini";

/**
 * Why a request was refused. Closed: screens switch on it and never on the message.
 * The HTTP status beside each is the one it usually comes with.
 */
export const problemReasons = [
  "invalid_request", // 400, 422: `field` names the culprit where there is one
  "invalid_id", // 400: an id of the wrong form
  "idempotency_key_required", // 400: a session's mutation came without its key
  "not_signed_in", // 401: neither credential nor session
  "session_ended", // 401: the session was signed out, idle too long, or its credential was revoked
  "credential_refused", // 401: the credential is unknown, expired or revoked
  "credential_needed", // 401: the session goes on, and has no credential for this cluster
  "forbidden", // 403: the caller may not do this
  "cross_site", // 403: a cookie's mutation that did not come from our own pages
  "not_found", // 404
  "method_not_allowed", // 405
  "conflict", // 409: the object's state does not allow it
  "protected", // 409: refused to keep the administrator from locking everybody out
  "in_progress", // 409: the same operation is still running
  "outcome_unknown", // 409: the same operation was cut off before its outcome was recorded: read and see
  "answer_gone", // 410: the operation is done, its answer is no longer kept
  "precondition_failed", // 412: changed since it was read
  "too_large", // 413, 414, 431
  "wrong_host", // 421
  "given_up", // 422: an idempotency key was settled before its request came: nothing was done
  "key_reused", // 422: an idempotency key came back with another request
  "precondition_required", // 428: an update from a session must say what it saw
  "rate_limited", // 429, with Retry-After
  "internal", // 500
  "upstream_failed", // 502: the InfluxDB behind the gateway failed
  "upstream_unreachable", // 502: no connection to it, or one that broke
  "upstream_malformed", // 502: what answers there does not answer as that product does
  "unavailable", // 503
  "upstream_timeout", // 504: it took too long
] as const;

export const problemReasonSchema = z.enum(problemReasons);
export type ProblemReason = z.infer<typeof problemReasonSchema>;

/** Body of every error answer. */
export const problemSchema = z.object({
  /** The HTTP status again, as the vendor's API does. */
  code: z.int(),
  message: z.string(),
  reason: problemReasonSchema,
  requestId: z.string(),
  field: z.optional(z.string()),
  /** With `answer_gone`: the id of what the operation made or changed. */
  objectId: z.optional(z.string()),
  /** What an InfluxDB behind the gateway said, scrubbed and cut to 2 kB. */
  upstream: z.optional(z.object({ status: z.int(), message: z.string() })),
});
export type Problem = z.infer<typeof problemSchema>;
