import type { ProblemReason } from "#contract/problem.ts";

export interface ApiErrorDetails {
  field?: string;
  upstream?: { status: number; message: string };
  /** Seconds, for the Retry-After header. */
  retryAfter?: number;
  /** What the operation made or changed, when its own answer is no longer kept. */
  objectId?: string;
  headers?: Record<string, string>;
  /** With a status of 500 or more: it is certain that nothing was changed. */
  nothingDone?: boolean;
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
  readonly objectId: string | undefined;
  readonly headers: Record<string, string> | undefined;
  readonly nothingDone: boolean;

  constructor(status: number, reason: ProblemReason, message: string, details: ApiErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.status = status;
    this.reason = reason;
    this.field = details.field;
    this.upstream = details.upstream;
    this.retryAfter = details.retryAfter;
    this.objectId = details.objectId;
    this.headers = details.headers;
    this.nothingDone = details.nothingDone ?? status < 500;
  }
}
