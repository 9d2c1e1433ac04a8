import { useRef, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";

export interface DiscardDialogProps {
  onKeep: () => void;
  /** Closes what asks as well. */
  onDiscard: () => void;
  /** Where focus goes with the form gone. */
  returnFocus: () => HTMLElement | null;
  /** What is not lost. */
  children: ReactNode;
}

/** Asks before something that was typed is thrown away. */
export function DiscardDialog({ onKeep, onDiscard, returnFocus, children }: DiscardDialogProps) {
  const keep = useRef<HTMLButtonElement>(null);
  const discarded = useRef(false);
  return (
    <Dialog
      open
      title="Discard what you have entered?"
      closable
      onClose={onKeep}
      initialFocus={keep}
      returnFocus={() => (discarded.current ? returnFocus() : null)}
      footer={
        <>
          <Button ref={keep} onClick={onKeep}>
            Keep editing
          </Button>
          <Button
            variant="primary"
            onClick={() => {
              discarded.current = true;
              onDiscard();
            }}
          >
            Discard
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
