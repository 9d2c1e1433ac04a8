import {
  type KeyboardEvent as ReactKeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
} from "react";
import * as RadixDialog from "radix-ui/dialog";
import { IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./dialog.module.css";
import { returnFocusTo } from "./focus-return.ts";

export interface DialogProps {
  open: boolean;
  /** Escape, the close button, or a press outside. Never called while `closable` is false. */
  onClose: () => void;
  /** Heading and accessible name. */
  title: string;
  /** `danger`: a press outside does not close it either, and there is no close button beside the title. */
  tone?: "neutral" | "danger";
  /** `center` (default) or a sheet at the right side. Under 720 px both come from the bottom. */
  placement?: "center" | "side";
  size?: "medium" | "wide";
  /** What has focus at first. Without it the first focusable thing inside has. */
  initialFocus?: RefObject<HTMLElement | null> | undefined;
  closable: boolean;
  /** Where focus goes after closing; asked then. Without it, or when it is gone: where focus was, else `<main>`. */
  returnFocus?: (() => HTMLElement | null) | undefined;
  description?: ReactNode;
  /** Buttons, always in reach while the body scrolls. */
  footer?: ReactNode;
  children?: ReactNode;
}

/**
 * A modal dialog, role `dialog`. Several may be open: the one opened last is on top and alone reacts to Escape.
 * Opened from a menu it has to be the menu's sibling, driven by state: as its child it would be closed with it.
 */
export function Dialog({
  open,
  onClose,
  title,
  tone = "neutral",
  placement = "center",
  size = "medium",
  initialFocus,
  closable,
  returnFocus,
  description,
  footer,
  children,
}: DialogProps) {
  const before = useRef<HTMLElement | null>(null);
  const keep = (event: Event) => event.preventDefault();
  const hasDescription = description !== undefined && description !== null;

  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => !next && closable && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={styles.overlay} />
        <RadixDialog.Content
          className={classNames(styles.dialog, styles[placement], styles[size])}
          {...(hasDescription ? {} : { "aria-describedby": undefined })}
          onOpenAutoFocus={(event) => {
            before.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
            if (initialFocus?.current === null || initialFocus === undefined) return;
            event.preventDefault();
            initialFocus.current.focus({ preventScroll: true });
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocusTo(returnFocus?.(), before.current);
          }}
          onEscapeKeyDown={closable ? leaveToOwner : keep}
          onKeyDown={closable ? (event) => isOwnEscape(event) && onClose() : undefined}
          onInteractOutside={closable && tone !== "danger" ? undefined : keep}
        >
          <header className={styles.header}>
            <RadixDialog.Title className={styles.title}>{title}</RadixDialog.Title>
            {closable && tone !== "danger" && (
              <IconButton label="Close" icon="x" className={styles.close} onClick={onClose} />
            )}
          </header>
          <DialogBody>
            {hasDescription && (
              <RadixDialog.Description asChild>
                <div className={styles.description}>{description}</div>
              </RadixDialog.Description>
            )}
            {children}
          </DialogBody>
          {footer !== undefined && <footer className={styles.footer}>{footer}</footer>}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/**
 * A dialog has the focus a moment before it counts as the one on top. An Escape of that moment reaches the dialog
 * beneath, which leaves it to the dialog that the key was pressed in.
 */
const leftToOwner = new WeakSet<Event>();

function leaveToOwner(event: KeyboardEvent): void {
  const { target } = event;
  const owner = target instanceof Element ? target.closest("[role=dialog]") : null;
  if (owner === null) return;
  event.preventDefault();
  leftToOwner.add(event);
}

/** Whether an Escape that has come up to a dialog is for it: nothing inside has used it. */
function isOwnEscape(event: ReactKeyboardEvent): boolean {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return false;
  if (event.target.closest("[role=dialog]") !== event.currentTarget) return false;
  if (event.isDefaultPrevented() && !leftToOwner.delete(event.nativeEvent)) return false;
  event.preventDefault();
  return true;
}

/** Scrolls by itself; reachable by Tab only when there is something to scroll to. */
function DialogBody({ children }: { children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const update = () => {
      if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={body}
      className={styles.body}
      onScroll={({ currentTarget }) =>
        currentTarget.toggleAttribute("data-scrolled", currentTarget.scrollTop > 0)
      }
    >
      {children}
    </div>
  );
}
