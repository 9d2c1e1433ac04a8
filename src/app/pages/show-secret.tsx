import { createRoot } from "react-dom/client";
import { LeavingAsks, SecretDialog } from "#app/features/secret/secret-dialog.tsx";
import { VocabularyProvider, type Say } from "#app/ui/vocabulary.ts";
import { holdPage } from "#app/features/session/page-hold.ts";

export interface SecretToShow {
  /** What it is the secret of, as a title says it: "Database Token". */
  what: string;
  description: string;
  tokenId: string;
  secret: string;
  /** ISO; never expires without it. */
  expiresAt: string | undefined;
  /** Name of the variable in the `.env` line; `INFLUXDB_TOKEN` without it. */
  envName?: string | undefined;
  /** Something that is not as it was asked for, in a sentence: revoking is then offered as well. */
  warning?: string | undefined;
  /** It is shown for the second time, since somebody went away from it. */
  again?: boolean | undefined;
  /** Has the gateway's copy erased. Begun when the dialog has closed; its failure keeps nothing open. */
  acknowledge: (answer: SecretAnswer["answer"]) => Promise<void>;
  /** In which words, where others are usual than ours. */
  say?: Say | undefined;
  /** Where focus goes afterwards. */
  returnFocus?: (() => HTMLElement | null) | undefined;
}

export interface SecretAnswer {
  /** "revoke": it was not as asked for, and is to be revoked instead of used. */
  answer: "stored" | "revoke";
  /** Whether the gateway has erased its copy. Otherwise that goes by itself, 5 minutes after the token was made. */
  acknowledged: Promise<boolean>;
}

const ownWords: Say = (text) => text;

/**
 * Shows a secret, in a React root of its own: whatever happens to the page below (another route, a session that ends, an
 * error), it stays until somebody says that it is stored. Resolves then, with nothing of it left in the document.
 */
export function showSecret(shown: SecretToShow): Promise<SecretAnswer> {
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  const release = holdPage();
  return new Promise((resolve) => {
    const end = (answer: SecretAnswer["answer"]) => {
      root.unmount();
      place.remove();
      release();
      const acknowledged = shown.acknowledge(answer).then(
        () => true,
        () => false,
      );
      resolve({ answer, acknowledged });
    };
    root.render(
      <VocabularyProvider value={shown.say ?? ownWords}>
        <LeavingAsks />
        <SecretDialog
          what={shown.what}
          description={shown.description}
          tokenId={shown.tokenId}
          secret={shown.secret}
          expiresAt={shown.expiresAt}
          envName={shown.envName ?? "INFLUXDB_TOKEN"}
          warning={shown.warning}
          again={shown.again === true}
          onStored={() => end("stored")}
          onRevoke={() => end("revoke")}
          returnFocus={shown.returnFocus ?? (() => null)}
        />
      </VocabularyProvider>,
    );
  });
}
