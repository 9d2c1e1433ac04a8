import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Samples {
  app: string;
  size: number;
  metric: string;
  values: number[];
}

/** Metrics in the order of the table. */
export const METRICS: Record<string, { label: string; unit: string }> = {
  firstRow: { label: "first row painted", unit: "ms" },
  whole: { label: "whole list there", unit: "ms" },
  keystroke: { label: "keystroke to painted result", unit: "ms" },
  sortDescription: { label: "sort by description", unit: "ms" },
  sortCreated: { label: "sort by created", unit: "ms" },
  revoke: { label: "revoke to row gone", unit: "ms" },
  heap: { label: "JS heap after collection", unit: "MB" },
  bytes: { label: "HTML, JS and CSS of the first load, as sent", unit: "kB" },
};

const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** Nearest-rank quantile; NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return "–";
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/**
 * A row per metric and size, a column per application with median and 95th percentile, and the ratio of the first
 * one's median to that of each other one.
 */
export function markdownTable(samples: readonly Samples[]): string {
  const apps = [...new Set(samples.map(({ app }) => app))];
  const sizes = [...new Set(samples.map(({ size }) => size))];
  const [own, ...peers] = apps;
  const titles = [...apps, ...peers.map((peer) => `ratio to ${peer}`)];
  const lines = [
    `| median / p95 | rows | ${titles.join(" | ")} |`,
    `|---|---:|${apps
      .concat(peers)
      .map(() => "---:")
      .join("|")}|`,
  ];
  for (const [metric, { label, unit }] of Object.entries(METRICS)) {
    for (const size of sizes) {
      const of = (app: string | undefined) =>
        samples.find((each) => each.app === app && each.size === size && each.metric === metric)?.values ??
        [];
      if (apps.every((app) => of(app).length === 0)) continue;
      const cells = apps.map((app) => {
        const [median, p95] = [0.5, 0.95].map((share) => figure(quantile(of(app), share)));
        return `${median} / ${p95} ${unit}`;
      });
      const ratios = peers.map((peer) => {
        const ratio = quantile(of(own), 0.5) / quantile(of(peer), 0.5);
        return Number.isNaN(ratio) ? "–" : ratio.toFixed(2);
      });
      lines.push(`| ${label} | ${size.toLocaleString("en")} | ${[...cells, ...ratios].join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

export function machineLine(chromium: string, rounds: number): string {
  const [cpu] = cpus();
  return (
    `${String(rounds)} rounds, fresh browser each, interleaved; ${cpu?.model.trim() ?? "unknown CPU"}, ` +
    `${String(cpus().length)} cores, Node ${process.versions.node}, Chromium ${chromium}, headless.`
  );
}

/** Text with what stands between the markers replaced. Throws when it has no markers. */
export function putBetweenMarkers(text: string, report: string): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) throw new Error(`There are no markers ${START} and ${END}.`);
  return `${text.slice(0, start + START.length)}\n\n${report}\n\n${text.slice(end)}`;
}

export function writeIntoReadme(report: string): void {
  writeFileSync("README.md", putBetweenMarkers(readFileSync("README.md", "utf8"), report));
}
