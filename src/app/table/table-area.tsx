import type { Dispatch, ReactNode, SetStateAction } from "react";
import styles from "./table-area.module.css";

/** What of somebody is on a table: rows must not move under them. */
export interface Presence {
  pointer?: boolean;
  /** Between pressing and letting go, and the click after it. */
  pressed?: boolean;
  focus?: boolean;
}

export interface TableAreaProps {
  onPresence: Dispatch<SetStateAction<Presence>>;
  children: ReactNode;
  /** What floats above the last rows. */
  floats: ReactNode;
}

/** Where a page has its table. */
export function TableArea({ onPresence, children, floats }: TableAreaProps) {
  const set = (change: Presence) => onPresence((present) => ({ ...present, ...change }));
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
