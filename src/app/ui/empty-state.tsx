import type { ReactNode } from "react";
import styles from "./empty-state.module.css";
import { Icon, type IconName } from "./icon.tsx";

export interface EmptyStateProps {
  /** The sentence: what is the case. */
  title: ReactNode;
  /** Why it is so. */
  reason?: ReactNode;
  /** The one next step. */
  action?: ReactNode;
  icon?: IconName;
  /** `alert` for an error in place of the content, `status` for a search that found nothing. */
  role?: "alert" | "status";
}

export function EmptyState({ title, reason, action, icon, role }: EmptyStateProps) {
  return (
    <div className={styles.state} role={role}>
      {icon !== undefined && (
        <span className={styles.icon}>
          <Icon name={icon} size={20} />
        </span>
      )}
      <div className={styles.title}>{title}</div>
      {reason !== undefined && <div className={styles.reason}>{reason}</div>}
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}
