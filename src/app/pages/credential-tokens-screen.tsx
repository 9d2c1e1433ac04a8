import { useMemo } from "react";
import { ownedTokenColumns, ROOM_FOR_OWNERS } from "#app/features/tokens/owner-columns.tsx";
import { credentialIdOf } from "#app/features/tokens/token-index-owners.ts";
import { useMediaQuery } from "#app/ui/use-media-query.ts";
import { VocabularyProvider } from "#app/ui/vocabulary.ts";
import { wordsOf } from "./product-words.ts";
import { TokensScreen, type TokensScreenProps } from "./tokens-screen.tsx";

/**
 * The page of a cluster that has no other tokens than these: it is asked with one of them, and has words of its own.
 * Loaded before the table is drawn.
 */
export function CredentialTokensScreen(props: Omit<TokensScreenProps, "credentialId" | "columns">) {
  const { cluster, list } = props;
  const hasRoom = useMediaQuery(ROOM_FOR_OWNERS);
  const index = list?.index;
  const credentialId = useMemo(() => index && credentialIdOf(index), [index]);
  const { removal, suspension } = cluster;
  const say = useMemo(() => wordsOf({ removal, suspension }), [removal, suspension]);
  return (
    <VocabularyProvider value={say}>
      <TokensScreen
        {...props}
        credentialId={credentialId}
        columns={cluster.hasOwners && hasRoom ? ownedTokenColumns : undefined}
      />
    </VocabularyProvider>
  );
}
