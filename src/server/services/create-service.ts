import type { Kysely } from "kysely";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { createClustered } from "./clustered.ts";
import { createCore } from "./core.ts";
import { createDedicated } from "./dedicated.ts";
import type { InTurn } from "./in-turn.ts";
import type { TokenService } from "./token-service.ts";
import type { Upstream } from "./upstream.ts";
import { createV2 } from "./v2.ts";

export interface ServiceDeps {
  upstream: Upstream;
  clock: Clock;
  db: Kysely<Tables>;
  /** Of all services of this process, and of all gateways that have the database; undefined where there is one of each. */
  acrossGateways?: InTurn | undefined;
}

/** The one place that asks which product a cluster is. */
export function createService(profile: Profile, given: ServiceDeps): TokenService {
  const { acrossGateways: all } = given;
  // Not the cluster's: one server may be in the file several times, each time with another token.
  const { origin, pathname } = new URL(profile.url);
  const ofServer: InTurn | undefined =
    all === undefined ? undefined : (key, signal, work) => all(`${origin}${pathname} ${key}`, signal, work);
  const deps = { ...given, acrossGateways: ofServer };
  switch (profile.product) {
    case "dedicated":
      return createDedicated(profile, deps);
    case "clustered":
      return createClustered(profile, deps);
    case "v2":
      return createV2(profile, deps);
    case "core":
    case "enterprise":
      return createCore(profile, deps);
  }
}
