import { useEffect, type ReactNode, type RefObject } from "react";
import * as RadixPopover from "radix-ui/popover";
import { returnFocusTo } from "./focus-return.ts";
import styles from "./popover.module.css";

export interface PopoverProps {
  open: boolean;
  /** The control that it hangs from; not inside it. */
  anchor: HTMLElement | null;
  onClose: () => void;
  /** Accessible name. */
  label: string;
  initialFocus?: RefObject<HTMLElement | null> | undefined;
  returnFocus?: (() => HTMLElement | null) | undefined;
  align?: "start" | "end";
  children: ReactNode;
}

/** A small form that hangs from a control. Modal: focus stays inside until Escape, a press outside or `onClose`. */
export function Popover({
  open,
  anchor,
  onClose,
  label,
  initialFocus,
  returnFocus,
  align = "start",
  children,
}: PopoverProps) {
  useEffect(() => {
    if (!open || anchor === null) return;
    anchor.setAttribute("aria-expanded", "true");
    return () => anchor.setAttribute("aria-expanded", "false");
  }, [open, anchor]);

  return (
    <RadixPopover.Root modal open={open && anchor !== null} onOpenChange={(next) => !next && onClose()}>
      {anchor !== null && <RadixPopover.Anchor virtualRef={{ current: anchor }} />}
      <RadixPopover.Portal>
        <RadixPopover.Content
          className={styles.popover}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          sticky="always"
          aria-label={label}
          onOpenAutoFocus={(event) => {
            if (initialFocus?.current === null || initialFocus === undefined) return;
            event.preventDefault();
            initialFocus.current.focus({ preventScroll: true });
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const takenMeanwhile =
              document.activeElement !== null && document.activeElement !== document.body;
            if (!takenMeanwhile) returnFocusTo(returnFocus?.(), anchor);
          }}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
