import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
} from "react";
import { SkeletonRows } from "#app/ui/skeleton.tsx";
import { painted } from "#app/ui/painted.ts";
import { NARROW, useMediaQuery } from "#app/ui/use-media-query.ts";
import type { DataColumn } from "./columns.ts";
import { DataRow } from "./data-row.tsx";
import styles from "./data-table.module.css";
import { assignSlots, NO_SLOTS } from "./row-slots.ts";
import { createScroller, rowsInSight, rowsToDraw } from "./row-window.ts";
import { SELECT_PRESS } from "./select-box.tsx";
import { allSelected, keysBetween, type SelectedKeys } from "./selection.ts";
import { TableHead, type SortState } from "./table-head.tsx";

export type { SortState };

export interface DataTableHandle {
  /** Scrolls a row into view and gives it focus; clamped to the rows there are. */
  focusRow(index: number): void;
  /** The element of a row that is drawn now. */
  rowElement(key: string): HTMLElement | null;
  /** Gives focus to the active row where it is in sight, else to the first row in sight. */
  focusInSight(): void;
}

export interface DataTableProps<TRow, TScene> {
  /** Accessible name. */
  label: string;
  /** A constant at module scope. */
  columns: readonly DataColumn<TRow, TScene>[];
  /** Rows in the order shown. Only those in the window are asked for. */
  rowCount: number;
  /** A row that is the same object as before is not drawn again. */
  rowAt: (index: number) => TRow;
  keyAt: (index: number) => string;
  /** The position of a row, or undefined. Asked at every keystroke while the active row is not where it was. */
  indexOf: (key: string) => number | undefined;
  /** What cells need besides their row. A new object draws all of them again. */
  scene: TScene;
  /** What the rows answer: another question is answered from its first row on. */
  question: string;
  sort: SortState;
  onSort: (sort: SortState) => void;
  /** A key that does not move: pressed on the row, or on a button inside it that has no use for the key. */
  onRowKey?: (event: KeyboardEvent<HTMLElement>, row: TRow, element: HTMLElement) => void;
  /** A row was clicked, beside its controls, and no text was selected by it. */
  onOpen?: (row: TRow) => void;
  /** A button with `data-press` in a row was pressed. */
  onPress?: (press: string, row: TRow, button: HTMLElement) => void;
  /** The row that an open menu or dialog is about. */
  chosenKey?: string | undefined;
  /** Keys of selected rows, whether they are among those shown or not. */
  selected: SelectedKeys;
  /** Some rows were selected, or not any more. */
  onSelect: (keys: readonly string[], on: boolean) => void;
  /** The header's box, which says what it does: selects all rows, or none. */
  selectAllLabel: string;
  onSelectAll: (on: boolean) => void;
  /** How much of the lower edge something floats over, in px: rows can be scrolled out from under it. */
  covered: number;
  /** Nothing came yet: grey bars in place of rows. */
  loading?: boolean;
  /** There are more rows than are here: those are drawn, and their number is not claimed. */
  partial?: boolean;
  /** More rows are coming. */
  busy?: boolean;
  /** In place of rows when there are none and nothing loads. While `partial` too: it must say what is true then. */
  empty?: ReactNode;
  handle?: Ref<DataTableHandle>;
}

const HEADER_HEIGHT = 36;
export const ROW_HEIGHT = 44;
/** A first guess: how high cards are the browser says. */
export const CARD_HEIGHT = 132;
/** Rows drawn beyond either edge of the window: more than one turn of a wheel scrolls in a frame. */
const OVERSCAN = 4;
/** What in a row leaves the keys that move to the row. */
const CONTROLS = "button, input[type=checkbox]";

/**
 * A table of any length that draws its window only. Arrow keys, Page Up and Down, Home and End move between rows;
 * Tab goes into the controls of the row that has focus. What is a row's meaning is the caller's.
 */
