import { describeFailure, failureRequestId, isSignedOut, type Failure } from "#app/api/api-error.ts";
import type { CreateOutcome, ListedFacts, WantedToken } from "#app/api/create-token.ts";
import type { Permission } from "#contract/permission.ts";
import { textFault } from "#contract/text.ts";
import { readExpiry, type ExpiryValue, type Moment } from "./expiry.ts";

export type { ListedFacts, WantedToken };

type Unknown = Extract<CreateOutcome, { kind: "unknown" }>;

/** An outcome as a form hears of it: a secret never passes through it. */
export type FormOutcome = Exclude<CreateOutcome, { kind: "created" }> | { kind: "done" };

/** Where the form stands. One of these at a time. */
export type CreateStep =
  | { step: "editing"; problem: CreateProblem | undefined; wait: Wait | undefined }
  | { step: "creating" }
  /** The answer was not enough: the gateway is being asked. */
  | { step: "checking" }
  | { step: "unknown"; failure: Failure; problem: CreateProblem };

/** Until when nothing may be sent, in milliseconds of our own clock. */
export interface Wait {
  from: number;
  until: number;
}

export type FormField = "description" | "permissions" | "expiresAt";

/** What stands in the form after an attempt. */
export interface CreateProblem {
  title: string;
  /** The reason, in the words of whoever gave it. */
  detail: string;
  requestId: string | undefined;
  /** Where it stands; at the end of the form without. */
  field: FormField | undefined;
}

export const editingStep: CreateStep = { step: "editing", problem: undefined, wait: undefined };

/** What stands in the form. */
export interface FormValue {
  description: string;
  expiry: ExpiryValue;
  permissions: readonly Permission[];
  /** Undefined for that of its permissions, and where tokens belong to none. */
  organizationId?: string | undefined;
}

/** Why a description cannot be sent, or undefined. */
export function descriptionFault(description: string): string | undefined {
  if (description.trim() === "") return "Enter what the token is for.";
  const fault = textFault(description);
  return fault === undefined ? undefined : `The description ${fault}.`;
}

/** What the form asks for, or undefined as long as something in it is wrong. */
export function wantedToken(
  kind: "database" | "management",
  { description, expiry, permissions, organizationId }: FormValue,
  moment: Moment,
): WantedToken | undefined {
  const reading = readExpiry(expiry, moment);
  if (reading.kind === "wrong" || descriptionFault(description) !== undefined) return undefined;
  return {
    description,
    ...(kind === "database" ? { permissions } : {}),
    ...(reading.kind === "instant" ? { expiresAt: reading.instant } : {}),
    ...(organizationId === undefined ? {} : { organizationId }),
  };
}

/** The step after an attempt. `now` in milliseconds of our own clock, for the countdown after a 429. */
export function stepAfter(outcome: Exclude<FormOutcome, { kind: "done" }>, now: number): CreateStep {
  switch (outcome.kind) {
    case "created_secret_lost":
    case "candidates":
      // Said by a dialog of its own; what was typed is still there to create it again.
      return editingStep;
    case "unknown": {
      const { failure, checkFailure } = outcome;
      return {
        step: "unknown",
        failure,
        problem: {
          title: "It is not known whether the token was created.",
          detail: unknownDetail(outcome),
          requestId: failureRequestId(checkFailure ?? failure) ?? failureRequestId(failure),
          field: undefined,
        },
      };
    }
    case "not_created": {
      const { failure } = outcome;
      const seconds =
        failure.kind === "problem" && failure.problem.reason === "rate_limited"
          ? (failure.retryAfter ?? 1)
          : undefined;
      return {
        step: "editing",
        problem: {
          title: "The token was not created.",
          detail: notCreatedDetail(failure),
          requestId: failureRequestId(failure),
          field: fieldOf(failure),
        },
        wait: seconds === undefined ? undefined : { from: now, until: now + seconds * 1000 },
      };
    }
  }
}

/** The outcome of an attempt that this page itself could not go on with: no error that a call is known to end in. */
export function unknownAfter(error: unknown, failure: Failure = { kind: "network" }): Unknown {
  return { kind: "unknown", failure, checkFailure: undefined, fault: String(error) };
}

export function unknownDetail({ failure, checkFailure, startedBy, fault }: Unknown): string {
  if (startedBy !== undefined)
    return `${startedBy} began it, and the gateway tells nobody else what became of it. Sign in as ${startedBy} to ask.`;
  if (fault !== undefined) return `This page met an error of its own: ${fault}`;
  const reason = describeFailure(failure);
  if (checkFailure === undefined) return `${reason} The gateway has not finished with it.`;
  const check = describeFailure(checkFailure);
  return check === reason ? reason : `${reason} Asking what became of it failed as well: ${check}`;
}

/** Why it was not created. What had no answer was settled by asking, and that is the better news. */
function notCreatedDetail(failure: Failure): string {
  switch (failure.kind) {
    case "network":
    case "timeout":
      return "The request was lost, and the gateway will not take it any more. Nothing was created.";
    case "partial":
    case "unreadable":
    case "cut":
    case "too_large":
    case "cancelled":
      return `${describeFailure(failure)} The gateway says that nothing was created.`;
    case "problem":
      return isSignedOut(failure)
        ? "Your session had ended before it was sent. Sign in, and create it again."
        : describeFailure(failure);
    case "offline":
      return describeFailure(failure);
  }
}

function fieldOf(failure: Failure): FormField | undefined {
  if (failure.kind !== "problem") return undefined;
  const name = failure.problem.field?.split(/[.[]/, 1)[0];
  return name === "description" || name === "permissions" || name === "expiresAt" ? name : undefined;
}

/** A token that exists without anybody having its secret, or those of which one may be it. */
export interface LostSecret {
  /** What it was to be called. */
  description: string;
  /** One when it is certain. */
  tokenIds: readonly string[];
}

export function lostSecret(outcome: FormOutcome, description: string): LostSecret | undefined {
  if (outcome.kind === "created_secret_lost") return { description, tokenIds: [outcome.tokenId] };
  if (outcome.kind === "candidates") return { description, tokenIds: outcome.tokens.map(({ id }) => id) };
  return undefined;
}
