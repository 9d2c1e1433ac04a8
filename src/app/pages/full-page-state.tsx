import type { ReactNode } from "react";
import { Mark } from "#app/layout/mark.tsx";
import styles from "./full-page-state.module.css";

/** A page without the shell: signing in, or nothing to show the shell with. */
export function FullPageState({ children }: { children: ReactNode }) {
  return (
    <main className={styles.page} id="main" tabIndex={-1}>
      <div className={styles.brand}>
        <Mark />
        <span>Tokenward</span>
      </div>
      {children}
    </main>
  );
}
