import type { ReactNode } from "react";
import { tableFeatures } from "@tanstack/react-table";

/**
 * What TanStack Table keeps for the tables of this application: columns and headers. The order stands in the address and
 * is made by the list's index; its feature for sorting would be 1 kB of the first load that says what is known already.
 */
export const dataTableFeatures = tableFeatures({});
export type DataTableFeatures = typeof dataTableFeatures;

/** How a row stands among the drawn ones. */
export interface RowPlace {
  /** For the row's controls: only those of the active row are in the tab order, so that Tab passes any table quickly. */
  tabIndex: 0 | -1;
  /** The pointer is over the row, or it is the active one: only then do its parts need their tooltips. */
  attended: boolean;
  /** Absent where nothing can be selected. */
  selected?: boolean;
}

/** "quiet": says that there is nothing; "soon": something is due. */
export type CellTone = "quiet" | "soon";

/** A column of a table whose cells need `TScene` besides their row. */
export interface DataColumn<TRow, TScene> {
  id: string;
  header: string;
  /** The header's words are for assistive technology only. */
  hiddenHeader?: boolean;
  /** Its cells select rows; in its header stands what selects all of them. */
  selects?: boolean;
  /** CSS grid track. */
  track: string;
  /** Where the cell stands when rows are cards; see data-table.module.css. */
  area: string;
  /** Its texts are somebody's: not to be translated, and spaces count. */
  verbatim?: boolean;
  /** What the cell says in more words, asked for where somebody looks. */
  tooltip?: (row: TRow, scene: TScene) => string | undefined;
  /** How a cell stands out by colour, where it does. */
  tone?: (row: TRow, scene: TScene) => CellTone | undefined;
  /**
   * What stands in the cell. A plain function without hooks, called for every drawn row that changed: at each
   * keystroke for all of them. Text that is all there is in a cell needs no element of its own, which would be one more
   * to lay out in every row. A button with `data-press` is reported to the table's `onPress`.
   */
  draw: (row: TRow, scene: TScene, place: RowPlace) => ReactNode;
}
