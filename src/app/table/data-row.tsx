import { memo, useCallback, useMemo, useState } from "react";
import type { DataColumn } from "./columns.ts";
import styles from "./data-table.module.css";

export interface DataRowProps<TRow, TScene> {
  columns: readonly DataColumn<TRow, TScene>[];
  row: TRow;
  rowKey: string;
  /** Position in the list. */
  index: number;
  /** From the top of the body, in px. */
  offset: number;
  scene: TScene;
  /** The row that keys act on. */
  active: boolean;
  /** It became that by having the focus, not by being the first one. */
  visited: boolean;
  chosen: boolean;
  selected: boolean;
}

function DrawnRow<TRow, TScene>(props: DataRowProps<TRow, TScene>) {
  const { columns, row, rowKey, index, offset, scene, active, visited, chosen, selected } = props;
  const [pointed, setPointed] = useState(false);
  const onPointerEnter = useCallback(() => setPointed(true), []);
  const onPointerLeave = useCallback(() => setPointed(false), []);

  const tabIndex = active ? 0 : -1;
  const attended = pointed || visited;
  // A row that only moved has them as they were.
  const cells = useMemo(
    () =>
      columns.map(({ id, area, header, draw }) => (
        <div key={id} role="cell" className={styles.cell} data-area={area} data-header={header}>
          {draw(row, scene, { tabIndex, attended, selected })}
        </div>
      )),
    [columns, row, scene, tabIndex, attended, selected],
  );
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      data-key={rowKey}
      data-chosen={chosen || selected || undefined}
      tabIndex={tabIndex}
      className={styles.row}
      style={{ transform: `translateY(${offset}px)` }}
      onPointerEnter={onPointerEnter}
      onPointerLeave={onPointerLeave}
    >
      {cells}
    </div>
  );
}

/** One drawn row. Nothing of it is worked out again unless something of it changed. */
// The assertion gives back the type parameters that memo forgets.
export const DataRow = memo(DrawnRow) as typeof DrawnRow;
