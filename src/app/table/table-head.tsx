import { memo, useMemo } from "react";
import { useTable, type ColumnDef } from "@tanstack/react-table";
import { Icon } from "#app/ui/icon.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import { dataTableFeatures, type DataColumn, type DataTableFeatures } from "./columns.ts";
import styles from "./data-table.module.css";

export interface SortState {
  /** A column's id. */
  by: string;
  descending: boolean;
}

type HeadColumn = Pick<DataColumn<never, never>, "id" | "header" | "hiddenHeader" | "area">;

export interface TableHeadProps {
  /** A constant at module scope. */
  columns: readonly HeadColumn[];
  sortBy: string;
  descending: boolean;
  onSort: (sort: SortState) => void;
}

/** Rows never become TanStack Table's: one object for each of 100,000 would cost more than drawing the window. */
const NO_ROWS: HeadColumn[] = [];

/** The row of headers, drawn again only when the order changes. */
export const TableHead = memo(function TableHead({ columns, sortBy, descending, onSort }: TableHeadProps) {
  const definitions = useMemo(
    () =>
      columns.map(({ id, header }): ColumnDef<DataTableFeatures, HeadColumn> => ({
        id,
        header,
        enableSorting: true,
      })),
    [columns],
  );
  const table = useTable({
    features: dataTableFeatures,
    columns: definitions,
    data: NO_ROWS,
    manualSorting: true,
    enableSortingRemoval: false,
    state: { sorting: [{ id: sortBy, desc: descending }] },
  });
  return (
    <div role="rowgroup" className={styles.head}>
      {table.getHeaderGroups().map((group) => (
        <div key={group.id} role="row" aria-rowindex={1} className={styles.headRow}>
          {group.headers.map(({ id, column }) => {
            const drawn = columns.find((each) => each.id === column.id);
            return (
              drawn && <HeaderCell key={id} column={drawn} sorted={column.getIsSorted()} onSort={onSort} />
            );
          })}
        </div>
      ))}
    </div>
  );
});

interface HeaderCellProps {
  column: HeadColumn;
  sorted: false | "asc" | "desc";
  onSort: (sort: SortState) => void;
}

function HeaderCell({ column, sorted, onSort }: HeaderCellProps) {
  if (column.hiddenHeader) {
    return (
      <div role="columnheader" className={styles.headCell} data-area={column.area}>
        <VisuallyHidden>{column.header}</VisuallyHidden>
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      className={styles.headCell}
      aria-sort={sorted === false ? "none" : sorted === "asc" ? "ascending" : "descending"}
    >
      <button
        type="button"
        className={styles.sortButton}
        data-sorted={sorted !== false || undefined}
        onClick={() => onSort({ by: column.id, descending: sorted === "asc" })}
      >
        {column.header}
        <span className={styles.sortMark}>
          <Icon name={sorted === "desc" ? "arrow-down" : "arrow-up"} size={14} />
        </span>
      </button>
    </div>
  );
}
