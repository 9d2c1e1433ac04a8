import type { Context } from "hono";
import { IDEMPOTENCY_KEY_HEADER } from "#contract/headers.ts";
import { ApiError } from "#server/api-error.ts";
import { changeDeadline } from "#server/deadline.ts";
import type { Gateway, GatewayEnv } from "#server/gateway.ts";
import { MAX_BODY_BYTES, readBody } from "#server/json-body.ts";
import { checkKey, type Operation, operationKeyHash } from "#server/operations/idempotency.ts";
import { type Answer, toResponse } from "#server/problem-answer.ts";
import { clientAddress } from "#server/rate-limit.ts";
import { guardSameOrigin } from "#server/request-guard.ts";
import {
  actorIdentity,
  type Caller,
  type CallerResult,
  identifyCaller,
  requireCaller,
} from "#server/session/caller.ts";
import { admit, currentCredential } from "#server/session/cluster-access.ts";
import { readSessionCookies } from "#server/session/cookie.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Credential } from "#server/services/token-service.ts";
import { type Call, isMutation, type Route } from "./route.ts";

const DEADLINE = 30_000;

/** Takes one request through everything that stands before a handler. Throws ApiError. */
export async function serveRoute(gateway: Gateway, route: Route, c: Context<GatewayEnv>): Promise<Response> {
  const request = c.req.raw;
  const mutates = isMutation(route.method);
  let checkTime = changeDeadline();
  const usesCookie =
    !request.headers.has("Authorization") &&
    readSessionCookies(request.headers.get("Cookie"), gateway.site).length > 0;
  if (mutates && (route.access === "own_page" || usesCookie)) guardSameOrigin(request, gateway.site);

  const address = clientAddress(
    c.env?.peerAddress,
    request.headers.get("X-Forwarded-For") ?? undefined,
    gateway.trustedProxies,
  );
  let ofReading: AbortSignal | undefined;
  const signalOf = () =>
    // A change is not cut off half way because somebody closed a tab.
    mutates
      ? AbortSignal.timeout(DEADLINE)
      : (ofReading ??= AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE)]));
  const params = c.req.param();
  let identified: Promise<CallerResult> | undefined;
  const identify = () =>
    (identified ??= limitBearerFailures(gateway, request, address, () =>
      identifyCaller({ request, entry: bearerCluster(gateway, route, params), signal: signalOf() }, gateway),
    ));
  const isKnown = () =>
    identify().then(
      ({ state }) => state === "known",
      () => false,
    );
  // Strangers may send no more than the usual, and hear what is wrong with them rather than with their body.
  const limit = route.bodyLimit !== undefined && (await isKnown()) ? route.bodyLimit : MAX_BODY_BYTES;
  const refuseBody = async (error: unknown): Promise<never> => {
    if (route.bodyLimit !== undefined && route.access === "caller") requireCaller(await identify());
    throw error;
  };

  // The body is read before anything is decided, so that a refusal does not leave it on the connection.
  const body = mutates ? await readBody(request, limit).catch(refuseBody) : new Uint8Array();
  // A slow line is no slow database: nobody waits for what a large body begins as they do for a revoke.
  if (route.bodyLimit !== undefined) checkTime = changeDeadline();
  const rawKey = request.headers.get(IDEMPOTENCY_KEY_HEADER) ?? undefined;
  const operationOf = (actor: string, key: string): Operation => ({
    rawKey: checkKey(key, route.method),
    actor,
    method: route.method,
    target: targetOf(c),
    body,
    requestId: c.get("requestId"),
  });

  let caller: Caller | undefined;
  if (route.access === "caller") {
    const result = await identify();
    if (result.state === "refused" && mutates && rawKey !== undefined) {
      // Whoever revokes the credential of their own session ends it. When the answer to that is lost, the repeat must
      // still be told that it was done, and nothing else.
      const replayed = await gateway.operations.replay(operationOf(actorIdentity(result.actor), rawKey));
      if (replayed?.status === 204) return toResponse(replayed);
    }
    caller = requireCaller(result);
    c.set("callerKind", caller.kind);
  }
  if (mutates) limitMutations(gateway, caller);

  const signal = signalOf();
  let cluster: ClusterEntry | undefined;
  let credential: Credential | undefined;
  if (caller !== undefined && route.cluster !== undefined) {
    const { credentialFor, actor } = caller;
    cluster = route.cluster(params, (entry) => credentialFor(entry) !== undefined);
    const admission = { isRecord: route.isRecord === true, isDeeds: route.isDeeds === true, signal };
    try {
      credential =
        route.needsNoCredential === true
          ? await currentCredential(caller, cluster, gateway)
          : await admit(caller, cluster, gateway, admission);
    } catch (error) {
      // As above, of a credential that is not the one that says who this is.
      const isRefused = error instanceof ApiError && error.reason === "credential_refused";
      if (isRefused && mutates && rawKey !== undefined) {
        const replayed = await gateway.operations.replay(operationOf(actorIdentity(actor), rawKey));
        if (replayed?.status === 204) return toResponse(replayed);
      }
      throw error;
    }
  }

  const call: Call = {
    request,
    params,
    body,
    clientAddress: address,
    requestId: c.get("requestId"),
    breakOff: c.env?.breakOff,
    signal,
    checkTime,
    caller,
    cluster,
    credential,
  };
  if (!mutates || caller === undefined) return toResponse(await route.run(call));

  if (caller.kind === "session") {
    if (rawKey === undefined) {
      const message = `A change from a session needs the header ${IDEMPOTENCY_KEY_HEADER}.`;
      throw new ApiError(400, "idempotency_key_required", message);
    }
    if (route.wantsIfMatch === true && !request.headers.has("If-Match")) {
      const message = "An update from a session must say what it saw, with If-Match.";
      throw new ApiError(428, "precondition_required", message);
    }
  }
  const run = async (proposedId?: string): Promise<Answer> => {
    checkTime();
    return route.run(proposedId === undefined ? call : { ...call, proposedId });
  };
  if (rawKey === undefined) return toResponse(await run());
  const operation = operationOf(actorIdentity(caller.actor), rawKey);
  call.operationKey = operationKeyHash(operation.actor, rawKey);
  return toResponse(await (route.isRepeatable === true ? run() : gateway.operations.once(operation, run)));
}

