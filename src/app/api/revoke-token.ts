import { ApiError, type Failure } from "./api-error.ts";

/** What became of one attempt to revoke. There is no fourth. */
export type RevokeOutcome =
  | {
      kind: "done";
      /** "confirmed": the server said so. "verified": a later read showed it. "already_gone": somebody was first. */
      how: "confirmed" | "verified" | "already_gone";
      /** Milliseconds, where the server or the token said when. */
      revokedAt: number | undefined;
    }
  | { kind: "not_done"; failure: Failure }
  | {
      kind: "unknown";
      /** What the attempt itself met, and what kept the reading from settling it. */
      failure: Failure;
      readFailure: Failure | undefined;
    };

/** What reading back tells of a token. */
export interface TokenReading {
  revokedAt?: string | undefined;
}

export interface RevokeSteps {
  /** Sends the DELETE, once. Resolves only on 204. */
  revoke(): Promise<number | undefined>;
  /** Reads the one token. */
  read(): Promise<TokenReading>;
  /** A complete, fresh list of the same cluster: the token as it stands there, or undefined when it is not in it. */
  findInFreshList(): Promise<TokenReading | undefined>;
  /** Waits that many seconds. */
  wait(seconds: number): Promise<void>;
  /** Called when the answer was not enough and reading begins. */
  onChecking(): void;
}

/** One early read is not final: the server may still be working on a request whose answer we lost. */
const READ_AFTER_SECONDS = [0.5, 1.5, 3] as const;

/**
 * Revokes once and finds out what is true. Sends one DELETE, never a second; a lost, odd or failed answer is
 * settled by reading (at 0.5, 2 and 5 seconds), and stays "unknown" when reading fails as well.
 */
export async function revokeVerified(steps: RevokeSteps): Promise<RevokeOutcome> {
  let failure: Failure;
  try {
    return { kind: "done", how: "confirmed", revokedAt: await steps.revoke() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failure = error.failure;
  }
  switch (settlement(failure)) {
    case "not_done":
      return { kind: "not_done", failure };
    case "list":
      steps.onChecking();
      return settleByList(steps, failure, "already_gone");
    case "read":
      steps.onChecking();
      return settleByReading(steps, failure);
  }
}

/** Reads again after an unknown outcome, without sending anything that changes something. */
export async function checkAgain(steps: RevokeSteps, failure: Failure): Promise<RevokeOutcome> {
  steps.onChecking();
  return settleByReading(steps, failure);
}

/** What a failure of the DELETE itself proves. */
function settlement(failure: Failure): "not_done" | "list" | "read" {
  switch (failure.kind) {
    case "offline":
      return "not_done";
    case "problem":
      if (failure.status === 404) return "list";
      if (failure.problem.reason === "protected") return "not_done";
      // 409 may mean "still running" and 410 "done before": reading tells. 5xx says nothing about what happened before it.
      return [409, 410].includes(failure.status) || failure.status >= 500 ? "read" : "not_done";
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

async function settleByList(
  steps: RevokeSteps,
  failure: Failure,
  how: "verified" | "already_gone",
): Promise<RevokeOutcome> {
  try {
    const listed = await steps.findInFreshList();
    if (listed === undefined) return { kind: "done", how, revokedAt: undefined };
    if (listed.revokedAt !== undefined) return { kind: "done", how, revokedAt: Date.parse(listed.revokedAt) };
    // The server denies it and lists it: a wrong route or a stale list. Neither proves anything.
    return { kind: "unknown", failure, readFailure: undefined };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: "unknown", failure, readFailure: error.failure };
  }
}

async function settleByReading(steps: RevokeSteps, failure: Failure): Promise<RevokeOutcome> {
  let readFailure: Failure | undefined;
  for (const seconds of READ_AFTER_SECONDS) {
    await steps.wait(seconds);
    try {
      const token = await steps.read();
      if (token.revokedAt !== undefined) {
        return { kind: "done", how: "verified", revokedAt: Date.parse(token.revokedAt) };
      }
      readFailure = undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      readFailure = error.failure;
      if (readFailure.kind === "problem" && readFailure.status === 404) {
        return settleByList(steps, failure, "verified");
      }
    }
  }
  if (readFailure === undefined) return { kind: "not_done", failure };
  return lastResort(steps, failure, readFailure);
}

/** The one token cannot be read. A complete list says the same of it, if that can be read. */
async function lastResort(
  steps: RevokeSteps,
  failure: Failure,
  readFailure: Failure,
): Promise<RevokeOutcome> {
  try {
    const listed = await steps.findInFreshList();
    if (listed !== undefined && listed.revokedAt === undefined) return { kind: "not_done", failure };
    return {
      kind: "done",
      how: "verified",
      revokedAt: listed?.revokedAt === undefined ? undefined : Date.parse(listed.revokedAt),
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: "unknown", failure, readFailure };
  }
}
