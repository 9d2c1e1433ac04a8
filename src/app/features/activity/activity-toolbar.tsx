import { useState, type Ref } from "react";
import { SortMenu } from "#app/table/sort-menu.tsx";
import { TableToolbar, type TableViewControl } from "#app/table/table-toolbar.tsx";
import { Button } from "#app/ui/button.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { useSay } from "#app/ui/vocabulary.ts";
import { ActivityFilters } from "./activity-filters.tsx";
import { activitySortKeys, type ActivityIndex } from "./activity-index.ts";
import { withoutFilters, type ActivityView } from "./activity-view-state.ts";
import { columnNames, filterChips } from "./activity-words.ts";
import { ExportPopover, type ExportPopoverProps } from "./export-popover.tsx";

export interface ActivityToolbarProps extends Pick<ExportPopoverProps, "hrefOf" | "shown" | "isComplete"> {
  control: TableViewControl<ActivityView>;
  /** Whose deeds can be filtered by. */
  index: ActivityIndex;
  /** Whether filtering is by tokens of two kinds. */
  hasKinds: boolean;
  searchRef: Ref<HTMLInputElement>;
  /** See TableToolbar. */
  keysOn: boolean;
  toRows: () => void;
}

type Opened = "sort" | "filters" | "export";

export function ActivityToolbar(props: ActivityToolbarProps) {
  const { control, index } = props;
  const { view, change } = control;
  const say = useSay();
  const [opened, setOpened] = useState<Opened>();
  const [exportButton, setExportButton] = useState<HTMLButtonElement | null>(null);
  const close = () => setOpened(undefined);
  const wanted = view.tokenId?.toLowerCase();
  const named =
    wanted === undefined
      ? undefined
      : index.entries.find(({ tokenId }) => tokenId?.toLowerCase() === wanted)?.description;

  return (
    <TableToolbar
      label="Activity"
      control={control}
      searchHint="Search who, token, reason or request"
      searchRef={props.searchRef}
      keysOn={props.keysOn}
      toRows={props.toRows}
      opened={opened}
      onOpen={setOpened}
      sortName={columnNames[view.sort.by]}
      filters={filterChips(view, say, named).map(({ label, without }) => ({
        label: visibleText(label, LONGEST_CHIP),
        without,
      }))}
      withoutFilters={withoutFilters}
      end={
        <Button
          ref={setExportButton}
          icon="arrow-down"
          aria-haspopup="dialog"
          aria-expanded={opened === "export"}
          onClick={() => setOpened("export")}
        >
          Export
        </Button>
      }
      renderMenus={(sortButton, filterButton) => (
        <>
          <SortMenu
            open={opened === "sort"}
            anchor={sortButton}
            onClose={close}
            keys={activitySortKeys}
            names={columnNames}
            sort={view.sort}
            onSort={(sort) => change({ sort })}
          />
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
        </>
      )}
    />
  );
}

/** UTF-16 units. */
const LONGEST_CHIP = 100;