/** Whose token a bearer's is. What is wrong with the address is said to whoever is known to the default cluster. */
function bearerCluster({ clusters }: Gateway, route: Route, params: Record<string, string>): ClusterEntry {
  try {
    return route.cluster?.(params, () => false) ?? clusters.main;
  } catch (error) {
    if (error instanceof ApiError) return clusters.main;
    throw error;
  }
}

/** What an operation is about: the path with its query, and what the caller said it had seen. */
function targetOf(c: Context<GatewayEnv>): string {
  const url = new URL(c.req.url);
  const ifMatch = c.req.header("If-Match");
  return `${url.pathname}${url.search}${ifMatch === undefined ? "" : ` if-match ${ifMatch}`}`;
}

/**
 * Whoever guesses tokens is slowed down. Looked at before and counted after: a program with a good token may have
 * hundreds of requests under way at once.
 */
async function limitBearerFailures<Result>(
  { limits }: Gateway,
  request: Request,
  address: string,
  identify: () => Promise<Result>,
): Promise<Result> {
  if (!request.headers.has("Authorization")) return identify();
  const wait = limits.bearerFailures.wait(address);
  if (wait > 0) {
    const message = "Too many requests with a refused token from this address. Wait a moment.";
    throw new ApiError(429, "rate_limited", message, { retryAfter: wait });
  }
  try {
    return await identify();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) limits.bearerFailures.take(address);
    throw error;
  }
}

function limitMutations({ limits }: Gateway, caller: Caller | undefined): void {
  if (caller === undefined) return;
  const wait =
    caller.kind === "session"
      ? limits.sessionMutations.take(caller.session?.idHash ?? "")
      : limits.bearerMutations.take(actorIdentity(caller.actor));
  if (wait > 0) {
    throw new ApiError(429, "rate_limited", "Too many changes a second. Wait a moment.", {
      retryAfter: wait,
    });
  }
}
