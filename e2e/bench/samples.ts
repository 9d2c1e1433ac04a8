/** What is measured, in the order of the report's table. */
export const METRICS = {
  firstRow: { label: "first row painted", unit: "ms" },
  whole: { label: "whole list searchable", unit: "ms" },
  keystroke: { label: "keystroke to painted result", unit: "ms" },
  sortDescription: { label: "sort by description", unit: "ms" },
  sortCreated: { label: "sort by created", unit: "ms" },
  revoke: { label: "revoke to row gone", unit: "ms" },
  dropped: { label: "frames dropped in 2 s of wheel scrolling", unit: "" },
  droppedRefreshing: { label: "the same while the list is read again, three rows changed", unit: "" },
  heap: { label: "JS heap after collection", unit: "MB" },
  buffers: { label: "array buffers beside it", unit: "MB" },
  bytes: { label: "HTML, JS and CSS of the first load, as sent", unit: "kB" },
} as const satisfies Record<string, { label: string; unit: string }>;

export type Metric = keyof typeof METRICS;

/** All values of one metric of one application at one size, from all rounds. */
export interface Samples {
  app: string;
  size: number;
  metric: Metric;
  values: number[];
}