export function DataTable<TRow, TScene>(props: DataTableProps<TRow, TScene>) {
  const { label, columns, rowCount, rowAt, keyAt, indexOf, scene, sort, chosenKey, empty, handle } = props;
  const { loading = false, partial = false, busy = false, selected, selectAllLabel, covered } = props;
  const [{ attach, subscribe, sight, see, scrollTo }] = useState(createScroller);
  const body = useRef<HTMLDivElement>(null);
  /** The row that was selected or not last, where a range begins. */
  const toggled = useRef<string>(undefined);
  const wantsFocus = useRef(false);
  const cards = useMediaQuery(NARROW);
  const [active, setActive] = useState<ActiveRow>();
  const found = active && locate(active, rowCount, keyAt, indexOf);
  const activeIndex = found ?? Math.max(0, Math.min(active?.index ?? 0, rowCount - 1));

  const [cardHeight, setCardHeight] = useState(CARD_HEIGHT);
  const rowHeight = cards ? cardHeight : ROW_HEIGHT;
  const above = cards ? 0 : HEADER_HEIGHT;
  const lookAt = () => sight(rowHeight, above);
  const range = rowsInSight(useSyncExternalStore(subscribe, lookAt), rowHeight, rowCount);
  // Another answer is first what is in sight of it, at the top where it begins. The rest follows when that is painted:
  // until then elements out of sight keep what they show, which costs less than to take them out and to put them back.
  const first = rowCount === 0 ? undefined : keyAt(0);
  const [settled, setSettled] = useState(first);
  useEffect(() => {
    if (settled === first) return;
    let left = false;
    void painted().then(() => {
      if (!left) setSettled(first);
    });
    return () => {
      left = true;
    };
  }, [settled, first]);
  const [slots, setSlots] = useState(NO_SLOTS);
  const waits = (index: number) =>
    settled !== first && range.first === 0 && index > range.last && index !== activeIndex;
  // The row with the focus stays drawn while it is scrolled out of sight; otherwise focus would be lost.
  const indexes = rowsToDraw(range, OVERSCAN, rowCount, activeIndex).filter(
    (index) => !waits(index) || slots.indexes.includes(index),
  );
  const keys = indexes.map(keyAt);
  const drawn = assignSlots(slots, indexes, keys, active && { key: active.key, index: found });
  if (drawn !== slots) setSlots(drawn);

  // All cards are as high as one of them; text may be larger than usual.
  const firstSlot = cards && !loading ? drawn.slots[0] : undefined;
  useLayoutEffect(() => {
    const card = firstSlot === undefined ? null : body.current?.firstElementChild;
    if (!(card instanceof HTMLElement)) return;
    const observer = new ResizeObserver(() => {
      // What has just been taken out of the page has no height.
      if (card.offsetHeight > 0) setCardHeight(card.offsetHeight);
    });
    observer.observe(card);
    return () => observer.disconnect();
  }, [firstSlot]);

  // What the handlers below see: always the rows on screen, without being new functions at every keystroke.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });

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
    setActive({ key: keyAt(clamped), index: clamped });
    see(clamped, rowHeight, above + covered);
  }

  useImperativeHandle(handle, () => ({
    focusRow,
    rowElement: (key) => body.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null,
    focusInSight: () =>
      focusRow(activeIndex >= range.first && activeIndex <= range.last ? activeIndex : range.first),
  }));

  const { question } = props;
  const asked = useRef(question);
  useLayoutEffect(() => {
    if (asked.current === question) return;
    asked.current = question;
    scrollTo(0);
  }, [question, scrollTo]);

  /** One row, or with those between it and the last one: all get what it gets. */
  const selectRow = useCallback((index: number, range: boolean) => {
    const { rowCount: count, keyAt: at, indexOf: find, selected: present, onSelect } = latest.current;
    if (index >= count) return;
    const from = range && toggled.current !== undefined ? find(toggled.current) : undefined;
    const key = at(index);
    toggled.current = key;
    onSelect(keysBetween(from ?? index, index, at), !present.has(key));
  }, []);

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const { target } = event;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const element = rowAround(target);
    if (element === null) return;
    // A button keeps what presses it; other keys mean the row it stands in.
    const onControl = target !== element;
    if (onControl && (!target.matches(CONTROLS) || event.key === "Enter" || event.key === " ")) return;
    const index = Number(element.dataset["index"]);
    if (event.key === " ") {
      event.preventDefault();
      selectRow(index, event.shiftKey);
      return;
    }
    const to = moves(index, Math.max(1, range.last - range.first - 1), rowCount)[event.key];
    if (to !== undefined) {
      event.preventDefault();
      focusRow(to);
      return;
    }
    if (index < rowCount) props.onRowKey?.(event, rowAt(index), element);
  }

  const onFocus = useCallback(({ target }: FocusEvent) => {
    const { key, index } = rowAround(target)?.dataset ?? {};
    if (key === undefined) return;
    setActive((present) =>
      present?.key === key && present.index === Number(index) ? present : { key, index: Number(index) },
    );
  }, []);
  const onClick = useCallback(
    ({ target, shiftKey }: MouseEvent) => {
      if (!(target instanceof Element)) return;
      const control = target.closest<HTMLElement>("[data-press]");
      const press = control?.dataset["press"];
      const shown = rowAround(target)?.dataset ?? {};
      const index = Number(shown["index"]);
      const { rowCount: count, rowAt: at, keyAt: keyOf, onPress, onOpen } = latest.current;
      // A row that waits shows another one still: what is pressed is what is shown, or nothing.
      if (!(index < count) || keyOf(index) !== shown["key"]) return;
      if (control === null || press === undefined) {
        if (target.closest("button,label") === null && getSelection()?.isCollapsed !== false)
          onOpen?.(at(index));
      } else if (press === SELECT_PRESS) selectRow(index, shiftKey);
      else onPress?.(press, at(index), control);
    },
    [selectRow],
  );
  const onSort = useCallback((next: SortState) => latest.current.onSort(next), []);
  const all = useMemo(() => allSelected(selected, rowCount, keyAt), [selected, rowCount, keyAt]);
  const onSelectAll = useCallback(() => latest.current.onSelectAll(!all), [all]);

  const tracks = useMemo(() => columns.map((column) => column.track).join(" "), [columns]);
  return (
    <div ref={attach} className={styles.scroller}>
      <div
        role="table"
        aria-label={label}
        // -1 says that it is not known yet.
        aria-rowcount={loading || partial ? -1 : rowCount + 1}
        aria-busy={loading || busy}
        className={styles.table}
        style={{ "--tracks": tracks }}
      >
        <TableHead
          columns={columns}
          sortBy={sort.by}
          descending={sort.descending}
          onSort={onSort}
          selectAllLabel={selectAllLabel}
          selectAllState={all ? "all" : selected.size > 0 ? "some" : "none"}
          // Of a part nobody knows what all of it would be.
          selectAllDisabled={loading || partial || rowCount === 0}
          onSelectAll={onSelectAll}
        />
        {loading ? (
          <SkeletonRows count={12} columns={tracks} />
        ) : (
          <div
            role="rowgroup"
            ref={body}
            className={styles.body}
            style={{ height: rowCount * rowHeight + covered }}
            onKeyDown={onKeyDown}
            onFocus={onFocus}
            onClick={onClick}
          >
            {indexes.map((index, position) => {
              const key = keys[position]!;
              return (
                <DataRow
                  key={drawn.slots[position]}
                  columns={columns}
                  row={rowAt(index)}
                  rowKey={key}
                  index={index}
                  offset={index * rowHeight}
                  scene={scene}
                  waits={waits(index)}
                  active={index === activeIndex}
                  visited={key === active?.key}
                  chosen={key === chosenKey}
                  selected={selected.has(key)}
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

/** The row that keys act on: it has the focus, or gets it first. */
interface ActiveRow {
  key: string;
  /** Where it stood when it became the active one. */
  index: number;
}

/** The active row's position in the present order; undefined when it is not in the list now. */
function locate(
  { key, index }: ActiveRow,
  count: number,
  keyAt: (index: number) => string,
  indexOf: (key: string) => number | undefined,
): number | undefined {
  return index < count && keyAt(index) === key ? index : indexOf(key);
}

/** The row that an element of the body stands in. */
function rowAround(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>("[role=row][data-index]");
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
