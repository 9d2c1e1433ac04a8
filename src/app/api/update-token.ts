import type { Suspension } from "#contract/suspension.ts";
import type { Token } from "#contract/token.ts";
import { ApiError, type Failure } from "./api-error.ts";

/** A token as it was read, and what a change of it has to name in If-Match. */
export interface TokenReading {
  token: Token;
  etag: string;
  /** What is kept of it while it is suspended, where that was read as well. */
  kept?: KeptReading;
}

/** What is kept of a suspended token. Its ETag is what restoring has to name: it covers the token too. */
export interface KeptReading {
  suspension: Suspension;
  etag: string;
}

/** A suspended token, with what is kept of it. */
export type SuspendedReading = TokenReading & { kept: KeptReading };

/** What became of one attempt to change a token: an update, a suspension or a restoration. */
export type UpdateOutcome =
  | {
      kind: "saved";
      /** "confirmed": the server said so. "verified": a later read showed it. */
      how: "confirmed" | "verified";
      /** The token as it was last read. */
      saved: TokenReading;
      /** Whether reading it back after a confirmation showed what was wanted; "unread": it could not be read. */
      readBack: "same" | "differs" | "unread";
    }
  | { kind: "not_saved"; failure: Failure }
  /** The token is neither what the change began with nor what it wanted: somebody else changed it. */
  | { kind: "conflict"; current: TokenReading }
  /** A complete, fresh list, or the token itself, shows that it can not be changed any more. */
  | { kind: "gone"; how: "revoked" | "absent" }
  | {
      kind: "unknown";
      /** What the attempt itself met, and what kept the reading from settling it. */
      failure: Failure;
      readFailure: Failure | undefined;
    };

/** What a list tells of a token. */
export interface ListedReading {
  revokedAt?: string | undefined;
}

export interface UpdateSteps {
  /** Sends the change, once. Resolves only with the changed token. */
  send(): Promise<TokenReading>;
  /** Reads the one token. */
  read(): Promise<TokenReading>;
  /** A complete, fresh list of the same cluster: the token as it stands there, or undefined when it is not in it. */
  findInFreshList(): Promise<ListedReading | undefined>;
  /** Whether a token is what the change wants, what it began with, or neither. */
  judge(reading: TokenReading): "wish" | "base" | "other";
  /** Waits that many seconds. */
  wait(seconds: number): Promise<void>;
  /** Called when the answer was not enough and reading begins. */
  onChecking(): void;
}

/** At 0.5, 2 and 5 seconds: one early read is not final, the server may still be working on the request. */
const READ_AFTER_SECONDS = [0.5, 1.5, 3] as const;

/**
 * Changes a token once and finds out what is true. Sends one request, never a second; a confirmed change is read back
 * and compared, and a lost, odd or failed answer is settled by reading. It stays "unknown" when reading fails as well.
 */
export async function updateVerified(steps: UpdateSteps): Promise<UpdateOutcome> {
  let confirmed: TokenReading;
  try {
    confirmed = await steps.send();
  } catch (error) {
    const failure = failureOf(error);
    switch (settlement(failure)) {
      case "not_saved":
        return { kind: "not_saved", failure };
      case "list":
        steps.onChecking();
        return settleByList(steps, failure, () => compare(steps, failure, "unknown"));
      case "compare":
        return compare(steps, failure, "list");
      case "read":
        steps.onChecking();
        return settleByReading(steps, failure);
    }
  }
  return readBack(steps, confirmed);
}

/** Reads again after an unknown outcome, without sending anything that changes something. */
export async function checkUpdateAgain(steps: UpdateSteps, failure: Failure): Promise<UpdateOutcome> {
  steps.onChecking();
  return settleByReading(steps, failure);
}

