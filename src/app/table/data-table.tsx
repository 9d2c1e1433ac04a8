import {
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";
import { useTable, type ColumnDef, type Header, type Row, type RowData } from "@tanstack/react-table";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { Icon } from "#app/ui/icon.tsx";
import { SkeletonRows } from "#app/ui/skeleton.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import { dataTableFeatures, type DataTableFeatures } from "./columns.ts";
import styles from "./data-table.module.css";
import { RowActiveContext } from "./row-active.ts";
import { NARROW, useMediaQuery } from "#app/ui/use-media-query.ts";

export interface SortState {
  /** A column's id. */
  by: string;
  descending: boolean;
}

export interface DataTableHandle {
  /** Scrolls a row into view and gives it focus; clamped to the rows there are. */
  focusRow(index: number): void;
  /** The element of a row that is drawn now. */
  rowElement(key: string): HTMLElement | null;
  /** Gives focus to the active row where it is in sight, else to the first row in sight. */
  focusInSight(): void;
}

export interface DataTableProps<TRow extends RowData> {
  /** Accessible name. */
  label: string;
  /** A constant at module scope. */
  columns: readonly ColumnDef<DataTableFeatures, TRow>[];
  /** Rows in the order shown. Only those in the window are asked for. */
  rowCount: number;
  rowAt: (index: number) => TRow;
  rowKey: (row: TRow) => string;
  sort: SortState;
  onSort: (sort: SortState) => void;
  /** A key that does not move: pressed on the row, or on a button inside it that has no use for the key. */
  onRowKey?: (event: KeyboardEvent<HTMLElement>, row: TRow, element: HTMLElement) => void;
  /** Marks the row as the one that an open menu or dialog is about. */
  isChosen?: (row: TRow) => boolean;
  loading?: boolean;
  /** In place of rows when there are none. */
  empty?: ReactNode;
  handle?: Ref<DataTableHandle>;
}

const HEADER_HEIGHT = 36;
const ROW_HEIGHT = 44;
/** A first guess: cards are measured. */
const CARD_HEIGHT = 132;

/**
 * A table of any length that draws its window only. Arrow keys, Page Up and Down, Home and End move between rows;
 * Tab goes into the controls of the row that has focus. What is a row's meaning is the caller's.
 */
export function DataTable<TRow extends RowData>(props: DataTableProps<TRow>) {
  const {
    label,
    columns,
    rowCount,
    rowAt,
    rowKey,
    sort,
    onSort,
    onRowKey,
    isChosen,
    loading,
    empty,
    handle,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const cards = useMediaQuery(NARROW);
  const [active, setActive] = useState<{ key: string; index: number }>();
  const activeIndex = active === undefined ? 0 : locate(active, rowCount, (index) => rowKey(rowAt(index)));

  const virtualizer = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => (cards ? CARD_HEIGHT : ROW_HEIGHT),
    overscan: 6,
    scrollMargin: cards ? 0 : HEADER_HEIGHT,
    scrollPaddingStart: cards ? 0 : HEADER_HEIGHT,
    // Drawn at once: waiting for the first measurement would cost an empty frame.
    initialRect: { width: 1000, height: 800 },
    // The row with the focus stays drawn while it is scrolled out of sight; otherwise focus would be lost.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= rowCount || indexes.includes(activeIndex)) return indexes;
      return [...indexes, activeIndex].sort((a, b) => a - b);
    },
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, cards]);

  const items = virtualizer.getVirtualItems().filter((item) => item.index < rowCount);
  const table = useTable({
    features: dataTableFeatures,
    columns,
    data: items.map((item) => rowAt(item.index)),
    getRowId: rowKey,
    manualSorting: true,
    enableSortingRemoval: false,
    state: { sorting: [{ id: sort.by, desc: sort.descending }] },
  });
  const rows = table.getRowModel().rows;
  const tracks = columns.map((column) => column.meta?.track ?? "1fr").join(" ");

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const element = body.current?.querySelector<HTMLElement>(`[data-index="${activeIndex}"]`);
    if (element == null) return;
    wantsFocus.current = false;
    element.focus({ preventScroll: true });
  });

  function focusRow(index: number): void {
    if (rowCount === 0) return;
    const clamped = Math.max(0, Math.min(rowCount - 1, index));
    wantsFocus.current = true;
    setActive({ key: rowKey(rowAt(clamped)), index: clamped });
    virtualizer.scrollToIndex(clamped);
  }

  useImperativeHandle(handle, () => ({
    focusRow,
    rowElement: (key) => body.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null,
    focusInSight: () => {
      const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
      focusRow(activeIndex >= startIndex && activeIndex <= endIndex ? activeIndex : startIndex);
    },
  }));

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const { target } = event;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const element = target.closest<HTMLElement>("[role=row][data-index]");
    if (element === null) return;
    // A button keeps what presses it; other keys mean the row it stands in.
    const onButton = target !== element;
    if (onButton && (!(target instanceof HTMLButtonElement) || event.key === "Enter" || event.key === " "))
      return;
    const index = Number(element.dataset["index"]);
    const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
    const to = moves(index, Math.max(1, endIndex - startIndex - 1), rowCount)[event.key];
    if (to !== undefined) {
      event.preventDefault();
      focusRow(to);
      return;
    }
    if (index < rowCount) onRowKey?.(event, rowAt(index), element);
  }

  return (
    <div ref={scroller} className={styles.scroller}>
      <div
        role="table"
        aria-label={label}
        // -1 says that it is not known yet.
        aria-rowcount={loading ? -1 : rowCount + 1}
        aria-busy={loading}
        className={styles.table}
        style={{ "--tracks": tracks }}
      >
        <div role="rowgroup" className={styles.head}>
          {table.getHeaderGroups().map((group) => (
            <div key={group.id} role="row" aria-rowindex={1} className={styles.headRow}>
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header} sort={sort} onSort={onSort} />
              ))}
            </div>
          ))}
        </div>
        {loading ? (
          <SkeletonRows count={12} columns={tracks} />
        ) : (
          <div
            role="rowgroup"
            ref={body}
            className={styles.body}
            style={{ height: virtualizer.getTotalSize() }}
            onKeyDown={onKeyDown}
          >
            {items.map((item, position) => {
              const row = rows[position];
              if (row === undefined) return null;
              return (
                <DataRow
                  key={row.id}
                  row={row}
                  index={item.index}
                  offset={item.start - virtualizer.options.scrollMargin}
                  measure={cards ? virtualizer.measureElement : undefined}
                  active={item.index === activeIndex}
                  chosen={isChosen?.(row.original) ?? false}
                  onFocus={() => setActive({ key: row.id, index: item.index })}
                />
              );
            })}
          </div>
        )}
      </div>
      {!loading && rowCount === 0 && <div className={styles.empty}>{empty}</div>}
    </div>
  );
}

