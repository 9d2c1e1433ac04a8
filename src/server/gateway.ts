import type { Kysely } from "kysely";
import type { ActivityStore } from "./activity/activity-store.ts";
import type { ChaosOptions } from "./chaos.ts";
import type { Clock } from "./clock.ts";
import type { ClusterRegistry } from "./clusters.ts";
import type { Tables } from "./database/schema.ts";
import type { AddressSet } from "./ip-address.ts";
import type { LoopLag } from "./loop-lag.ts";
import type { Log } from "./log.ts";
import type { MetricsEndpoint } from "./metrics/metrics.ts";
import type { Oidc, OidcOptions } from "./oidc/oidc.ts";
import type { Operations } from "./operations/idempotency.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Readiness } from "./readiness.ts";
import type { RandomBytes } from "./sealing.ts";
import type { CredentialChecks } from "./session/credential-checks.ts";
import type { SessionStore } from "./session/session-store.ts";
import type { Site } from "./site.ts";

/** A page of the application, before what belongs to one request is put into it. */
export interface HtmlPage {
  html: string;
}

/** What the pages are made of: built files from memory, or Vite while developing. */
export interface Pages {
  /** GET and HEAD of everything outside /api. Undefined: there is no such file. */
  answer(request: Request, nonce: string): Promise<Response | HtmlPage | undefined>;
}

/** Everything an app needs from outside; nothing of it is global. */
export interface GatewayOptions {
  db: Kysely<Tables>;
  /** Tells this start of a gateway from every other one. No secret. */
  instance: string;
  /** 32 bytes; encrypts what is kept at rest. */
  key: Buffer;
  clock: Clock;
  random: RandomBytes;
  site: Site;
  clusters: ClusterRegistry;
  pages: Pages;
  log: Log;
  trustedProxies: AddressSet;
  /** Mutations a second of one bearer caller. */
  mutationRate: number;
  /** Told when rows were added to the record of who did what. */
  onActivity?: (() => void) | undefined;
  /** Requests to the API under way at once. */
  maxRequests: number;
  loopLag: LoopLag;
  readiness: Readiness;
  /** Undefined: nothing is counted, and there is no address for it. */
  metrics?: MetricsEndpoint | undefined;
  /** Set: so much of what is asked of the own cluster fails on purpose. */
  chaos?: ChaosOptions | undefined;
  /** Where people may sign in beside the gateway's own ways. */
  identityProvider?: OidcOptions | undefined;
}

/** What routes work with. */
export interface Gateway extends GatewayOptions {
  sessions: SessionStore;
  credentialChecks: CredentialChecks;
  operations: Operations;
  activity: ActivityStore;
  oidc: Oidc | undefined;
  limits: {
    signIn: RateLimit;
    /** Of sign-ins that begin at the identity provider. */
    signInStarts: RateLimit;
    bearerFailures: RateLimit;
    sessionMutations: RateLimit;
    bearerMutations: RateLimit;
  };
}

/** What the socket side knows and a Request does not say. */
export interface Connection {
  peerAddress?: string;
  /** The request target as it came, before any URL parser improved it. */
  target?: string;
  /** Cuts the connection, so that an answer under way is seen to be broken off. */
  breakOff?: () => void;
}

export interface GatewayEnv {
  Bindings: Connection;
  Variables: { requestId: string; nonce: string; callerKind: string; route: string };
}
