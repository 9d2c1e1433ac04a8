import { memo, useCallback, useMemo, useState, type ComponentProps, type ReactNode } from "react";
import type { DataColumn, RowPlace } from "./columns.ts";
import { classNames } from "#app/ui/class-names.ts";
import styles from "./data-table.module.css";

export interface DataRowProps<TRow, TScene> {
  columns: readonly DataColumn<TRow, TScene>[];
  row: TRow;
  rowKey: string;
  /** Position in the list. */
  index: number;
  /** From the top of the body, in px. */
  offset: number;
  scene: TScene;
  /** It keeps what it shows, out of sight, until it waits no more. */
  waits: boolean;
  /** The row that keys act on. */
  active: boolean;
  /** It became that by having the focus, not by being the first one. */
  visited: boolean;
  chosen: boolean;
  selected: boolean;
}

function DrawnRow<TRow, TScene>(props: DataRowProps<TRow, TScene>) {
  const { columns, row, scene, active, visited, selected } = props;
  const [pointed, setPointed] = useState(false);
  const onPointerEnter = useCallback(() => setPointed(true), []);
  const onPointerLeave = useCallback(() => setPointed(false), []);

  const tabIndex = active ? 0 : -1;
  const attended = pointed || visited;
  // A row that only moved has them as they were.
  const cells = useMemo(
    () => drawCells(columns, row, scene, { tabIndex, attended, selected }),
    [columns, row, scene, tabIndex, attended, selected],
  );
  return drawRow(props, cells, { onPointerEnter, onPointerLeave });
}

const VERBATIM_CELL = classNames(styles.cell, styles.verbatim);

/** What stands in a row. */
export function drawCells<TRow, TScene>(
  columns: readonly DataColumn<TRow, TScene>[],
  row: TRow,
  scene: TScene,
  place: RowPlace,
): ReactNode {
  return columns.map(({ id, area, header, verbatim, tooltip, tone, draw }) => {
    const cellTone = tone?.(row, scene);
    return (
      <div
        key={id}
        role="cell"
        className={verbatim ? VERBATIM_CELL : styles.cell}
        // That there is nothing is said in our words.
        translate={verbatim && cellTone !== "quiet" ? "no" : undefined}
        title={place.attended ? tooltip?.(row, scene) : undefined}
        data-area={area}
        data-header={header}
        data-tone={cellTone}
      >
        {draw(row, scene, place)}
      </div>
    );
  });
}

type RowFrame = Pick<
  DataRowProps<never, never>,
  "rowKey" | "index" | "offset" | "active" | "chosen" | "selected"
>;

/** The row around its cells. */
export function drawRow(
  { rowKey, index, offset, active, chosen, selected }: RowFrame,
  cells: ReactNode,
  listeners: ComponentProps<"div">,
) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      data-key={rowKey}
      data-chosen={chosen || selected || undefined}
      tabIndex={active ? 0 : -1}
      className={styles.row}
      style={{ transform: `translateY(${offset}px)` }}
      {...listeners}
    >
      {cells}
    </div>
  );
}

type AnyRowProps = DataRowProps<unknown, unknown>;

function isDrawnAlready(before: AnyRowProps, after: AnyRowProps): boolean {
  if (after.waits) return true;
  let name: keyof AnyRowProps;
  for (name in after) if (name !== "waits" && before[name] !== after[name]) return false;
  return true;
}

/** One drawn row. Nothing of it is worked out again unless something of it changed. */
// The assertion gives back the type parameters that memo forgets.
export const DataRow = memo(DrawnRow, isDrawnAlready) as typeof DrawnRow;
