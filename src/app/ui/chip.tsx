import styles from "./chip.module.css";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";

export interface ChipProps {
  children: string;
  /** It is known to have the room it needs: it stands in a line of text, which costs less than a box that may shrink. */
  fits: boolean;
  /** A short code after the text, such as `RW`. */
  code: string;
  /** What the code means, for assistive technology. */
  codeLabel: string;
  title?: string | undefined;
}

const FITTING = classNames(styles.chip, styles.fitting);

/**
 * A short fact. It does nothing when pressed. Tables have two in every row: the code is said as a picture is, by its
 * label, since an element for words that nobody sees would be one more to lay out and to clip. The space keeps the words
 * apart where they are said as one name.
 */
export function Chip({ children, fits, code, codeLabel, title }: ChipProps) {
  return (
    <span className={fits ? FITTING : styles.chip} title={title}>
      {fits ? `${children} ` : <span className={styles.text}>{children}</span>}
      {!fits && " "}
      <span className={styles.code} role="img" aria-label={codeLabel}>
        {code}
      </span>
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
