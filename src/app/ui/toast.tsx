import * as RadixToast from "radix-ui/toast";
import { classNames } from "./class-names.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./toast.module.css";
import { visibleText } from "./visible-text.ts";
import "./more-icons.ts";

export type ToastTone = "success" | "info" | "warning";

export interface ToastData {
  id: string;
  tone: ToastTone;
  title: string;
  detail?: string | undefined;
  action?:
    | {
        label: string;
        /** For those who cannot reach the button in time: how else the same is done. */
        alternative: string;
        onSelect: () => void;
      }
    | undefined;
}

export interface ToastRegionProps {
  /** Oldest first. */
  toasts: readonly ToastData[];
  /** Timed out, closed, swiped away, or its action was chosen. */
  onDismiss: (id: string) => void;
}

const toneIcons: Record<ToastTone, IconName> = {
  success: "circle-check",
  info: "info",
  warning: "triangle-alert",
};

const READING_MILLIS = 6_000;
const DECIDING_MILLIS = 10_000;

/**
 * Good news and background work, announced politely. Each goes by itself after 6 s, or 10 s when it has an action;
 * time stands still while the pointer or focus is in the region (F8) and while the window is in the background.
 */
export function ToastRegion({ toasts, onDismiss }: ToastRegionProps) {
  return (
    <RadixToast.Provider label="Notification" swipeDirection="right">
      {toasts.map((toast) => (
        <RadixToast.Root
          key={toast.id}
          // Radix announces "background" politely and "foreground" by interrupting.
          type="background"
          duration={toast.action === undefined ? READING_MILLIS : DECIDING_MILLIS}
          onOpenChange={(open) => !open && onDismiss(toast.id)}
          className={classNames(styles.toast, styles[toast.tone])}
        >
          <Icon name={toneIcons[toast.tone]} className={styles.icon} />
          <div className={styles.words}>
            <RadixToast.Title className={styles.title}>{toast.title}</RadixToast.Title>
            {toast.detail !== undefined && (
              <RadixToast.Description className={styles.detail}>
                {visibleText(toast.detail, 400)}
              </RadixToast.Description>
            )}
          </div>
          {toast.action !== undefined && (
            <RadixToast.Action
              altText={toast.action.alternative}
              className={styles.action}
              onClick={toast.action.onSelect}
            >
              {toast.action.label}
            </RadixToast.Action>
          )}
          <RadixToast.Close className={styles.close} aria-label="Dismiss">
            <Icon name="x" />
          </RadixToast.Close>
        </RadixToast.Root>
      ))}
      <RadixToast.Viewport className={styles.region} />
    </RadixToast.Provider>
  );
}
