import { Icon, type IconName } from "./icon.tsx";
import { classNames } from "./class-names.ts";
import styles from "./status-dot.module.css";

export type StatusTone = "green" | "amber" | "paused" | "red" | "neutral" | "unknown";

// A shape of its own for each: colour never speaks alone.
const shapes: Record<Exclude<StatusTone, "green">, IconName> = {
  amber: "clock",
  paused: "pause",
  red: "ban",
  neutral: "circle-dashed",
  unknown: "circle-help",
};

export interface StatusDotProps {
  tone: StatusTone;
  /** The word beside it. */
  children: string;
  /** More exact than the word, for the tooltip. */
  title?: string | undefined;
}

export function StatusDot({ tone, children, title }: StatusDotProps) {
  return (
    <span className={classNames(styles.status, styles[tone])} title={title}>
      {tone === "green" ? (
        <span className={styles.dot} aria-hidden />
      ) : (
        <Icon name={shapes[tone]} size={14} />
      )}
      {children}
    </span>
  );
}