/** Where the keys that move lead, from a row. */
function moves(index: number, page: number, count: number): Record<string, number> {
  return {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  };
}

/** The active row's position in the present order: the same row where it still is, else the same place. */
function locate(
  active: { key: string; index: number },
  count: number,
  keyAt: (index: number) => string,
): number {
  if (count === 0) return 0;
  if (active.index < count && keyAt(active.index) === active.key) return active.index;
  for (let index = 0; index < count; index++) if (keyAt(index) === active.key) return index;
  return Math.min(active.index, count - 1);
}

interface HeaderCellProps<TRow extends RowData> {
  header: Header<DataTableFeatures, TRow>;
  sort: SortState;
  onSort: (sort: SortState) => void;
}

function HeaderCell<TRow extends RowData>({ header, sort, onSort }: HeaderCellProps<TRow>) {
  const { columnDef } = header.column;
  const title = typeof columnDef.header === "string" ? columnDef.header : header.id;
  if (columnDef.meta?.hiddenHeader) {
    return (
      <div role="columnheader" className={styles.headCell} data-area={columnDef.meta.area}>
        <VisuallyHidden>{title}</VisuallyHidden>
      </div>
    );
  }
  const sorted = sort.by === header.column.id;
  return (
    <div
      role="columnheader"
      className={styles.headCell}
      aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className={styles.sortButton}
        data-sorted={sorted || undefined}
        onClick={() => onSort({ by: header.column.id, descending: sorted && !sort.descending })}
      >
        {title}
        <span className={styles.sortMark}>
          <Icon name={sorted && sort.descending ? "arrow-down" : "arrow-up"} size={14} />
        </span>
      </button>
    </div>
  );
}

interface DataRowProps<TRow extends RowData> {
  row: Row<DataTableFeatures, TRow>;
  index: number;
  /** From the top of the body, in px. */
  offset: number;
  measure: ((element: HTMLElement | null) => void) | undefined;
  active: boolean;
  chosen: boolean;
  onFocus: () => void;
}

function DataRow<TRow extends RowData>({
  row,
  index,
  offset,
  measure,
  active,
  chosen,
  onFocus,
}: DataRowProps<TRow>) {
  return (
    <div
      role="row"
      ref={measure}
      aria-rowindex={index + 2}
      data-index={index}
      data-key={row.id}
      data-chosen={chosen || undefined}
      tabIndex={active ? 0 : -1}
      className={styles.row}
      style={{ transform: `translateY(${offset}px)` }}
      onFocus={onFocus}
    >
      <RowActiveContext value={active}>
        {row.getAllCells().map((cell) => {
          const { header, meta, cell: render } = cell.column.columnDef;
          return (
            <div
              key={cell.id}
              role="cell"
              className={styles.cell}
              data-area={meta?.area}
              data-header={typeof header === "string" ? header : undefined}
            >
              {typeof render === "function" ? render(cell.getContext()) : render}
            </div>
          );
        })}
      </RowActiveContext>
    </div>
  );
}
