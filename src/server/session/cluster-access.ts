import type { Cluster, ClusterAccess } from "#contract/cluster.ts";
import { ApiError } from "#server/api-error.ts";
import type { Gateway } from "#server/gateway.ts";
import type { ClusterEntry, ClusterRegistry } from "#server/clusters.ts";
import type { CallContext, Credential } from "#server/services/token-service.ts";
import type { Caller } from "./caller.ts";

export function clusterAccess(entry: ClusterEntry, caller: Caller): ClusterAccess {
  if (caller.credentialFor(entry) !== undefined) return { state: "ready" };
  return { state: "credential_needed", reason: missingReason(entry, caller) };
}

function missingReason({ cluster, link }: ClusterEntry, { kind, actor }: Caller): string {
  if (kind === "bearer")
    return "The token of this request was sent for another cluster, and is not tried here.";
  if (actor.kind === "link" && "refusal" in link) return link.refusal;
  return `This session has no credential for “${cluster.name}”. Sign in to it with a token of its own.`;
}

/** All clusters as this caller sees them. */
export function describeClusters({ entries }: ClusterRegistry, caller: Caller): Cluster[] {
  return entries.map((entry) => describeCluster(entry, caller));
}

export function describeCluster(entry: ClusterEntry, caller: Caller): Cluster {
  return { ...entry.cluster, access: clusterAccess(entry, caller) };
}

/**
 * What the caller acts with on a cluster now; undefined when there is nothing. A JWT that ends soon is replaced first:
 * throws as TokenRenewal does.
 */
export async function currentCredential(
  { credentialFor, session }: Caller,
  entry: ClusterEntry,
  { oidc }: Pick<Gateway, "oidc">,
): Promise<Credential | undefined> {
  const credential = credentialFor(entry);
  if (credential?.kind !== "oidc" || session === undefined || oidc === undefined) return credential;
  return { kind: "oidc", accessToken: await oidc.freshToken(session) };
}

/**
 * What the caller acts with on a cluster, as currentCredential. Throws 401: `credential_needed` when there is nothing,
 * `credential_refused` when the cluster takes it no longer. Neither ends the session, which somebody else vouches for. `isRecord`: the answer
 * comes from what the gateway keeps, so that the cluster would not be asked. `isDeeds`: it is what was done to tokens, which
 * not everybody may see whom the cluster knows: throws `forbidden`.
 */
export async function admit(
  caller: Caller,
  entry: ClusterEntry,
  gateway: Pick<Gateway, "credentialChecks" | "oidc">,
  { isRecord, isDeeds, signal }: { isRecord: boolean; isDeeds: boolean; signal: AbortSignal },
): Promise<Credential> {
  const credential = await currentCredential(caller, entry, gateway);
  if (credential === undefined) {
    throw new ApiError(401, "credential_needed", missingReason(entry, caller));
  }
  // A cluster that is kept here looks at a credential now or never: its other calls rely on that.
  if (caller.provenBy !== entry.key) await entry.service.authenticate(credential);
  const context: Omit<CallContext, "checkTime"> = { credential, actor: caller.actor, signal };
  if (isRecord) await gateway.credentialChecks.prove(entry, context);
  if (isDeeds) await gateway.credentialChecks.proveReader(entry, context);
  return credential;
}
