import type { ReactNode } from "react";
import styles from "./page.module.css";

/** A column as high as the window: what is last in it, the table, takes the rest and scrolls by itself. */
export function Page({ children }: { children: ReactNode }) {
  return <div className={styles.page}>{children}</div>;
}
