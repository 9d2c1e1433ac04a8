import { memo, useMemo } from "react";
import { useTable, type ColumnDef } from "@tanstack/react-table";
import { Icon } from "#app/ui/icon.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import { dataTableFeatures, type DataColumn, type DataTableFeatures } from "./columns.ts";
import styles from "./data-table.module.css";
import { SelectAllBox, type SelectAllBoxProps } from "./select-box.tsx";

export interface SortState {
  /** A column's id. */
  by: string;
  descending: boolean;
}

type HeadColumn = Pick<DataColumn<never, never>, "id" | "header" | "hiddenHeader" | "selects" | "area">;

export interface TableHeadProps {
  /** A constant at module scope. */
  columns: readonly HeadColumn[];
  sortBy: string;
  descending: boolean;
  onSort: (sort: SortState) => void;
  /** For the column that selects. */
  selectAllLabel: string;
  selectAllState: SelectAllBoxProps["state"];
  selectAllDisabled: boolean;
  onSelectAll: () => void;
}

/** Rows never become TanStack Table's: one object for each of 100,000 would cost more than drawing the window. */
const NO_ROWS: HeadColumn[] = [];

/** The row of headers, drawn again only when the order changes, or how many rows can be selected. */
export const TableHead = memo(function TableHead(props: TableHeadProps) {
  const { columns } = props;
  const definitions = useMemo(
    () => columns.map(({ id, header }): ColumnDef<DataTableFeatures, HeadColumn> => ({ id, header })),
    [columns],
  );
  const table = useTable({ features: dataTableFeatures, columns: definitions, data: NO_ROWS });
  const headers = table.getHeaderGroups().flatMap((group) => group.headers);
  return drawTableHead({
    ...props,
    columns: headers.flatMap(({ id }) => columns.find((each) => each.id === id) ?? []),
  });
});

/** The same without hooks; the columns in their order. */
export function drawTableHead(props: TableHeadProps) {
  const direction = props.descending ? "desc" : "asc";
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.headRow}>
        {props.columns.map((column) =>
          column.selects ? (
            <div key={column.id} role="columnheader" className={styles.headCell} data-area={column.area}>
              <SelectAllBox
                label={props.selectAllLabel}
                state={props.selectAllState}
                disabled={props.selectAllDisabled}
                onChange={props.onSelectAll}
              />
            </div>
          ) : (
            <HeaderCell
              key={column.id}
              column={column}
              sorted={column.id === props.sortBy && direction}
              onSort={props.onSort}
            />
          ),
        )}
      </div>
    </div>
  );
}

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
