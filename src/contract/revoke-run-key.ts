// Apart from the schemas, which the browser loads for answers only.

/** More tokens than this in one run are refused. */
export const MOST_IN_A_RUN = 10_000;

/** What the keys of runs begin with; the gateway takes them with DELETE only. */
export const REVOKE_RUN_KEY_START = "revoke-run.";

/**
 * The `Idempotency-Key` of a run's DELETE of one token. Derived, so that a run that is taken up again repeats no request
 * that was sent: the gateway answers those as it did the first time.
 */
export function revokeRunKey(runId: string, tokenId: string): string {
  return `${REVOKE_RUN_KEY_START}${runId}.${encodeURIComponent(tokenId)}`.slice(0, 200);
}
