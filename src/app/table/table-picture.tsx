import type { DataColumn } from "./columns.ts";
import { drawCells, drawRow } from "./data-row.tsx";
import { CARD_HEIGHT, ROW_HEIGHT, type DataTableProps } from "./data-table.tsx";
import styles from "./data-table.module.css";
import { drawTableHead } from "./table-head.tsx";

export interface TablePictureProps<TRow, TScene> extends Pick<
  DataTableProps<TRow, TScene>,
  "columns" | "rowCount" | "rowAt" | "keyAt" | "scene" | "sort"
> {
  columns: readonly DataColumn<TRow, TScene>[];
  cards: boolean;
  /** Of the window, in px. */
  height: number;
}

/** How a DataTable looks at its first row, before React is there: as many rows as the window may show. */
export function TablePicture<TRow, TScene>(props: TablePictureProps<TRow, TScene>) {
  const { columns, rowCount, rowAt, keyAt, scene, sort, cards, height } = props;
  const rowHeight = cards ? CARD_HEIGHT : ROW_HEIGHT;
  const drawn = Math.min(rowCount, Math.ceil(height / rowHeight));
  return (
    <div className={styles.scroller}>
      <div
        role="table"
        aria-rowcount={-1}
        className={styles.table}
        style={{ "--tracks": columns.map((column) => column.track).join(" ") }}
      >
        {drawTableHead({
          columns,
          sortBy: sort.by,
          descending: sort.descending,
          onSort: () => {},
          selectAllLabel: "",
          selectAllState: "none",
          selectAllDisabled: true,
          onSelectAll: () => {},
        })}
        <div role="rowgroup" className={styles.body} style={{ height: rowCount * rowHeight }}>
          {Array.from({ length: drawn }, (_, index) =>
            drawRow(
              {
                rowKey: keyAt(index),
                index,
                offset: index * rowHeight,
                active: false,
                chosen: false,
                selected: false,
              },
              drawCells(columns, rowAt(index), scene, { tabIndex: -1, attended: false, selected: false }),
              {},
            ),
          )}
        </div>
      </div>
    </div>
  );
}
