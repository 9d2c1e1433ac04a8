import { useTokens } from "#app/features/tokens/token-queries.ts";
import { useCluster } from "./cluster-context.ts";
import { TokensScreen } from "./tokens-screen.tsx";

export function ManagementTokensPage() {
  const { cluster, actor, consenter } = useCluster();
  const tokens = useTokens("management", cluster);
  return (
    <TokensScreen
      kind="management"
      title="Management Tokens"
      sentence="What people and scripts manage the account with, its tokens included."
      searchHint="Search description, ID or prefix"
      cluster={cluster}
      list={tokens.data}
      error={tokens.error}
      databasesError={null}
      isFetching={tokens.isFetching}
      refetch={() => void tokens.refetch()}
      databases={undefined}
      canRevoke={cluster.capabilities.revokeManagementToken}
      credentialId={actor.kind === "management_token" ? actor.managementTokenId : undefined}
      consenter={consenter}
    />
  );
}
