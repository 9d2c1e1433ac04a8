import { useState, type ReactNode, type Ref } from "react";
import { Button, drawButton } from "#app/ui/button.tsx";
import { FilterChip } from "#app/ui/chip.tsx";
import { SearchField } from "#app/ui/search-field.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import type { SortState } from "./table-head.tsx";
import styles from "./table-toolbar.module.css";

/** What a table shows: searched by a text, in an order, and filtered by whatever else it has. */
export interface TableView {
  text: string;
  sort: SortState;
}

export interface TableViewControl<TView> {
  view: TView;
  /** Typing. */
  setText: (text: string) => void;
  /** Everything else. */
  change: (change: Partial<TView>) => void;
}

/** A filter in force, and the change that takes it away. */
export interface FilterInForce<TView> {
  label: string;
  without: Partial<TView>;
}

export interface TableToolbarProps<TView extends TableView> {
  /** Accessible name. */
  label: string;
  control: TableViewControl<TView>;
  searchHint: string;
  searchRef: Ref<HTMLInputElement>;
  /** Whether single-letter keys are on, and so shown. */
  keysOn: boolean;
  /** Leaves the search for the first row. */
  toRows: () => void;
  /** Which of its menus is open, or another one. */
  opened: string | undefined;
  onOpen: (menu: "sort" | "filters") => void;
  /** What the rows are sorted by. */
  sortName: string;
  filters: readonly FilterInForce<TView>[];
  withoutFilters: (view: TView) => TView;
  /** After the search. */
  children?: ReactNode;
  /** After the buttons. */
  end?: ReactNode;
  /** What hangs from its buttons. */
  renderMenus: (sortButton: HTMLElement | null, filterButton: HTMLElement | null) => ReactNode;
}

/** What stands above a table: search, filters and order. */
export function TableToolbar<TView extends TableView>(props: TableToolbarProps<TView>) {
  const { filters } = props;
  const { view, change } = props.control;
  const [sortButton, setSortButton] = useState<HTMLButtonElement | null>(null);
  const [filterButton, setFilterButton] = useState<HTMLButtonElement | null>(null);
  // The chip or button that was pressed may be gone.
  const filter = (changed: Partial<TView>) => {
    change(changed);
    filterButton?.focus();
  };

  return drawTableToolbar({
    ...props,
    filterRef: setFilterButton,
    sortRef: setSortButton,
    end: (
      <>
        {props.end}
        {filters.length > 0 && (
          <div className={styles.chips} role="group" aria-label="Filters in force">
            {filters.map(({ label, without }) => (
              <FilterChip key={label} label={visibleText(label)} onRemove={() => filter(without)} />
            ))}
            {filters.length > 1 && (
              <Button variant="quiet" size="small" onClick={() => filter(props.withoutFilters(view))}>
                Clear filters
              </Button>
            )}
          </div>
        )}
        {props.renderMenus(sortButton, filterButton)}
      </>
    ),
  });
}

/** What is there without filters and menus. */
export interface PlainToolbarProps extends Pick<
  TableToolbarProps<TableView>,
  "searchHint" | "keysOn" | "sortName" | "children" | "end"
> {
  control: Pick<TableViewControl<TableView>, "view" | "setText">;
  label?: string;
  searchRef?: Ref<HTMLInputElement>;
  /** Nothing typed would be heard of. */
  readOnly?: boolean;
  toRows?: () => void;
  opened?: string | undefined;
  onOpen?: (menu: "sort" | "filters") => void;
  filterRef?: Ref<HTMLButtonElement>;
  sortRef?: Ref<HTMLButtonElement>;
}

/** The same without hooks. */
export function drawTableToolbar(props: PlainToolbarProps) {
  const { opened, onOpen } = props;
  const { view, setText } = props.control;
  const { descending } = view.sort;
  return (
    <div className={styles.toolbar} role="search" aria-label={props.label}>
      <SearchField
        className={styles.search}
        ref={props.searchRef}
        value={view.text}
        readOnly={props.readOnly}
        onChange={setText}
        placeholder={props.searchHint}
        shortcut={props.keysOn ? "/" : undefined}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          if (event.key === "Escape" && view.text !== "") setText("");
          else props.toRows?.();
        }}
      />
      {props.children}
      <span className={styles.group}>
        {drawButton({
          ref: props.filterRef,
          icon: "filter",
          "aria-haspopup": "dialog",
          "aria-expanded": opened === "filters",
          onClick: () => onOpen?.("filters"),
          children: "Filter",
        })}
        {drawButton({
          ref: props.sortRef,
          icon: "arrow-up-down",
          "aria-haspopup": "menu",
          "aria-expanded": opened === "sort",
          "aria-describedby": "sort-order",
          onClick: () => onOpen?.("sort"),
          children: "Sort",
        })}
        <span id="sort-order" className={styles.order}>
          {props.sortName}
          <span aria-hidden> {descending ? "↓" : "↑"}</span>
          <VisuallyHidden>{descending ? ", descending" : ", ascending"}</VisuallyHidden>
        </span>
      </span>
      {props.end}
    </div>
  );
}
