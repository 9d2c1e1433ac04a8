import { clusterParts } from "./lazy-cluster-parts.ts";
import { useCluster } from "./cluster-context.ts";
import { LazyPage } from "./lazy-page.tsx";
import { screenWords } from "./screen-words.ts";
import { TokensScreen, type TokensScreenProps } from "./tokens-screen.tsx";
import { useDatabases, useTokens } from "#app/features/tokens/token-queries.ts";

export function DatabaseTokensPage() {
  const { cluster, consenter } = useCluster();
  const parts = clusterParts.useModule();
  const tokens = useTokens("database", cluster);
  const databases = useDatabases(cluster, tokens.data?.complete === true);
  const screen: TokensScreenProps = {
    kind: "database",
    ...screenWords.database,
    cluster,
    list: tokens.data,
    error: tokens.error,
    databasesError: databases.error,
    isFetching: tokens.isFetching,
    refetch: () => void tokens.refetch(),
    databases: databases.data?.map(({ name }) => name),
    canRevoke: cluster.capabilities.revokeDatabaseToken,
    canCreate: cluster.capabilities.createDatabaseToken,
    credentialId: undefined,
    remedy: cluster.takesToken && parts && <parts.UseAnotherToken cluster={cluster} />,
    consenter,
    banner: cluster.takesToken && parts && <parts.ClusterNotices cluster={cluster} />,
  };
  if (cluster.hasManagementTokens) return <TokensScreen {...screen} />;
  return (
    <LazyPage load={clusterParts.preload}>{parts && <parts.CredentialTokensScreen {...screen} />}</LazyPage>
  );
}
