import type { Capability, Cluster, Removal } from "#contract/cluster.ts";

type Kind = "database" | "management";

/** Why a cluster does not offer something; undefined when it does. */
export function reasonOf(capability: Capability): string | undefined {
  return capability.allowed ? undefined : capability.reason;
}

/** What a token of this kind is called there, as a title says it. */
export function tokenNameOf(kind: Kind, cluster: Pick<Cluster, "tokenName">): string {
  return kind === "database" ? cluster.tokenName : "Management Token";
}

/** What taking one away for good is called there. */
export function removalOf(kind: Kind, cluster: Pick<Cluster, "removal">): Removal {
  return kind === "database" ? cluster.removal : "revoke";
}
