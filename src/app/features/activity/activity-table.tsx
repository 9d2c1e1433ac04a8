import { useCallback, type KeyboardEvent } from "react";
import type { ActivityEntry } from "#contract/activity.ts";
import { DataTable, type DataTableProps } from "#app/table/data-table.tsx";
import { activityColumns, type ActivityScene } from "./activity-columns.tsx";
import { activitySortKeys, type ActivityIndex, type ActivitySort } from "./activity-index.ts";
import styles from "./activity-table.module.css";

type Shared = "question" | "chosenKey" | "loading" | "partial" | "busy" | "empty" | "handle";

export interface ActivityTableProps extends Pick<DataTableProps<ActivityEntry, ActivityScene>, Shared> {
  index: ActivityIndex;
  /** Positions of deeds of `index`, in the order shown. */
  rows: Uint32Array;
  sort: ActivitySort;
  onSort: (sort: ActivitySort) => void;
  onRowKey: (event: KeyboardEvent<HTMLElement>) => void;
  onOpen: (entry: ActivityEntry) => void;
  /** Every row has it: a new object draws them all again. */
  scene: ActivityScene;
}

const NO_KEYS: ReadonlySet<string> = new Set();

/** Nothing is done to deeds, so there is nothing to select them for. */
function ignore(): void {}

export function ActivityTable(props: ActivityTableProps) {
  const { index, rows, onSort, onRowKey, onOpen } = props;
  const keyAt = useCallback((at: number) => index.entries[rows[at]!]!.id, [index, rows]);
  const rowAt = useCallback((at: number) => index.entries[rows[at]!]!, [index, rows]);
  const indexOf = useCallback(
    (id: string) => {
      const position = index.positionOf(id);
      const at = position === undefined ? -1 : rows.indexOf(position);
      return at === -1 ? undefined : at;
    },
    [index, rows],
  );
  return (
    <div className={styles.frame}>
      <DataTable
        {...props}
        label="Activity"
        columns={activityColumns}
        rowCount={rows.length}
        rowAt={rowAt}
        keyAt={keyAt}
        indexOf={indexOf}
        onSort={(next) => {
          const by = activitySortKeys.find((key) => key === next.by);
          if (by !== undefined) onSort({ by, descending: next.descending });
        }}
        onRowKey={(event, entry) => {
          if (event.key !== "Enter") return onRowKey(event);
          event.preventDefault();
          onOpen(entry);
        }}
        selected={NO_KEYS}
        onSelect={ignore}
        selectAllLabel=""
        onSelectAll={ignore}
        covered={0}
      />
    </div>
  );
}
