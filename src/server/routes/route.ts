import type * as z from "zod/mini";
import { parseJson, parseWith } from "#server/json-body.ts";
import type { Answer } from "#server/problem-answer.ts";
import { ApiError } from "#server/api-error.ts";
import type { Caller } from "#server/session/caller.ts";
import type { CallContext } from "#server/services/token-service.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** One request on its way through a route. */
export interface Call {
  request: Request;
  params: Record<string, string>;
  /** The whole body, already within its limit. */
  body: Uint8Array;
  clientAddress: string;
  requestId: string;
  /** Cuts the connection; undefined where there is none. */
  breakOff: (() => void) | undefined;
  /** Aborted when the caller goes away or the deadline passes. */
  signal: AbortSignal;
  /** Throws once it is too late to change anything. */
  checkTime: () => void;
  caller: Caller | undefined;
}

interface DescribedAnswer {
  status: number;
  schema?: z.ZodMiniType;
  description: string;
}

interface RouteDescription {
  method: Method;
  /** Hono's form: `/api/v0/tokens/:tokenId`. */
  path: string;
  summary: string;
  tag: string;
  /** "caller": a bearer token or a session. "own_page": our own pages, signed in or not. "anyone": everybody. */
  access: "caller" | "own_page" | "anyone";
  /** Not part of the vendor's API. */
  isAddition: boolean;
  answer: DescribedAnswer;
  /** What a successful call may get instead, when it asked for that. */
  otherAnswers?: readonly DescribedAnswer[];
  /** Request headers with a meaning of their own here: their names and what they ask for. */
  requestHeaders?: Readonly<Record<string, string>>;
  /** Statuses of the problems that are particular to it; those that every route can have are added for the document. */
  problems: readonly number[];
  /** Its PATCH wants to know what a session saw. */
  wantsIfMatch?: boolean;
}

export interface Route extends RouteDescription {
  request?: z.ZodMiniType;
  run(call: Call): Promise<Answer>;
}

/** A route without a body. */
export function route(description: RouteDescription & { handle(call: Call): Promise<Answer> }): Route {
  const { handle, ...rest } = description;
  return { ...rest, run: handle };
}

/** A route with a JSON body: the handler gets what the schema made of it. */
export function routeWithBody<Schema extends z.ZodMiniType>(
  description: RouteDescription & {
    request: Schema;
    handle(call: Call, body: z.output<Schema>): Promise<Answer>;
  },
): Route {
  const { handle, ...rest } = description;
  return {
    ...rest,
    run: async (call) => handle(call, parseWith(description.request, parseJson(call.body))),
  };
}

export function isMutation(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** For services. Routes with access "caller" always have one. */
export function callContext(call: Call): CallContext {
  if (call.caller === undefined)
    throw new ApiError(500, "internal", "A route was reached without its caller.");
  const { caller, signal, checkTime } = call;
  return { credential: caller.credential, actor: caller.actor, signal, checkTime };
}

export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new ApiError(500, "internal", `A route has no parameter ${name}.`);
  return value;
}
