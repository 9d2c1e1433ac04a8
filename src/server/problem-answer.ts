import type { Problem } from "#contract/problem.ts";
import { ApiError } from "./api-error.ts";
import { isStoreFailure } from "./database/failure.ts";

/** What a handler answers: data, so that it can be recorded and replayed. */
export interface Answer {
  status: number;
  body?: unknown;
  /** In place of a body: its JSON text, or what `headers` say, which nobody makes before it is asked for (HEAD does not ask). */
  stream?: ReadableStream<Uint8Array>;
  headers?: Record<string, string>;
  /** The id of what was made or changed. */
  objectId?: string;
  /** The body holds a secret: kept for replay for minutes, not for a day. */
  holdsSecret?: boolean;
}

/** An exception as the caller may see it: our own faults answer generically, the log has the rest. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isStoreFailure(error)) {
    return new ApiError(503, "unavailable", "The gateway's database cannot be reached at the moment.", {
      retryAfter: 5,
      cause: error,
    });
  }
  return new ApiError(500, "internal", "Something went wrong in the gateway. Its log has the details.", {
    cause: error,
  });
}

export function problemAnswer(error: ApiError, requestId: string): Answer {
  const body: Problem = {
    code: error.status,
    message: error.message,
    reason: error.reason,
    requestId,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.objectId === undefined ? {} : { objectId: error.objectId }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
  };
  return {
    status: error.status,
    body,
    headers: {
      ...(error.retryAfter === undefined ? {} : { "Retry-After": String(error.retryAfter) }),
      ...error.headers,
    },
  };
}

export function toResponse(answer: Answer): Response {
  const headers = new Headers(answer.headers);
  headers.set("Cache-Control", "no-store");
  if (answer.body === undefined && answer.stream === undefined) {
    return new Response(null, { status: answer.status, headers });
  }
  if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json; charset=utf-8");
  const body = answer.stream ?? JSON.stringify(answer.body);
  return new Response(body, { status: answer.status, headers });
}
