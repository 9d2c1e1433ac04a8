import type { RowPlace } from "./columns.ts";
import styles from "./data-table.module.css";

/** What a press on a row's box is called; the table takes it itself. */
export const SELECT_PRESS = "select";

/** The table hears of every click on its rows, so a box needs no function of its own. */
function heardByTheTable(): void {}

/** The box that selects one row. It fills its cell, so that no click beside it means the row. */
export function drawSelectBox(label: string, { tabIndex, selected }: RowPlace) {
  return (
    <input
      type="checkbox"
      className={styles.selectBox}
      tabIndex={tabIndex}
      aria-label={label}
      checked={selected === true}
      onChange={heardByTheTable}
      data-press={SELECT_PRESS}
    />
  );
}

export interface SelectAllBoxProps {
  /** Says what it stands for: the same whether it is ticked or not. */
  label: string;
  state: "none" | "some" | "all";
  disabled: boolean;
  onChange: () => void;
}

/** The header's: selects all rows, or takes the selection away. */
export function SelectAllBox({ label, state, disabled, onChange }: SelectAllBoxProps) {
  return (
    <input
      // A property without an attribute: HTML offers no other way to set it.
      ref={(box) => {
        if (box !== null) box.indeterminate = state === "some";
      }}
      type="checkbox"
      className={styles.selectBox}
      aria-label={label}
      title={label}
      disabled={disabled}
      checked={state === "all"}
      onChange={onChange}
    />
  );
}
