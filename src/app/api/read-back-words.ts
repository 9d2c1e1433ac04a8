import { describeFailure, type Failure } from "./api-error.ts";

/** Why it is not known what became of an attempt: what it met, and what reading back met. */
export function readBackWords(
  failure: Failure,
  readFailure: Failure,
  reason = describeFailure(failure),
): string {
  const read = describeFailure(readFailure);
  // InfluxDB's own words, which may be the end of it, are not always a sentence.
  const first = /[.!?…]$/.test(reason) ? reason : `${reason}.`;
  if (read === reason) return `${first} Nor could the token be read back.`;
  return readFailure.kind === "partial"
    ? `${first} ${read}`
    : `${first} Reading the token back failed as well: ${read}`;
}
