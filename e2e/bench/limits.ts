import { appNames } from "./app.ts";
import { quantile } from "./report.ts";
import type { Metric, Samples } from "./samples.ts";

export type Share = 0.5 | 0.95;
type AppName = (typeof appNames)[keyof typeof appNames];

/** What Tokenward must reach. */
export interface Limit {
  metric: Metric;
  /** How many tokens; every size when missing. */
  size?: number;
  /** Of all samples of all rounds: their median or their 95th percentile. */
  share: Share;
  /** In the metric's unit, or as a multiple of what another application takes in the same run. */
  most: number;
  times?: AppName;
}

/** Two runs of the same thing differ by so much. */
const NOISE = 1.15;

/** So much of Tokenward, in the unit of the metric, against so much of the page without a framework. */
function againstByHand(metric: Metric, size: number, share: Share, own: number, byHand: number): Limit {
  return { metric, size, share, most: (own / byHand) * NOISE, times: appNames.byHand };
}

/** Ratios of what was measured once, on one machine: times differ elsewhere, ratios far less. */
export const LIMITS: readonly Limit[] = [
  againstByHand("firstRow", 1000, 0.5, 110, 78),
  againstByHand("firstRow", 10_000, 0.5, 125, 92),
  againstByHand("firstRow", 100_000, 0.5, 150, 68),
  { metric: "firstRow", size: 1000, share: 0.5, most: 1.1, times: appNames.tanstack },
  againstByHand("whole", 100_000, 0.5, 400, 361),
  againstByHand("keystroke", 1000, 0.5, 11, 8),
  againstByHand("keystroke", 1000, 0.95, 16, 12),
  againstByHand("keystroke", 10_000, 0.5, 11, 8),
  againstByHand("keystroke", 10_000, 0.95, 16, 11),
  againstByHand("keystroke", 100_000, 0.5, 14, 10),
  againstByHand("keystroke", 100_000, 0.95, 20, 15),
  againstByHand("sortDescription", 100_000, 0.5, 20, 17),
  againstByHand("sortCreated", 100_000, 0.5, 20, 17),
  againstByHand("revoke", 100_000, 0.5, 40, 34),
  { metric: "dropped", share: 0.5, most: 0 },
  { metric: "droppedRefreshing", share: 0.5, most: 0 },
  againstByHand("heap", 100_000, 0.5, 22, 56),
  { metric: "buffers", size: 100_000, share: 0.5, most: 10 },
  { metric: "bytes", share: 0.5, most: 120 },
];

/** A limit held against what was measured at one size. */
export interface Verdict {
  limit: Limit;
  size: number;
  /** Comparable with `limit.most`; NaN when one of the applications was not measured. */
  measured: number;
  isWorse: boolean;
}

/** Holds every limit against every size it is for and that was measured. */
export function judge(samples: readonly Samples[]): Verdict[] {
  const sizes = [...new Set(samples.map(({ size }) => size))];
  return sizes.flatMap((size) =>
    LIMITS.filter((limit) => limit.size === undefined || limit.size === size).map((limit) => {
      const of = (app: AppName) =>
        quantile(
          samples.find((each) => each.app === app && each.size === size && each.metric === limit.metric)
            ?.values ?? [],
          limit.share,
        );
      const own = of(appNames.tokenward);
      const measured = limit.times === undefined ? own : own / of(limit.times);
      return { limit, size, measured, isWorse: measured > limit.most };
    }),
  );
}
