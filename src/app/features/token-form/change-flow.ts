import { canonicalSet } from "#contract/canonical.ts";
import type { Permission } from "#contract/permission.ts";
import type { Token, UpdateToken } from "#contract/token.ts";
import {
  ApiError,
  describeFailure,
  failureRequestId,
  isSignedOut,
  type Failure,
} from "#app/api/api-error.ts";
import { readBackWords } from "#app/api/read-back-words.ts";
import type { SuspendedReading, TokenReading, UpdateOutcome } from "#app/api/update-token.ts";
import type { EditableContent } from "./permission-merge.ts";

export type { Failure, SuspendedReading, TokenReading, UpdateOutcome };
export type SavedOutcome = Extract<UpdateOutcome, { kind: "saved" }>;

/** Where an attempt to change a token stands. One of these at a time. */
export type ChangeStep =
  | { step: "asking"; problem: ChangeProblem | undefined; wait: Wait | undefined }
  | { step: "sending" }
  /** The answer was not enough: the token is being read. */
  | { step: "checking" }
  | { step: "unknown"; failure: Failure; problem: ChangeProblem };

/** Until when nothing may be sent, in milliseconds of our own clock. */
export interface Wait {
  from: number;
  until: number;
}

/** What stands in the dialog after an attempt. */
export interface ChangeProblem {
  title: string;
  /** The reason, in the words of whoever gave it. */
  detail: string;
  requestId: string | undefined;
}

/** What is said of a change: "The change was not saved." and so on. */
export interface ChangeWords {
  notDone: string;
  unknown: string;
}

export const askingStep: ChangeStep = { step: "asking", problem: undefined, wait: undefined };

/** The step after an attempt that changed nothing, or may have. `now` in milliseconds of our own clock. */
export function stepAfter(
  outcome: Extract<UpdateOutcome, { kind: "not_saved" | "unknown" }>,
  words: ChangeWords,
  now: number,
): ChangeStep {
  if (outcome.kind === "unknown") {
    const { failure, readFailure } = outcome;
    return {
      step: "unknown",
      failure,
      problem: {
        title: words.unknown,
        detail: unknownDetail(failure, readFailure),
        requestId: (readFailure && failureRequestId(readFailure)) ?? failureRequestId(failure),
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
      title: words.notDone,
      detail: notDoneDetail(failure),
      requestId: failureRequestId(failure),
    },
    wait: seconds === undefined ? undefined : { from: now, until: now + seconds * 1000 },
  };
}

/** The step after a fault of this page: the request may have been sent, or not. */
export function stepAfterFault(words: ChangeWords): ChangeStep {
  return {
    step: "unknown",
    // As much is known as of an answer that never came.
    failure: { kind: "network" },
    problem: { title: words.unknown, detail: "Something in this page failed.", requestId: undefined },
  };
}

function unknownDetail(failure: Failure, readFailure: Failure | undefined): string {
  return readBackWords(failure, readFailure ?? failure);
}

/** What had no answer was settled by reading, and that is the better news. */
function notDoneDetail(failure: Failure): string {
  switch (failure.kind) {
    case "network":
    case "timeout":
      return "The request was lost. Reading the token back shows it as it was.";
    case "unreadable":
    case "cut":
    case "partial":
    case "too_large":
    case "problem":
    case "offline":
    case "cancelled":
      return isSignedOut(failure)
        ? "Your session had ended before it was sent. Sign in and try again: nothing here is lost."
        : describeFailure(failure);
  }
}

/** What stands in a dialog whose token could not be read; undefined when nothing went wrong. */
export function readProblem(error: Error | null): ChangeProblem | undefined {
  if (error === null) return undefined;
  const title = "The token could not be read.";
  if (!(error instanceof ApiError)) {
    return { title, detail: "Something in this page failed.", requestId: undefined };
  }
  const { failure } = error;
  return {
    title,
    detail: describeFailure(failure),
    requestId: failureRequestId(failure),
  };
}

/** The fields that differ, and no others; undefined when none does. */
export function updateBetween(base: EditableContent, wish: EditableContent): UpdateToken | undefined {
  const update: UpdateToken = {
    ...(wish.description === base.description ? {} : { description: wish.description }),
    ...(isSameSet(wish.permissions, base.permissions) ? {} : { permissions: [...wish.permissions] }),
  };
  return update.description === undefined && update.permissions === undefined ? undefined : update;
}

/** What somebody changed of a suspended token since it was shown, in words. */
export function changedMeanwhile(before: SuspendedReading, now: SuspendedReading): string {
  const [was, is] = [before.kept.suspension, now.kept.suspension];
  const changed = [
    ...(before.token.description === now.token.description ? [] : ["its description"]),
    ...(isSameSet(before.token.permissions, now.token.permissions) ? [] : ["the permissions that it has"]),
    ...(isSameSet(was.permissions, is.permissions) ? [] : ["the permissions that are kept for it"]),
    // Looks like before, and is not what was shown.
    ...(was.suspendedAt === is.suspendedAt ? [] : ["who suspended it and when"]),
  ];
  const last = changed.pop();
  if (last === undefined) return "";
  return changed.length === 0 ? last : `${changed.join(", ")} and ${last}`;
}

function isSameSet(one: readonly Permission[], other: readonly Permission[]): boolean {
  return canonicalSet(one) === canonicalSet(other);
}

/** What of a token an update can change. */
export function contentOf({ description, permissions }: Token): EditableContent {
  return { description, permissions };
}

/** Of a token that somebody else took away while a change of it was prepared. */
export function goneWords(how: "revoked" | "absent"): string {
  return how === "revoked" ? "This token was revoked meanwhile." : "This token was deleted meanwhile.";
}
