import type { ReactNode } from "react";
import styles from "./visually-hidden.module.css";

/** Read by assistive technology, not seen. */
export function VisuallyHidden({ children, id }: { children: ReactNode; id?: string | undefined }) {
  return (
    <span id={id} className={styles.hidden}>
      {children}
    </span>
  );
}
