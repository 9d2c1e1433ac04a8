import { metaHelper, rowSortingFeature, tableFeatures } from "@tanstack/react-table";

export interface DataColumnMeta {
  /** CSS grid track of the column. */
  track: string;
  /** The header's words are for assistive technology only. */
  hiddenHeader?: boolean;
  /** Where the cell stands when rows are cards; see data-table.module.css. */
  area: string;
}

/** What the tables of this application use of TanStack Table: columns, headers and the sort state. */
export const dataTableFeatures = tableFeatures({
  rowSortingFeature,
  columnMeta: metaHelper<DataColumnMeta>(),
});
export type DataTableFeatures = typeof dataTableFeatures;
