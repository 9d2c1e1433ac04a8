import { useState, type Ref } from "react";
import { Button } from "#app/ui/button.tsx";
import { FilterChip } from "#app/ui/chip.tsx";
import { Menu, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "#app/ui/menu.tsx";
import { SearchField } from "#app/ui/search-field.tsx";
import { useSay } from "#app/ui/vocabulary.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import { ActivityFilters } from "./activity-filters.tsx";
import { activitySortKeys, type ActivityIndex } from "./activity-index.ts";
import styles from "./activity-toolbar.module.css";
import { withoutFilters, type ActivityView } from "./activity-view-state.ts";
import { columnNames, filterChips } from "./activity-words.ts";
import { ExportPopover, type ExportPopoverProps } from "./export-popover.tsx";

export interface ActivityToolbarProps extends Pick<ExportPopoverProps, "hrefOf" | "shown" | "isComplete"> {
  view: ActivityView;
  /** Typing. */
  setText: (text: string) => void;
  /** Everything else. */
  change: (change: Partial<ActivityView>) => void;
  /** Whose deeds can be filtered by. */
  index: ActivityIndex;
  /** Whether filtering is by tokens of two kinds. */
  hasKinds: boolean;
  searchRef: Ref<HTMLInputElement>;
  /** Whether single-letter keys are on, and so shown. */
  keysOn: boolean;
  onSearchKey: (key: "ArrowDown" | "Enter" | "Escape") => void;
}

type Opened = "sort" | "filters" | "export";

export function ActivityToolbar(props: ActivityToolbarProps) {
  const { view, setText, change, index, searchRef, keysOn, onSearchKey } = props;
  const say = useSay();
  const [opened, setOpened] = useState<Opened>();
  const [sortButton, setSortButton] = useState<HTMLButtonElement | null>(null);
  const [filterButton, setFilterButton] = useState<HTMLButtonElement | null>(null);
  const [exportButton, setExportButton] = useState<HTMLButtonElement | null>(null);
  const close = () => setOpened(undefined);
  const wanted = view.tokenId?.toLowerCase();
  const named =
    wanted === undefined
      ? undefined
      : index.entries.find(({ tokenId }) => tokenId?.toLowerCase() === wanted)?.description;
  const chips = filterChips(view, say, named);
  const { by, descending } = view.sort;

  return (
    <div className={styles.toolbar} role="search" aria-label="Activity">
      <SearchField
        className={styles.search}
        ref={searchRef}
        value={view.text}
        onChange={setText}
        placeholder="Search who, token, reason or request"
        shortcut={keysOn ? "/" : undefined}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          onSearchKey(event.key);
        }}
      />
      <span className={styles.group}>
        <Button
          ref={setFilterButton}
          icon="filter"
          aria-haspopup="dialog"
          aria-expanded={opened === "filters"}
          onClick={() => setOpened("filters")}
        >
          Filter
        </Button>
        <Button
          ref={setSortButton}
          icon="arrow-up-down"
          aria-haspopup="menu"
          aria-expanded={opened === "sort"}
          aria-describedby="sort-order"
          onClick={() => setOpened("sort")}
        >
          Sort
        </Button>
        <span id="sort-order" className={styles.order}>
          {columnNames[by]}
          <span aria-hidden> {descending ? "↓" : "↑"}</span>
          <VisuallyHidden>{descending ? ", descending" : ", ascending"}</VisuallyHidden>
        </span>
      </span>
      <Button
        ref={setExportButton}
        icon="arrow-down"
        aria-haspopup="dialog"
        aria-expanded={opened === "export"}
        onClick={() => setOpened("export")}
      >
        Export
      </Button>
      {chips.length > 0 && (
        <div className={styles.chips} role="group" aria-label="Filters in force">
          {chips.map(({ label, without }) => (
            <FilterChip
              key={label}
              label={visibleText(label, LONGEST_CHIP)}
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
      <Menu open={opened === "sort"} anchor={sortButton} onClose={close} label="Sort">
        <MenuRadioGroup
          label="Sort by"
          value={by}
          onChange={(value) => {
            const key = activitySortKeys.find((candidate) => candidate === value);
            if (key !== undefined) change({ sort: { by: key, descending } });
          }}
        >
          {activitySortKeys.map((key) => (
            <MenuRadioItem key={key} value={key} keepOpen>
              {columnNames[key]}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuRadioGroup
          label="Order"
          value={descending ? "descending" : "ascending"}
          onChange={(value) => change({ sort: { by, descending: value === "descending" } })}
        >
          <MenuRadioItem value="ascending">Ascending</MenuRadioItem>
          <MenuRadioItem value="descending">Descending</MenuRadioItem>
        </MenuRadioGroup>
      </Menu>
      <ActivityFilters
        open={opened === "filters"}
        anchor={filterButton}
        onClose={close}
        view={view}
        index={index}
        hasKinds={props.hasKinds}
        onChange={change}
      />
      <ExportPopover
        open={opened === "export"}
        anchor={exportButton}
        onClose={close}
        hrefOf={props.hrefOf}
        shown={props.shown}
        isComplete={props.isComplete}
      />
    </div>
  );
}

/** UTF-16 units. */
const LONGEST_CHIP = 100;
