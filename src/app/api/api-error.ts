import type { Problem } from "#contract/problem.ts";

/** Everything that can go wrong with a call, closed. */
export type Failure =
  /** The gateway refused, in its own words. */
  | { kind: "problem"; status: number; problem: Problem; retryAfter: number | undefined }
  /** Something answered, but not with what the contract promises: HTML from a proxy, a cut body, a wrong schema. */
  | { kind: "unreadable"; status: number; requestId: string | undefined }
  /** A list broke off before its end, after so many rows. */
  | { kind: "cut"; rows: number }
  /** A token is not in a list that may leave out what the caller may not see. */
  | { kind: "partial"; reason: string }
  /** A list is larger than what can be held. */
  | { kind: "too_large"; limitMegabytes: number }
  /** No answer: refused, reset, or unreachable. Whether the server acted is not known. */
  | { kind: "network" }
  /** No answer within the deadline. Whether the server acted is not known. */
  | { kind: "timeout"; seconds: number }
  /** The browser says that it has no network; nothing was sent. */
  | { kind: "offline" }
  /** The caller asked to stop. */
  | { kind: "cancelled" };

/** The one error class of the browser side. Switch on `failure.kind` and on the problem's reason. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(describeFailure(failure), options);
    this.failure = failure;
  }
}

/** One sentence for a person; a refusal speaks in the server's words, with InfluxDB's own where it said something. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case "problem":
      return failure.problem.upstream === undefined
        ? failure.problem.message
        : `${failure.problem.message} InfluxDB says: ${failure.problem.upstream.message}`;
    case "unreadable":
      return `The answer (status ${failure.status}) is not what the gateway sends. Something between here and it may have answered instead.`;
    case "cut":
      return `The list broke off after ${failure.rows === 1 ? "1 row" : `${failure.rows} rows`}, so it is not complete.`;
    case "partial":
      return `The list does not show it, which proves nothing. ${failure.reason}`;
    case "too_large":
      return `The list is larger than ${failure.limitMegabytes} MB, which is more than this page reads.`;
    case "network":
      return "The gateway did not answer. It may be stopped, or the connection broke.";
    case "timeout":
      return `No answer came within ${failure.seconds} seconds.`;
    case "offline":
      return "This browser is offline. Nothing was sent.";
    case "cancelled":
      return "The request was cancelled.";
  }
}

/** The request id to quote to whoever reads the gateway's log. */
export function failureRequestId(failure: Failure): string | undefined {
  if (failure.kind === "problem") return failure.problem.requestId;
  if (failure.kind === "unreadable") return failure.requestId;
  return undefined;
}

/** Whether the failure says that nobody is signed in any more. */
export function isSignedOut(failure: Failure): boolean {
  return (
    failure.kind === "problem" &&
    (failure.problem.reason === "session_ended" || failure.problem.reason === "not_signed_in")
  );
}
