import {
  IDEMPOTENCY_KEY_HEADER,
  REQUEST_HEADER,
  REQUEST_ID_HEADER,
  type RequestKind,
} from "#contract/headers.ts";
import { ApiError, isSignedOut } from "./api-error.ts";
import { loadSchemas, type Schema, type Schemas } from "./load-schemas.ts";

export interface HttpRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A path of our own origin, beginning with `/api/`. */
  path: string;
  body?: unknown;
  idempotencyKey?: string;
  /** Further headers, by name. */
  headers?: Record<string, string>;
  /** "interactive" keeps the session awake. Reading is "background" unless a person asked for it. */
  kind?: RequestKind;
  signal?: AbortSignal | undefined;
  /** Until the whole body has arrived. */
  timeoutSeconds?: number;
}

/** A request that was sent before the application's code was there, and how to give it up. */
export interface EarlyAnswer {
  answer: Promise<Response>;
  /** Our clock when it came, in milliseconds: long before it is taken, maybe. */
  answeredAt?: number;
  abort: AbortController;
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
  // Nearly every answer has to be parsed. A failure shows where the schemas are asked for again.
  void loadSchemas().catch(() => undefined);
  const { response, failed } = await open(request);
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    throw failed(cause);
  }
  const answer = await readAnswer(response, text);
  if (answer instanceof ApiError) throw answer;
  return answer;
}

/** An answer whose body is still to be read. */
export interface OpenAnswer {
  response: Response;
  /** What it means that reading the body failed. */
  failed(cause: unknown): ApiError;
}

/**
 * Sends one request, once, and gives the answer when its headers are there; the deadline goes on until the body is
 * read. Throws ApiError when none came. `early`: the same request, sent before this code ran.
 */
export async function open(request: HttpRequest, early?: EarlyAnswer): Promise<OpenAnswer> {
  if (early === undefined && !navigator.onLine) throw new ApiError({ kind: "offline" });
  const seconds = request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const deadline = AbortSignal.timeout(seconds * 1000);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  const failed = (cause: unknown) => {
    if (request.signal?.aborted) return new ApiError({ kind: "cancelled" }, { cause });
    if (deadline.aborted) return new ApiError({ kind: "timeout", seconds }, { cause });
    return new ApiError({ kind: "network" }, { cause });
  };
  try {
    if (early === undefined)
      return { response: await fetch(request.path, requestInit(request, signal)), failed };
    signal.addEventListener("abort", () => early.abort.abort());
    if (signal.aborted) early.abort.abort();
    return { response: await early.answer, failed };
  } catch (cause) {
    throw failed(cause);
  }
}

function requestInit(request: HttpRequest, signal: AbortSignal): RequestInit {
  const headers = new Headers({
    Accept: JSON_TYPE,
    ...request.headers,
    [REQUEST_HEADER]: request.kind ?? "background",
  });
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

  return init;
}

/** Reads the whole body of an answer that is not what was hoped for, and says what it is. */
export async function refusalOf({ response, failed }: OpenAnswer): Promise<ApiError> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    return failed(cause);
  }
  const answer = await readAnswer(response, text);
  return answer instanceof ApiError ? answer : unreadable(response);
}

/** Something answered, but not with what the contract promises. */
export function unreadable({ status, headers }: { status: number; headers: Headers }): ApiError {
  return new ApiError({
    kind: "unreadable",
    status,
    requestId: headers.get(REQUEST_ID_HEADER) ?? undefined,
  });
}

const JSON_TYPE = "application/json";

export function isOfType(headers: Headers, type: string): boolean {
  return headers.get("Content-Type")?.startsWith(type) === true;
}

export function isJson(headers: Headers): boolean {
  return isOfType(headers, JSON_TYPE);
}

async function readAnswer(response: Response, text: string): Promise<HttpAnswer | ApiError> {
  const { status, headers } = response;
  let body: unknown;
  if (text !== "") {
    if (!isJson(headers)) return unreadable(response);
    try {
      body = JSON.parse(text);
    } catch {
      return unreadable(response);
    }
  }
  if (response.ok) return { status, headers, body };
  const problem = (await loadSchemas()).problem.safeParse(body);
  if (!problem.success) return unreadable(response);
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

/** Parses a body with one schema of the contract; a body that does not fit is `unreadable`. */
export async function parseBody<T>(choose: (schemas: Schemas) => Schema<T>, answer: HttpAnswer): Promise<T> {
  const parsed = choose(await loadSchemas()).safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw unreadable(answer);
}