/** What a failure of the change itself proves. */
function settlement(failure: Failure): "not_saved" | "list" | "compare" | "read" {
  switch (failure.kind) {
    case "offline":
      return "not_saved";
    case "problem":
      switch (failure.status) {
        case 404:
          return "list";
        case 412:
          return "compare";
        case 409:
          // Its state does not allow it, and reading says which state that is; or the same attempt still runs.
          return failure.problem.reason === "conflict" ? "compare" : "read";
        case 410:
          // Of the same attempt: it was done, and how is no longer kept.
          return "read";
        default:
          // 5xx says nothing about what happened before it.
          return failure.status >= 500 ? "read" : "not_saved";
      }
    case "unreadable":
    case "cut":
    case "partial":
    case "too_large":
    case "network":
    case "timeout":
    case "cancelled":
      return "read";
  }
}

async function readBack(steps: UpdateSteps, confirmed: TokenReading): Promise<UpdateOutcome> {
  const saved = { kind: "saved", how: "confirmed" } as const;
  try {
    const reading = await steps.read();
    const same = steps.judge(reading) === "wish";
    return { ...saved, saved: reading, readBack: same ? "same" : "differs" };
  } catch (error) {
    failureOf(error);
    return { ...saved, saved: confirmed, readBack: "unread" };
  }
}

/** The server refused, for what the token is now perhaps: one reading says what that is. */
async function compare(
  steps: UpdateSteps,
  failure: Failure,
  whenNotFound: "list" | "unknown",
): Promise<UpdateOutcome> {
  try {
    return outcomeOf(steps, await steps.read()) ?? { kind: "not_saved", failure };
  } catch (error) {
    const readFailure = failureOf(error);
    if (whenNotFound === "unknown") return { kind: "unknown", failure, readFailure };
    // It was refused, whatever the token is now.
    if (!isNotFound(readFailure)) return { kind: "not_saved", failure };
    return settleByList(steps, failure, () => ({ kind: "unknown", failure, readFailure }));
  }
}

/** What a reading proves; undefined: the change did not happen so far. */
function outcomeOf(steps: UpdateSteps, reading: TokenReading): UpdateOutcome | undefined {
  if (reading.token.revokedAt !== undefined) return { kind: "gone", how: "revoked" };
  switch (steps.judge(reading)) {
    case "wish":
      return { kind: "saved", how: "verified", saved: reading, readBack: "same" };
    case "base":
      return undefined;
    case "other":
      return { kind: "conflict", current: reading };
  }
}

async function settleByReading(steps: UpdateSteps, failure: Failure): Promise<UpdateOutcome> {
  let readFailure: Failure | undefined;
  for (const seconds of READ_AFTER_SECONDS) {
    await steps.wait(seconds);
    try {
      const outcome = outcomeOf(steps, await steps.read());
      if (outcome !== undefined) return outcome;
      readFailure = undefined;
    } catch (error) {
      readFailure = failureOf(error);
      if (isNotFound(readFailure)) {
        const unknown: UpdateOutcome = { kind: "unknown", failure, readFailure };
        return settleByList(steps, failure, () => unknown);
      }
    }
  }
  return readFailure === undefined
    ? { kind: "not_saved", failure }
    : { kind: "unknown", failure, readFailure };
}

/** A 404 by itself proves nothing: a wrong account or a misrouted proxy answers it too. */
async function settleByList(
  steps: UpdateSteps,
  failure: Failure,
  whenListed: () => UpdateOutcome | Promise<UpdateOutcome>,
): Promise<UpdateOutcome> {
  let listed: ListedReading | undefined;
  try {
    listed = await steps.findInFreshList();
  } catch (error) {
    return { kind: "unknown", failure, readFailure: failureOf(error) };
  }
  if (listed === undefined) return { kind: "gone", how: "absent" };
  if (listed.revokedAt !== undefined) return { kind: "gone", how: "revoked" };
  return whenListed();
}

function isNotFound(failure: Failure): boolean {
  return failure.kind === "problem" && failure.status === 404;
}

/** A fault of our own is no outcome. */
function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return error.failure;
  throw error;
}
