import type { ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { RotationPlace } from "./rotation-place.ts";
import type { RotationProblem } from "./rotation-queries.ts";
import styles from "./rotate.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export type CalmPlace = Exclude<RotationPlace, "creating">;

export interface RotationWordsProps {
  place: CalmPlace;
  /** How long both tokens have been active, or the rotation has waited: "3 days". */
  since: ReactNode;
  /** Whether the old token is suspended, as a rehearsal. */
  oldSuspended: boolean;
  canSuspend: boolean;
}

/** Where a rotation stands, and what is to be done now. */
export function RotationWords({ place, since, oldSuspended, canSuspend }: RotationWordsProps) {
  const say = useSay();
  switch (place) {
    case "created":
      return (
        <>
          <p className={styles.lead}>
            The replacement was created {since}, and nobody has said yet that its secret is stored.{" "}
            {say("Until then the old token is not revoked from here.")}
          </p>
          <p className={styles.lead}>
            {say("If the secret is lost, abandon this rotation, revoke the replacement, and begin again.")}
          </p>
        </>
      );
    case "overlap":
      return oldSuspended ? (
        <p className={styles.lead}>
          {say(
            "The old token is suspended: whatever still uses it may do nothing now. If all clients go on working, revoke it. If one stops, restore it, and change that client over first.",
          )}
        </p>
      ) : (
        <>
          <p className={styles.lead}>
            The secret was stored {since}, and both tokens are active.{" "}
            {say(
              "Change every client over to the replacement, then revoke the old token. It may take days: close this, and continue from the page of the tokens.",
            )}
          </p>
          {canSuspend && (
            <p className={styles.lead}>
              {say(
                "Not sure that all clients are changed over? Suspend the old token first: that can be undone.",
              )}
            </p>
          )}
        </>
      );
    case "ending":
      return (
        <p className={styles.lead}>
          {say(
            "The old token is revoked, and the replacement does its work. What is left is to record that. The page does so once by itself; if that fails, finish it here.",
          )}
        </p>
      );
    case "without_replacement":
      return (
        <p className={styles.lead}>
          {say(
            "The replacement is revoked, and the old token is the one that works. Nothing is left of this rotation but to abandon it.",
          )}
        </p>
      );
    case "finished":
      return (
        <p className={styles.lead}>
          {say("Finished: the old token is revoked, and the replacement does its work.")}
        </p>
      );
    case "abandoned":
      return <p className={styles.lead}>This rotation was abandoned. The old token stays as it is.</p>;
    case "over":
      return (
        <p className={styles.lead}>
          This rotation is over: somebody finished or abandoned it. What the list says of its tokens stands
          below.
        </p>
      );
  }
}

export interface Candidate {
  id: string;
  description: string;
  created: ReactNode;
  /** Why it may not be revoked. */
  revokedWords: string | undefined;
}

export interface CreatingViewProps {
  /** When it was begun. */
  since: ReactNode;
  /** The description that the replacement was to have. */
  called: string;
  /** Undefined while the list does not say. */
  candidates: readonly Candidate[] | undefined;
  onRevoke: (id: string, button: HTMLElement) => void;
}

/** Nobody recorded whether a replacement was made: what may be it is named, and can be revoked. */
export function CreatingView({ since, called, candidates, onRevoke }: CreatingViewProps) {
  const say = useSay();
  return (
    <>
      <p className={styles.lead}>
        The replacement was asked for {since}, and it is not recorded whether it was created. If that was a
        moment ago it may still be under way, and only the tab that asked for it can get its secret.{" "}
        {say(
          "Otherwise the secret is lost: revoke what was created, abandon this rotation, and begin again.",
        )}
      </p>
      <div className={styles.outcome}>
        {candidates === undefined ? (
          <p className={styles.quiet}>
            The list is being read, so what may be the replacement is not known yet.
          </p>
        ) : candidates.length === 0 ? (
          <p>
            No token that was created since is called as the replacement was to be called:{" "}
            <UserText text={called} empty="without description" limit={200} />
          </p>
        ) : (
          <ul className={styles.list} aria-label="Tokens that may be the replacement">
            {candidates.map(({ id, description, created, revokedWords }) => (
              <li key={id} className={styles.item}>
                <div className={styles.itemWords}>
                  <p className={styles.name}>
                    <UserText text={description} empty="No description" flow="wrap" limit={200} />
                  </p>
                  <p className={styles.mono}>{visibleText(id)}</p>
                  <p className={styles.quiet}>Created {created}</p>
                </div>
                <div className={styles.itemButtons}>
                  <Button
                    size="small"
                    variant="danger"
                    aria-label={`${say("Revoke Token")} ${visibleText(id)}`}
                    disabledReason={revokedWords}
                    onClick={(event) => onRevoke(id, event.currentTarget)}
                  >
                    {say("Revoke Token")}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

/** What abandoning means, before it is done. */
export function AbandonView({ replacement }: { replacement: "active" | "revoked" | "unlisted" | "unknown" }) {
  const say = useSay();
  if (replacement === "unlisted") {
    return (
      <p className={styles.lead}>
        The old token stays as it is. The list does not show the replacement, so whether it works is not
        known.
      </p>
    );
  }
  if (replacement === "revoked") {
    return <p className={styles.lead}>{say("The replacement is revoked. The old token stays as it is.")}</p>;
  }
  return replacement === "active" ? (
    <p className={styles.lead}>
      {say(
        "The old token stays as it is. The replacement is active too: revoke it, or keep both if something uses it already.",
      )}
    </p>
  ) : (
    <p className={styles.lead}>
      The old token stays as it is. Nothing is recorded of a replacement that works.
    </p>
  );
}

/** What came of the last thing that was asked for; announced when it appears. */
export function RotationOutcome({
  title,
  problem,
  tone,
}: {
  title: string;
  problem: RotationProblem | undefined;
  tone: "red" | "amber" | "info";
}) {
  return (
    <Notice tone={tone} title={title}>
      {problem !== undefined && (
        <>
          <ProblemWords problem={problem} />
        </>
      )}
    </Notice>
  );
}
