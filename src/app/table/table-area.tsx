import type { ReactNode } from "react";
import type { PresenceStore } from "./presence.ts";
import styles from "./table-area.module.css";

export interface TableAreaProps {
  presence: PresenceStore;
  children: ReactNode;
  /** What floats above the last rows. */
  floats: ReactNode;
}

/** Where a page has its table. */
export function TableArea({ presence: { set }, children, floats }: TableAreaProps) {
  return (
    <div
      className={styles.area}
      onPointerEnter={() => set({ pointer: true })}
      onPointerLeave={() => set({ pointer: false, pressed: false })}
      onPointerDown={() => set({ pressed: true })}
      // The click comes after it, and counts as pressed still.
      onPointerUp={() => setTimeout(() => set({ pressed: false }))}
      onFocus={() => set({ focus: true })}
      onBlur={(event) => {
        // From a row to a control in it is no leaving.
        if (!event.currentTarget.contains(event.relatedTarget)) set({ focus: false });
      }}
    >
      {children}
      <div className={styles.floats}>{floats}</div>
    </div>
  );
}
