import {
  IDEMPOTENCY_KEY_HEADER,
  REQUEST_HEADER,
  REQUEST_ID_HEADER,
  type RequestKind,
} from "#contract/headers.ts";
import { problemSchema } from "#contract/problem.ts";
import { ApiError, isSignedOut } from "./api-error.ts";

export interface HttpRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A path of our own origin, beginning with `/api/`. */
  path: string;
  body?: unknown;
  idempotencyKey?: string;
  /** "interactive" keeps the session awake. Reading is "background" unless a person asked for it. */
  kind?: RequestKind;
  signal?: AbortSignal | undefined;
  /** Until the whole body has arrived. */
  timeoutSeconds?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** The parsed body; undefined for an empty one. Unchecked: parse it with the contract. */
  body: unknown;
}

const DEFAULT_TIMEOUT_SECONDS = 30;

let sessionEndedListener: () => void = () => {};

/** Registers who is told when an answer says that nobody is signed in any more. There is one such listener. */
export function onSessionEnded(listener: () => void): void {
  sessionEndedListener = listener;
}

/** Sends one request, once. Throws ApiError for everything but a 2xx with JSON or an empty body. */
export async function send(request: HttpRequest): Promise<HttpAnswer> {
  if (!navigator.onLine) throw new ApiError({ kind: "offline" });
  const seconds = request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const deadline = AbortSignal.timeout(seconds * 1000);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);

  const headers = new Headers({ Accept: "application/json", [REQUEST_HEADER]: request.kind ?? "background" });
  if (request.idempotencyKey !== undefined) headers.set(IDEMPOTENCY_KEY_HEADER, request.idempotencyKey);
  const init: RequestInit = {
    method: request.method ?? "GET",
    headers,
    signal,
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
  };
  if (request.body !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(request.body);
  }

  let response: Response;
  let text: string;
  try {
    response = await fetch(request.path, init);
    text = await response.text();
  } catch (cause) {
    if (request.signal?.aborted) throw new ApiError({ kind: "cancelled" }, { cause });
    if (deadline.aborted) throw new ApiError({ kind: "timeout", seconds }, { cause });
    throw new ApiError({ kind: "network" }, { cause });
  }
  const answer = readAnswer(response, text);
  if (answer instanceof ApiError) throw answer;
  return answer;
}

function readAnswer(response: Response, text: string): HttpAnswer | ApiError {
  const { status, headers } = response;
  const unreadable = () =>
    new ApiError({ kind: "unreadable", status, requestId: headers.get(REQUEST_ID_HEADER) ?? undefined });
  let body: unknown;
  if (text !== "") {
    if (!headers.get("Content-Type")?.startsWith("application/json")) return unreadable();
    try {
      body = JSON.parse(text);
    } catch {
      return unreadable();
    }
  }
  if (response.ok) return { status, headers, body };
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return unreadable();
  const error = new ApiError({
    kind: "problem",
    status,
    problem: problem.data,
    retryAfter: retryAfterSeconds(headers.get("Retry-After"), Date.now()),
  });
  if (isSignedOut(error.failure)) sessionEndedListener();
  return error;
}

/** Seconds to wait, from a Retry-After of either form; held to 1…300, as longer waits are a person's decision. */
export function retryAfterSeconds(header: string | null, nowMillis: number): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - nowMillis) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(300, Math.max(1, Math.ceil(seconds)));
}

/** The server's clock at the answer, in milliseconds, to the second; undefined when it did not say. */
export function serverTime(headers: Headers): number | undefined {
  const millis = Date.parse(headers.get("Date") ?? "");
  return Number.isNaN(millis) ? undefined : millis;
}

/** Parses a body with the contract; a body that does not fit is `unreadable`. */
export function parseBody<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  answer: HttpAnswer,
): T {
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw new ApiError({
    kind: "unreadable",
    status: answer.status,
    requestId: answer.headers.get(REQUEST_ID_HEADER) ?? undefined,
  });
}
