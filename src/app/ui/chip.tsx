import type { ReactNode } from "react";
import styles from "./chip.module.css";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";
import { VisuallyHidden } from "./visually-hidden.tsx";

export interface ChipProps {
  children: ReactNode;
  /** A short code after the text, such as `RW`. */
  code?: string | undefined;
  /** What the code means, for tooltip and assistive technology. */
  codeLabel?: string | undefined;
  title?: string | undefined;
  className?: string | undefined;
}

/** A short fact. It does nothing when pressed. */
export function Chip({ children, code, codeLabel, title, className }: ChipProps) {
  return (
    <span className={classNames(styles.chip, className)} title={title}>
      <span className={styles.text}>{children}</span>
      {code !== undefined && (
        <>
          <span className={styles.code} aria-hidden={codeLabel !== undefined} title={codeLabel}>
            {code}
          </span>
          {codeLabel !== undefined && <VisuallyHidden>{codeLabel}</VisuallyHidden>}
        </>
      )}
    </span>
  );
}

export interface FilterChipProps {
  /** The filter in words, such as `Status: revoked`. */
  label: string;
  onRemove: () => void;
}

/** A filter in force. The whole chip is the button that takes it away. */
export function FilterChip({ label, onRemove }: FilterChipProps) {
  return (
    <button
      type="button"
      className={classNames(styles.chip, styles.removable)}
      aria-label={`Remove filter: ${label}`}
      onClick={onRemove}
    >
      <span className={styles.text}>{label}</span>
      <Icon name="x" size={14} />
    </button>
  );
}
