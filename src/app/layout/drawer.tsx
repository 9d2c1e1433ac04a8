import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import styles from "./drawer.module.css";
import { IconButton } from "#app/ui/button.tsx";

export interface DrawerProps {
  open: boolean;
  onClose: () => void;
  /** Accessible name. */
  label: string;
  children: ReactNode;
}

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), [tabindex='0']";

/**
 * The browser's own modal dialog: what is behind is inert, Escape closes, and focus goes back to where it was.
 */
export function Drawer({ open, onClose, label, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const element = dialog.current;
    if (element === null || !open) return;
    element.showModal();
    return () => element.close();
  }, [open]);

  // Tab would otherwise leave for the browser's own controls at the end.
  const goRound = (event: KeyboardEvent<HTMLDialogElement>) => {
    if (event.key !== "Tab") return;
    const inside = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
      // Of a group of radio buttons only the chosen one is a stop.
      (element) => !(element instanceof HTMLInputElement && element.type === "radio" && !element.checked),
    );
    const [from, to] = event.shiftKey ? [inside[0], inside.at(-1)] : [inside.at(-1), inside[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to?.focus();
  };

  return (
    <dialog
      ref={dialog}
      className={styles.drawer}
      aria-label={label}
      onKeyDown={goRound}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // Only the backdrop reports the dialog itself as its target: the content covers all of the box.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {open && (
        <div className={styles.content}>
          <div className={styles.bar}>
            <IconButton label="Close menu" icon="x" onClick={onClose} />
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
