import { Navigate } from "react-router";
import { paths } from "#app/paths.ts";
import { useTokens } from "#app/features/tokens/token-queries.ts";
import { useCluster } from "./cluster-context.ts";
import { LazyPage } from "./lazy-page.tsx";
import { snapshotPage } from "./lazy-pages.ts";
import { screenWords } from "./screen-words.ts";
import { TokensScreen } from "./tokens-screen.tsx";

export function ManagementTokensPage() {
  const { slug, hasManagementTokens, capabilities } = useCluster().cluster;
  const { listManagementTokens } = capabilities;
  const snapshots = snapshotPage.useModule();
  if (!hasManagementTokens) return <Navigate to={paths.databaseTokens(slug)} replace />;
  if (listManagementTokens.allowed) return <ListedManagementTokens />;
  return (
    <LazyPage load={snapshotPage.preload}>
      {snapshots && <snapshots.ManagementSnapshotPage reason={listManagementTokens.reason} />}
    </LazyPage>
  );
}

function ListedManagementTokens() {
  const { cluster, actor, consenter } = useCluster();
  const tokens = useTokens("management", cluster);
  return (
    <TokensScreen
      kind="management"
      {...screenWords.management}
      cluster={cluster}
      list={tokens.data}
      error={tokens.error}
      databasesError={null}
      isFetching={tokens.isFetching}
      refetch={() => void tokens.refetch()}
      databases={undefined}
      canRevoke={cluster.capabilities.revokeManagementToken}
      canCreate={cluster.capabilities.createManagementToken}
      credentialId={actor.kind === "management_token" ? actor.managementTokenId : undefined}
      consenter={consenter}
    />
  );
}
