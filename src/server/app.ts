import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { REQUEST_ID_HEADER } from "#contract/headers.ts";
import { createActivityStore } from "./activity/activity-store.ts";
import { ApiError } from "./api-error.ts";
import { createChaos } from "./chaos.ts";
import type { MetricsSources } from "./metrics/metrics.ts";
import { emptyLog } from "./database/erasure.ts";
import { purgeListVersions } from "./database/list-version.ts";
import type { Gateway, GatewayEnv, GatewayOptions } from "./gateway.ts";
import { loggablePath } from "./log.ts";
import { createOidc } from "./oidc/oidc.ts";
import { createSignInFlows } from "./oidc/sign-in-flows.ts";
import { createOperations } from "./operations/idempotency.ts";
import { createOperationStore } from "./operations/operation-store.ts";
import { createReconciliation } from "./operations/reconciliation.ts";
import { problemAnswer, toApiError, toResponse } from "./problem-answer.ts";
import { createRateLimit } from "./rate-limit.ts";
import { guardHost, guardTarget } from "./request-guard.ts";
import { purgeRevokeRuns } from "./revoke-runs/revoke-run-store.ts";
import { allRoutes } from "./routes/all-routes.ts";
import { serveRoute } from "./routes/serve-route.ts";
import { createShedding, ShedError } from "./shedding.ts";
import { createNonce, securityHeaders } from "./security-headers.ts";
import { createCredentialChecks } from "./session/credential-checks.ts";
import { createSessionStore } from "./session/session-store.ts";
import { purgeSignInCodes } from "./session/sign-in-codes.ts";
import { withoutStartData, withStartData } from "./start-data.ts";
import { htmlAnswer } from "./static-files.ts";

export interface GatewayApp {
  hono: Hono<GatewayEnv>;
  /** Removes what has expired from the database. To be called now and then. */
  purge(): Promise<void>;
  /**
   * Finds out what became of operations whose gateway is gone. To be called now and then; `isOnly`: first of all, by a
   * gateway that has its database alone, whose predecessors need not be waited for.
   */
  reconcile(isOnly?: boolean): Promise<void>;
  /** What somebody may want to know while it runs. */
  sources: MetricsSources;
  /** Settles once no request to the API is under way, those included whose caller has gone. */
  idle(): Promise<void>;
  /** Whether this gateway cannot read the sessions that are kept: see SessionStore. */
  hasAnotherKey(): Promise<boolean>;
}

/** The gateway as a function from Request to Response. It knows no socket, no file and no environment. */
export function createApp(options: GatewayOptions): GatewayApp {
  const { clock, db, random, log, site } = options;
  const { metrics } = options;
  const operationStore = createOperationStore(db, clock, random(16).toString("hex"));
  const sessions = createSessionStore(options);
  const flows = createSignInFlows(options);
  const activity = createActivityStore(db, clock, options.onActivity);
  const reconciliation = createReconciliation(operationStore, options.clusters, log, (operation) =>
    activity.endOperation(operation.keyHash, operation),
  );
  const gateway: Gateway = {
    ...options,
    sessions,
    oidc:
      options.identityProvider === undefined
        ? undefined
        : createOidc(options.identityProvider, { sessions, flows, clock }),
    credentialChecks: createCredentialChecks(clock),
    operations: createOperations(operationStore, clock, log, options.key, reconciliation, metrics),
    activity,
    limits: {
      signIn: createRateLimit({ limit: 10, windowMillis: 60_000, clock }),
      signInStarts: createRateLimit({ limit: 60, windowMillis: 60_000, clock }),
      // Generous: many programs may share an address, and one with an old token tries again and again.
      bearerFailures: createRateLimit({ limit: 100, windowMillis: 60_000, clock }),
      sessionMutations: createRateLimit({ limit: 50, windowMillis: 1000, clock }),
      bearerMutations: createRateLimit({ limit: options.mutationRate, windowMillis: 1000, clock }),
    },
  };

  const shedding = createShedding({
    maxRequests: options.maxRequests,
    loopLag: options.loopLag,
    onShed: () => metrics?.shed(),
  });
  const hono = new Hono<GatewayEnv>();

  const probes = new Set<string>();

  // Outermost, so that no answer leaves without its headers and its line in the log.
  hono.use("*", async (c, next) => {
    const started = performance.now();
    c.set("requestId", randomUUID());
    c.set("nonce", createNonce(random));
    c.set("callerKind", "none");
    c.set("route", "none");
    await next();
    const headers = {
      ...securityHeaders(c.get("nonce"), site.secure),
      [REQUEST_ID_HEADER]: c.get("requestId"),
    };
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
    const took = performance.now() - started;
    const route = c.get("route");
    metrics?.request({ route, method: c.req.method, status: c.res.status, seconds: took / 1000 });
    log[probes.has(route) ? "debug" : "info"]({
      requestId: c.get("requestId"),
      method: c.req.method,
      path: loggablePath(pathOf(c)),
      status: c.res.status,
      ms: Math.round(took * 10) / 10,
      caller: c.get("callerKind"),
    });
  });

  hono.use("*", async (c, next) => {
    guardTarget(targetOf(c));
    guardHost(c.req.header("Host") ?? new URL(c.req.url).host, site);
    await next();
  });

  if (options.chaos !== undefined) hono.use("/api/v0/*", createChaos(options.chaos, options.clusters));

  const allowed = new Map<string, Set<string>>();
  for (const route of allRoutes(gateway)) {
    if (route.isProbe === true) probes.add(route.path);
    hono.on(route.method, route.path, async (c) => {
      c.set("route", route.path);
      const leave = shedding.enter(route.isProbe === true || route.isNeverShed === true);
      try {
        return await serveRoute(gateway, route, c);
      } finally {
        leave();
      }
    });
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
    c.set("route", "html" in answer ? "page" : "file");
    if (!("html" in answer)) return answer;
    // It comes without its data, and asks for that when it is there.
    if (shedding.isFull()) return htmlAnswer(withoutStartData(answer.html));
    return htmlAnswer(await withStartData(gateway, answer.html, c.req.raw, c.get("requestId")));
  });

  hono.onError((error, c) => {
    const problem = toApiError(error);
    const requestId = c.get("requestId");
    if (problem.status >= 500 && !(error instanceof ShedError)) {
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
      await activity.endAbandoned();
      await purgeRevokeRuns(db, clock);
      await purgeSignInCodes(db, clock);
      await flows.purge();
      await purgeListVersions(db, clock());
      // Also of what was erased while somebody still read an older state.
      await emptyLog(db);
    },
    async reconcile(isOnly = false) {
      if (isOnly) await operationStore.endLeases();
      await reconciliation.settleAll();
    },
    sources: {
      requestsUnderWay: shedding.underWay,
      sessions: () => gateway.sessions.count(),
      openOperations: () => operationStore.countOpen(),
    },
    idle: () => shedding.idle(),
    hasAnotherKey: () => gateway.sessions.areSealedWithAnotherKey(),
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
