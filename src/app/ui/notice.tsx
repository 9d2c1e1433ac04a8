import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./notice.module.css";

export type NoticeTone = "info" | "amber" | "red";

export interface NoticeProps {
  tone: NoticeTone;
  title?: ReactNode;
  children?: ReactNode;
  /** A button or link. */
  action?: ReactNode;
  /** `alert` interrupts, `status` waits; without it the notice is read in its place only. */
  role?: "alert" | "status";
  icon?: IconName;
}

const toneIcons: Record<NoticeTone, IconName> = {
  info: "info",
  amber: "triangle-alert",
  red: "circle-alert",
};

export function Notice({ tone, title, children, action, role, icon }: NoticeProps) {
  return (
    <div className={classNames(styles.notice, styles[tone])} role={role}>
      <Icon name={icon ?? toneIcons[tone]} className={styles.icon} />
      <div className={styles.words}>
        {title !== undefined && <div className={styles.title}>{title}</div>}
        {children !== undefined && <div className={styles.body}>{children}</div>}
      </div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}
