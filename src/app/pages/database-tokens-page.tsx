import { useCluster } from "./cluster-context.ts";
import { TokensScreen } from "./tokens-screen.tsx";
import { useDatabases, useTokens } from "#app/features/tokens/token-queries.ts";

export function DatabaseTokensPage() {
  const { cluster, consenter } = useCluster();
  const tokens = useTokens("database", cluster);
  const databases = useDatabases(cluster, tokens.data?.complete === true);
  return (
    <TokensScreen
      kind="database"
      title="Database Tokens"
      sentence="What applications read and write databases with."
      searchHint="Search description or ID"
      cluster={cluster}
      list={tokens.data}
      error={tokens.error}
      databasesError={databases.error}
      isFetching={tokens.isFetching}
      refetch={() => void tokens.refetch()}
      databases={databases.data?.map(({ name }) => name)}
      canRevoke={cluster.capabilities.revokeDatabaseToken}
      credentialId={undefined}
      consenter={consenter}
    />
  );
}
