import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { REQUEST_ID_HEADER } from "#contract/headers.ts";
import { ApiError } from "./api-error.ts";
import { purgeListVersions } from "./database/list-version.ts";
import type { Gateway, GatewayEnv, GatewayOptions } from "./gateway.ts";
import { loggablePath } from "./log.ts";
import { createOperations } from "./operations/idempotency.ts";
import { createOperationStore } from "./operations/operation-store.ts";
import { problemAnswer, toApiError, toResponse } from "./problem-answer.ts";
import { createRateLimit } from "./rate-limit.ts";
import { guardHost, guardTarget } from "./request-guard.ts";
import { allRoutes } from "./routes/all-routes.ts";
import { serveRoute } from "./routes/serve-route.ts";
import { createNonce, securityHeaders } from "./security-headers.ts";
import { createSessionStore } from "./session/session-store.ts";
import { purgeSignInCodes } from "./session/sign-in-codes.ts";
import { withStartData } from "./start-data.ts";
import { htmlAnswer } from "./static-files.ts";

export interface GatewayApp {
  hono: Hono<GatewayEnv>;
  /** Removes what has expired from the database. To be called now and then. */
  purge(): Promise<void>;
}

/** The gateway as a function from Request to Response. It knows no socket, no file and no environment. */
export function createApp(options: GatewayOptions): GatewayApp {
  const { clock, db, random, log, site } = options;
  const operationStore = createOperationStore(db, clock, random(16).toString("hex"));
  const gateway: Gateway = {
    ...options,
    sessions: createSessionStore(options),
    operations: createOperations(operationStore, clock, log),
    limits: {
      signIn: createRateLimit({ limit: 10, windowMillis: 60_000, clock }),
      // Generous: many programs may share an address, and one with an old token tries again and again.
      bearerFailures: createRateLimit({ limit: 100, windowMillis: 60_000, clock }),
      sessionMutations: createRateLimit({ limit: 50, windowMillis: 1000, clock }),
      bearerMutations: createRateLimit({ limit: options.mutationRate, windowMillis: 1000, clock }),
    },
  };

  const hono = new Hono<GatewayEnv>();

  // Outermost, so that no answer leaves without its headers and its line in the log.
  hono.use("*", async (c, next) => {
    const started = performance.now();
    c.set("requestId", randomUUID());
    c.set("nonce", createNonce(random));
    c.set("callerKind", "none");
    await next();
    const headers = {
      ...securityHeaders(c.get("nonce"), site.secure),
      [REQUEST_ID_HEADER]: c.get("requestId"),
    };
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
    log.info({
      requestId: c.get("requestId"),
      method: c.req.method,
      path: loggablePath(pathOf(c)),
      status: c.res.status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      caller: c.get("callerKind"),
    });
  });

  hono.use("*", async (c, next) => {
    guardTarget(targetOf(c));
    guardHost(c.req.header("Host") ?? new URL(c.req.url).host, site);
    await next();
  });

  const allowed = new Map<string, Set<string>>();
  for (const route of allRoutes(gateway)) {
    hono.on(route.method, route.path, (c) => serveRoute(gateway, route, c));
    const methods = allowed.get(route.path) ?? new Set<string>();
    methods.add(route.method);
    if (route.method === "GET") methods.add("HEAD");
    allowed.set(route.path, methods);
  }
  for (const [path, methods] of allowed) hono.all(path, () => refuseMethod([...methods]));

  hono.all("*", async (c) => {
    const path = new URL(c.req.url).pathname;
    if (path === "/api" || path.startsWith("/api/"))
      throw new ApiError(404, "not_found", "There is no such address.");
    if (c.req.method !== "GET" && c.req.method !== "HEAD") return refuseMethod(["GET", "HEAD"]);
    const answer = await options.pages.answer(c.req.raw, c.get("nonce"));
    if (answer === undefined) throw new ApiError(404, "not_found", "There is no such file.");
    if (!("html" in answer)) return answer;
    return htmlAnswer(await withStartData(gateway, answer.html, c.req.raw, c.get("requestId")));
  });

  hono.onError((error, c) => {
    const problem = toApiError(error);
    const requestId = c.get("requestId");
    if (problem.status >= 500) {
      const cause = problem.cause instanceof Error ? problem.cause : problem;
      log.error({ requestId, event: problem.reason, stack: cause.stack });
    }
    return toResponse(problemAnswer(problem, requestId));
  });

  return {
    hono,
    async purge() {
      await gateway.sessions.purge();
      await operationStore.purge();
      await purgeSignInCodes(db, clock);
      await purgeListVersions(db, clock());
    },
  };
}

function refuseMethod(methods: string[]): never {
  throw new ApiError(405, "method_not_allowed", `This address takes ${methods.join(", ")} only.`, {
    headers: { Allow: methods.join(", ") },
  });
}

function targetOf(c: Context<GatewayEnv>): string {
  if (c.env?.target !== undefined) return c.env.target;
  const url = new URL(c.req.url);
  return url.pathname + url.search;
}

function pathOf(c: Context<GatewayEnv>): string {
  return targetOf(c).replace(/[?#].*$/s, "");
}
