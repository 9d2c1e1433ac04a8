import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { LostSecret } from "./create-flow.ts";
import styles from "./lost-secret-dialog.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface LostSecretDialogProps {
  lost: LostSecret;
  /** What the list has of a token: undefined while it is not in it. */
  tokenOf: (
    id: string,
  ) => { description: string; createdAt: string; revokedAt?: string | undefined } | undefined;
  /** Asks to revoke it. */
  onRevoke: (id: string, opener: HTMLElement) => void;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
}

/** Names a token that exists without its secret, and offers to revoke it. Never does so by guess. */
export function LostSecretDialog({ lost, tokenOf, onRevoke, onClose, returnFocus }: LostSecretDialogProps) {
  const { description, tokenIds } = lost;
  const say = useSay();
  const certain = tokenIds.length === 1;
  return (
    <Dialog
      open
      title={certain ? "The token was created, but its secret is lost" : "A token may have been created"}
      closable
      onClose={onClose}
      returnFocus={returnFocus}
      description={
        certain
          ? say(
              "Nobody has stored its secret, and nobody can show it again. Revoke this token, then create it again.",
            )
          : say(
              "The answer did not arrive. One of these tokens, which came meanwhile and are like it, may be the one; nobody can tell which. Ask who made the others before you revoke any.",
            )
      }
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <ul className={styles.tokens} aria-label="Tokens">
        {tokenIds.map((id) => {
          const token = tokenOf(id);
          const name = token?.description ?? description;
          return (
            <li key={id} className={styles.token}>
              <div className={styles.facts}>
                <UserText text={name} empty="No description" flow="wrap" limit={400} />
                <span className={styles.id}>{visibleText(id)}</span>
                {token !== undefined && (
                  <span className={styles.when}>Created {timeText(token.createdAt)}</span>
                )}
              </div>
              {token?.revokedAt === undefined ? (
                <Button
                  size="small"
                  disabledReason={token === undefined ? "The list does not show it yet." : undefined}
                  onClick={(event) => onRevoke(id, event.currentTarget)}
                >
                  {say("Revoke Token")}
                </Button>
              ) : (
                <span className={styles.when}>{say("Revoked")}</span>
              )}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

function timeText(instant: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" }).format(
    Date.parse(instant),
  );
}
