import type { Capabilities, Cluster } from "#contract/cluster.ts";
import { ApiError, describeFailure } from "./api-error.ts";
import type { ClusterIds, TokenKind } from "./tokens-api.ts";

// Nobody says beforehand what an account may do: InfluxDB does, by refusing it. What it has refused once it would refuse
// again, so that it is not offered until somebody asks for it anew, or signs in with something else.

/** Why InfluxDB refuses, by what it refuses. */
export type RefusedActions = Partial<Record<keyof Capabilities, string>>;

export type RefusableAction = "revoke" | "create" | "change";

const capabilitiesOf: Record<TokenKind, Record<RefusableAction, readonly (keyof Capabilities)[]>> = {
  database: {
    revoke: ["revokeDatabaseToken"],
    create: ["createDatabaseToken"],
    change: ["updateDatabaseToken", "suspendDatabaseToken"],
  },
  management: { revoke: ["revokeManagementToken"], create: ["createManagementToken"], change: [] },
};

/** Where they stand in the query cache: with the cluster's lists, which go when another credential comes. */
export function refusedKey({ accountId, clusterId }: ClusterIds) {
  return ["cluster", accountId, clusterId, "refused"] as const;
}

/** As much of the query cache as is written here. */
export interface RefusalCache {
  setQueryData: (
    key: ReturnType<typeof refusedKey>,
    update: (now: RefusedActions | undefined) => RefusedActions,
  ) => unknown;
}

/** Does what was asked, and remembers when InfluxDB refuses it to this account. Throws what `act` throws. */
export async function noteRefusal<T>(
  cache: RefusalCache,
  { kind, ids, action }: { kind: TokenKind; ids: ClusterIds; action: RefusableAction },
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ApiError && isForAccount(error)) {
      const reason = describeFailure(error.failure);
      const refused = Object.fromEntries(capabilitiesOf[kind][action].map((name) => [name, reason]));
      cache.setQueryData(refusedKey(ids), (now) => ({ ...now, ...refused }));
    }
    throw error;
  }
}

/** InfluxDB itself said no, not the gateway. */
function isForAccount({ failure }: ApiError): boolean {
  return (
    failure.kind === "problem" &&
    failure.problem.reason === "forbidden" &&
    failure.problem.upstream?.status === 403
  );
}

/** The cluster as it is for who was refused something. Where rights go by the token, one refusal says nothing of others. */
export function withRefusals(cluster: Cluster, refused: RefusedActions | undefined): Cluster {
  if (refused === undefined || cluster.listsMayBePartial) return cluster;
  const capabilities = { ...cluster.capabilities };
  for (const [name, reason] of Object.entries(refused) as [keyof Capabilities, string][]) {
    if (capabilities[name].allowed) capabilities[name] = { allowed: false, reason };
  }
  return { ...cluster, capabilities };
}
