import type { ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { placeWords, type RotationPlace } from "./rotation-place.ts";
import styles from "./rotate.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface RotationEntry {
  id: string;
  place: RotationPlace;
  oldDescription: string;
  newDescription: string;
  oldId: string;
  newId: string | undefined;
  startedBy: string;
  /** When it began, exact and in relation to now. */
  started: ReactNode;
}

export interface RotationsDialogProps {
  /** Oldest first. */
  entries: readonly RotationEntry[];
  onContinue: (id: string) => void;
  onAbandon: (id: string) => void;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
}

/** The rotations that were begun and not ended, whoever began them. */
export function RotationsDialog({
  entries,
  onContinue,
  onAbandon,
  onClose,
  returnFocus,
}: RotationsDialogProps) {
  return (
    <Dialog
      open
      size="wide"
      title="Rotations in Progress"
      closable
      onClose={onClose}
      returnFocus={returnFocus}
      description="As long as a rotation is in progress, two tokens do the work of one."
    >
      {entries.length === 0 ? (
        <EmptyState icon="rotate" title="No rotation is in progress" />
      ) : (
        <ul className={styles.list} aria-label="Rotations in progress">
          {entries.map((entry) => (
            <Entry
              key={entry.id}
              entry={entry}
              onContinue={() => onContinue(entry.id)}
              onAbandon={() => onAbandon(entry.id)}
            />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

interface EntryProps {
  entry: RotationEntry;
  onContinue: () => void;
  onAbandon: () => void;
}

function Entry({ entry, onContinue, onAbandon }: EntryProps) {
  const { place, oldDescription, newDescription, oldId, newId, startedBy, started } = entry;
  const say = useSay();
  const name = visibleText(oldDescription, 80).trim() || visibleText(oldId);
  return (
    <li className={styles.item}>
      <div className={styles.itemWords}>
        <p className={styles.name}>
          <UserText text={oldDescription} empty="No description" flow="wrap" limit={200} />
        </p>
        <p>{say(placeWords(place))}</p>
        <p className={styles.quiet}>
          Started {started} by <UserText text={startedBy} limit={200} />
        </p>
        <p className={styles.quiet}>
          Old <span className={styles.mono}>{shortId(oldId)}</span>
          {newId !== undefined && (
            <>
              , new <span className={styles.mono}>{shortId(newId)}</span>
            </>
          )}
          {newDescription !== oldDescription && (
            <>
              {" "}
              (<UserText text={newDescription} empty="no description" limit={100} />)
            </>
          )}
        </p>
      </div>
      <div className={styles.itemButtons}>
        <Button size="small" aria-label={`Abandon the rotation of ${name}`} onClick={onAbandon}>
          Abandon
        </Button>
        <Button
          size="small"
          variant="primary"
          aria-label={`Continue the rotation of ${name}`}
          onClick={onContinue}
        >
          Continue
        </Button>
      </div>
    </li>
  );
}

function shortId(id: string): string {
  return visibleText(id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`);
}
