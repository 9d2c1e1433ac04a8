import type { ProblemReason } from "#contract/problem.ts";

export interface ApiErrorDetails {
  field?: string;
  upstream?: { status: number; message: string };
  /** Seconds, for the Retry-After header. */
  retryAfter?: number;
  cause?: unknown;
}

/** The one error class of the server. Its message is shown to people: no stack, SQL, path or secret. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: ProblemReason;
  readonly field: string | undefined;
  readonly upstream: { status: number; message: string } | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: ProblemReason, message: string, details: ApiErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.status = status;
    this.reason = reason;
    this.field = details.field;
    this.upstream = details.upstream;
    this.retryAfter = details.retryAfter;
  }
}
