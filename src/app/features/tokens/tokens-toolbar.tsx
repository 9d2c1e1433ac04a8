import { useState, type Ref } from "react";
import { Button } from "#app/ui/button.tsx";
import { FilterChip } from "#app/ui/chip.tsx";
import { SearchField } from "#app/ui/search-field.tsx";
import { Switch } from "#app/ui/switch.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { tokenMenus } from "./lazy-token-menus.ts";
import type { SortKey, TokenIndex } from "./token-index.ts";
import { withoutFilters } from "./token-view-state.ts";
import { columnNames, filterChips } from "./token-words.ts";
import type { TokenViewControl } from "./use-token-view.ts";
import styles from "./tokens-toolbar.module.css";

export interface TokensToolbarProps {
  control: TokenViewControl;
  sortKeys: readonly SortKey[];
  /** Whose tokens may be filtered by owners. */
  index: TokenIndex;
  /** Names to filter by; undefined where tokens have no databases. */
  databases: readonly string[] | undefined;
  searchHint: string;
  searchRef: Ref<HTMLInputElement>;
  /** Whether single-letter keys are on, and so shown. */
  keysOn: boolean;
  onSearchKey: (key: "ArrowDown" | "Enter" | "Escape") => void;
}

type Opened = "sort" | "filters";

export function TokensToolbar(props: TokensToolbarProps) {
  const { control, sortKeys, databases, searchHint, searchRef, keysOn, onSearchKey } = props;
  const { view, setText, change } = control;
  const [opened, setOpened] = useState<Opened>();
  // A menu that nobody has opened yet is not there: it would be drawn at every keystroke.
  const [used, setUsed] = useState(false);
  const [sortButton, setSortButton] = useState<HTMLButtonElement | null>(null);
  const [filterButton, setFilterButton] = useState<HTMLButtonElement | null>(null);
  const menus = tokenMenus.useModule();
  const chips = filterChips(view);
  const open = (which: Opened) => {
    setUsed(true);
    setOpened(which);
  };
  const close = () => setOpened(undefined);

  return (
    <div className={styles.toolbar} role="search" aria-label="Tokens">
      <SearchField
        className={styles.search}
        ref={searchRef}
        value={view.text}
        onChange={setText}
        placeholder={searchHint}
        shortcut={keysOn ? "/" : undefined}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          onSearchKey(event.key);
        }}
      />
      <Switch
        label="Show Inactive Tokens"
        checked={view.inactive}
        onChange={(inactive) => change({ inactive })}
      />
      <span className={styles.group}>
        <Button
          ref={setFilterButton}
          icon="filter"
          aria-haspopup="dialog"
          aria-expanded={opened === "filters"}
          onClick={() => open("filters")}
        >
          Filter
        </Button>
        <Button
          ref={setSortButton}
          icon="arrow-up-down"
          aria-haspopup="menu"
          aria-expanded={opened === "sort"}
          aria-describedby="sort-order"
          onClick={() => open("sort")}
        >
          Sort
        </Button>
        <span id="sort-order" className={styles.order}>
          {columnNames[view.sort.by]}
          <span aria-hidden> {view.sort.descending ? "↓" : "↑"}</span>
          <VisuallyHidden>{view.sort.descending ? ", descending" : ", ascending"}</VisuallyHidden>
        </span>
      </span>
      {chips.length > 0 && (
        <div className={styles.chips} role="group" aria-label="Filters in force">
          {chips.map(({ label, without }) => (
            <FilterChip
              key={label}
              label={visibleText(label)}
              onRemove={() => {
                change(without);
                filterButton?.focus();
              }}
            />
          ))}
          {chips.length > 1 && (
            <Button
              variant="quiet"
              size="small"
              onClick={() => {
                change(withoutFilters(view));
                filterButton?.focus();
              }}
            >
              Clear filters
            </Button>
          )}
        </div>
      )}
      {menus !== undefined && used && (
        <>
          <menus.SortMenu
            open={opened === "sort"}
            anchor={sortButton}
            onClose={close}
            view={view}
            keys={sortKeys}
            onChange={change}
          />
          <menus.FilterPopover
            open={opened === "filters"}
            anchor={filterButton}
            onClose={close}
            view={view}
            databases={databases}
            keys={sortKeys}
            index={props.index}
            onChange={change}
          />
        </>
      )}
    </div>
  );
}
