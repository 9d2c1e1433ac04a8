import { describeFailure, failureRequestId, isSignedOut, type Failure } from "#app/api/api-error.ts";
import { readBackWords } from "#app/api/read-back-words.ts";
import type { RevokeOutcome } from "#app/api/revoke-token.ts";

export type { RevokeOutcome };
export type RevokeDone = Extract<RevokeOutcome, { kind: "done" }>;

/** Where the dialog stands. One of these at a time. */
export type RevokeStep =
  | { step: "asking"; problem: RevokeProblem | undefined; wait: Wait | undefined }
  | { step: "revoking" }
  /** The answer was not enough: the token is being read. */
  | { step: "checking" }
  | { step: "unknown"; failure: Failure; problem: RevokeProblem };

/** Until when nothing may be sent, in milliseconds of our own clock. */
export interface Wait {
  from: number;
  until: number;
}

/** What stands in the dialog after an attempt. */
export interface RevokeProblem {
  title: string;
  /** The reason, in the words of whoever gave it. */
  detail: string;
  requestId: string | undefined;
}

/** A step that outlives its dialog: closing it does not make it known what happened. */
export type UnsettledStep = Extract<RevokeStep, { step: "unknown" }>;

export const askingStep: RevokeStep = { step: "asking", problem: undefined, wait: undefined };

/**
 * The step after an attempt that did not end in "done". `now` in milliseconds of our own clock, for the countdown
 * after a 429; `done` is the word for it.
 */
export function stepAfter(
  outcome: Exclude<RevokeOutcome, { kind: "done" }>,
  now: number,
  done: string,
): RevokeStep {
  if (outcome.kind === "unknown") {
    const { failure, readFailure } = outcome;
    return {
      step: "unknown",
      failure,
      problem: {
        title: `It is not known whether the token was ${done}.`,
        detail: unknownDetail(failure, readFailure),
        requestId: failureRequestId(readFailure ?? failure) ?? failureRequestId(failure),
      },
    };
  }
  const { failure } = outcome;
  const seconds =
    failure.kind === "problem" && failure.problem.reason === "rate_limited"
      ? (failure.retryAfter ?? 1)
      : undefined;
  return {
    step: "asking",
    problem: {
      title: `The token was not ${done}.`,
      detail: notDoneDetail(failure),
      requestId: failureRequestId(failure),
    },
    wait: seconds === undefined ? undefined : { from: now, until: now + seconds * 1000 },
  };
}

function unknownDetail(failure: Failure, readFailure: Failure | undefined): string {
  if (readFailure !== undefined) return readBackWords(failure, readFailure);
  return `${describeFailure(failure)} The list still shows the token, so neither can be believed yet.`;
}

/** Why the token was not revoked. What had no answer was settled by reading, and that is the better news. */
function notDoneDetail(failure: Failure): string {
  switch (failure.kind) {
    case "network":
    case "timeout":
      return "The request was lost. Reading the token back shows it active.";
    case "unreadable":
    case "cut":
    case "partial":
    case "too_large":
    case "problem":
    case "offline":
    case "cancelled":
      return isSignedOut(failure)
        ? "Your session had ended before it was sent. Sign in, read this again, and tick the box again."
        : describeFailure(failure);
  }
}

/** Whether the attempt met the end of the session: the consent is then asked for again. */
export function consentLapsed(outcome: RevokeOutcome): boolean {
  return outcome.kind === "not_done" && isSignedOut(outcome.failure);
}
