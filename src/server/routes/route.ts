import * as z from "zod/mini";
import { parseJson, parseWith } from "#server/json-body.ts";
import type { Answer } from "#server/problem-answer.ts";
import { ApiError } from "#server/api-error.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Actor } from "#contract/session.ts";
import type { Caller } from "#server/session/caller.ts";
import type { CallContext, Credential } from "#server/services/token-service.ts";

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
  /** The cluster that the route is about. */
  cluster: ClusterEntry | undefined;
  /** What the caller acts with there. */
  credential: Credential | undefined;
  /** key_hash of the operation that it runs in; undefined for one without a key. */
  operationKey?: string;
  /** For what it makes; undefined where the caller gave no key to ask with later. */
  proposedId?: string;
}

export type QuerySchema = z.ZodMiniObject<Record<string, z.ZodMiniType>>;

interface DescribedAnswer {
  status: number;
  schema?: z.ZodMiniType;
  description: string;
  /** The same in other types of JSON, for who asks for one by its name. */
  otherForms?: Readonly<Record<string, z.ZodMiniType>>;
  /** Where it is not JSON. */
  contentTypes?: readonly string[];
}

interface RouteDescription {
  method: Method;
  /** Hono's form: `/api/v0/tokens/:tokenId`. */
  path: string;
  summary: string;
  tag: string;
  /** "caller": a bearer token or a session. "own_page": our own pages, signed in or not. "anyone": everybody. */
  access: "caller" | "own_page" | "anyone";
  /**
   * Which cluster it is about: whose token a bearer's is taken for, and whose credential a session must have. Of clusters
   * that are as good, one that is preferred. Throws 400 or 404. Without it a bearer's token is one of the default cluster.
   */
  cluster?: (params: Record<string, string>, isPreferred: (entry: ClusterEntry) => boolean) => ClusterEntry;
  /** It also answers a session that has no credential for that cluster. */
  needsNoCredential?: boolean;
  /** It answers from what the gateway keeps about the cluster: the cluster is asked whether the credential is good. */
  isRecord?: boolean;
  /** It says what was done to tokens: for who may see the cluster's tokens, and not for everybody whom the cluster knows. */
  isDeeds?: boolean;
  /** Not part of the vendor's API. */
  isAddition: boolean;
  answer: DescribedAnswer;
  /** What a successful call may get instead, when it asked for that. */
  otherAnswers?: readonly DescribedAnswer[];
  /** Request headers with a meaning of their own here: their names and what they ask for. */
  requestHeaders?: Readonly<Record<string, string>>;
  /** What its query may have, nothing else; parameters that are arrays may come again and again. */
  query?: QuerySchema;
  /** Statuses of the problems that are particular to it; those that every route can have are added for the document. */
  problems: readonly number[];
  /** It changes a token, and wants to know what a session saw of it. */
  wantsIfMatch?: boolean;
  /** A mutation that may run any number of times, and whose answer is about now: it is not recorded, a repeat runs again. */
  isRepeatable?: boolean;
  /** Of the gateway itself: asked every few seconds, never turned away, and no line in the log that anybody wants. */
  isProbe?: boolean;
  /** It ends something or says what became of something: it is never turned away because there is too much to do. */
  isNeverShed?: boolean;
  /** In bytes, whole megabytes of them: how much a known caller may send, where that is more than the usual 1 MB. */
  bodyLimit?: number;
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

/** Who acts. Routes with access "caller" always have somebody. */
export function callActor({ caller }: Call): Actor {
  if (caller === undefined) throw new ApiError(500, "internal", "A route was reached without its caller.");
  return caller.actor;
}

/** For a route that says which cluster it is about. */
export function clusterOf({ cluster }: Call): ClusterEntry {
  if (cluster === undefined) throw new ApiError(500, "internal", "A route was reached without its cluster.");
  return cluster;
}

/** For the service of the route's cluster, and of no other. */
export function callContext(call: Call): CallContext {
  const { credential, signal, checkTime } = call;
  if (credential === undefined) {
    throw new ApiError(500, "internal", "A route was reached without the credential of its cluster.");
  }
  return { credential, actor: callActor(call), signal, checkTime };
}

/** The query as the schema of its route has it. Throws 400 for one that does not fit, or has more. */
export function queryOf<Schema extends QuerySchema>(
  { request }: Pick<Call, "request">,
  schema: Schema,
): z.output<Schema> {
  const parameters = new URL(request.url).searchParams;
  const given: Record<string, unknown> = {};
  for (const name of new Set(parameters.keys())) {
    const wanted = Object.hasOwn(schema.def.shape, name) ? schema.def.shape[name] : undefined;
    const values = parameters.getAll(name);
    if (wanted === undefined || (values.length > 1 && !takesMany(wanted))) {
      const message = `${name} is no parameter of this address, or may be given only once.`;
      throw new ApiError(400, "invalid_request", message, { field: name });
    }
    given[name] = takesMany(wanted) ? values : values[0];
  }
  return parseWith(schema, given);
}

export function takesMany(schema: z.ZodMiniType): boolean {
  return schema instanceof z.ZodMiniOptional
    ? schema.def.innerType instanceof z.ZodMiniArray
    : schema instanceof z.ZodMiniArray;
}

export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new ApiError(500, "internal", `A route has no parameter ${name}.`);
  return value;
}
