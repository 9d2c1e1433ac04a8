import type { ClusterEntry } from "#server/clusters.ts";
import type { Clock } from "#server/clock.ts";
import { sha256Hex } from "#server/sealing.ts";
import type { CallContext, Credential } from "#server/services/token-service.ts";

/** How long a cluster's word is taken for a credential, in milliseconds. */
const GOOD_FOR = 60_000;
const MAX_KNOWN = 10_000;

/**
 * Whether a cluster takes a credential, for what the gateway itself does for its holder. To authenticate against an
 * InfluxDB asks nobody, so that without this any text would open what is recorded here.
 */
export interface CredentialChecks {
  /** Throws what the service's `check` throws. A good answer holds for a minute, any other for this time only. */
  prove(entry: ClusterEntry, context: Omit<CallContext, "checkTime">): Promise<void>;
  /** The same of the service's `checkReader`. */
  proveReader(entry: ClusterEntry, context: Omit<CallContext, "checkTime">): Promise<void>;
}

/** What the gateway lends is the same for all. */
function secretOf(credential: Credential): string {
  switch (credential.kind) {
    case "management_token":
      return credential.secret;
    case "oidc":
      return credential.accessToken;
    case "operator":
    case "profile":
      return "";
  }
}

export function createCredentialChecks(clock: Clock): CredentialChecks {
  const good = new Map<string, number>();

  async function prove(
    what: "check" | "checkReader",
    entry: ClusterEntry,
    context: Omit<CallContext, "checkTime">,
  ): Promise<void> {
    const { credential } = context;
    const known = sha256Hex(`${what}\n${entry.key}\n${credential.kind}\n${secretOf(credential)}`);
    const now = clock();
    const since = good.get(known);
    if (since !== undefined && now >= since && now - since < GOOD_FOR) return;
    good.delete(known);
    await entry.service[what]?.(context);
    good.set(known, now);
    if (good.size <= MAX_KNOWN) return;
    for (const oldest of good.keys()) {
      good.delete(oldest);
      break;
    }
  }

  return {
    prove: (entry, context) => prove("check", entry, context),
    proveReader: async (entry, context) => {
      if (entry.service.checkReader !== undefined) await prove("checkReader", entry, context);
    },
  };
}
