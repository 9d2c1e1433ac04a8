import type { ReactNode } from "react";
import styles from "./page-header.module.css";

export interface PageHeaderProps {
  title: string;
  /** The live count: `757 tokens, 612 active`. Changes are announced politely. */
  count?: string | undefined;
  /** One sentence on what is listed here. */
  sentence?: ReactNode;
  /** The page's primary action. */
  action?: ReactNode;
}

export function PageHeader({ title, count, sentence, action }: PageHeaderProps) {
  return (
    <div className={styles.header}>
      <div className={styles.words}>
        <div className={styles.line}>
          <h1 className={styles.title}>{title}</h1>
          {/* Always there, so that its first text is announced too. */}
          <span role="status" className={styles.count}>
            {count}
          </span>
        </div>
        {sentence !== undefined && <p className={styles.sentence}>{sentence}</p>}
      </div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}
