import type { Cluster } from "#contract/cluster.ts";
import { PageLink } from "#app/layout/page-link.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { paths } from "#app/paths.ts";
import { FullPageState } from "./full-page-state.tsx";
import "#app/ui/more-icons.ts";

export function NotFoundPage() {
  return (
    <FullPageState>
      <EmptyState
        icon="circle-help"
        title="There is no such page"
        reason="The address may be old or mistyped."
        action={<PageLink to={paths.home}>Go to the tokens</PageLink>}
      />
    </FullPageState>
  );
}

export function UnknownCluster({ clusters }: { clusters: readonly Cluster[] }) {
  const home = clusters.find(({ isDefault }) => isDefault) ?? clusters[0];
  return (
    <EmptyState
      icon="circle-help"
      title="There is no such cluster here"
      reason="The address names a cluster that this gateway does not know."
      action={
        home !== undefined && <PageLink to={paths.databaseTokens(home.slug)}>Go to {home.name}</PageLink>
      }
    />
  );
}
