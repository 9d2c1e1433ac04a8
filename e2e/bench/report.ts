import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Limit, type Share, type Verdict } from "./limits.ts";
import { type Metric, METRICS, type Samples } from "./samples.ts";

const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** Nearest-rank quantile; NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
}

function ratio(own: number, other: number): string {
  const value = own / other;
  return Number.isFinite(value) ? value.toFixed(2) : "–";
}

const shareName = (share: Share) => (share === 0.5 ? "median" : "p95");

/** A figure that a limit is about, or the limit itself: a multiple, or an amount in the metric's unit. */
function amount({ metric, times }: Limit, value: number): string {
  return times === undefined ? `${figure(value)} ${METRICS[metric].unit}`.trim() : value.toFixed(2);
}

function limitText(limit: Limit): string {
  const most = amount(limit, limit.most);
  return limit.times === undefined ? most : `${shareName(limit.share)} ${most} × ${limit.times}`;
}

/** As it stands in the last column: what is worse is said with its figure. */
function verdictText(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return "";
  const worse = verdicts
    .filter(({ isWorse }) => isWorse)
    .map(({ limit, measured }) => `${shareName(limit.share)} ${amount(limit, measured)}`);
  if (worse.length > 0) return `**worse: ${worse.join(", ")}**`;
  return verdicts.some(({ measured }) => Number.isNaN(measured)) ? "not measured" : "ok";
}

/**
 * A row per metric and size, a column per application with median and 95th percentile, the ratio of the first one's
 * to those of each other one (medians; where a limit asks for it the 95th percentiles too), and the limits.
 */
export function markdownTable(
  apps: readonly string[],
  samples: readonly Samples[],
  verdicts: readonly Verdict[],
): string {
  const sizes = [...new Set(samples.map(({ size }) => size))];
  const [own, ...peers] = apps;
  const titles = [...apps, ...peers.map((peer) => `ratio to ${peer}`)];
  const lines = [
    `| median / p95 | rows | ${titles.join(" | ")} | at most | |`,
    `|---|---:|${titles.map(() => "---:").join("|")}|---|---|`,
  ];
  for (const metric of Object.keys(METRICS) as Metric[]) {
    const { label, unit } = METRICS[metric];
    for (const size of sizes) {
      const of = (app: string | undefined) =>
        samples.find((each) => each.app === app && each.size === size && each.metric === metric)?.values ??
        [];
      if (apps.every((app) => of(app).length === 0)) continue;
      const cells = apps.map((app) => {
        const [median, p95] = [0.5, 0.95].map((share) => figure(quantile(of(app), share)));
        return `${median} / ${p95} ${unit}`.trim();
      });
      const judged = verdicts.filter((each) => each.limit.metric === metric && each.size === size);
      const shares: Share[] = judged.some(({ limit }) => limit.share === 0.95) ? [0.5, 0.95] : [0.5];
      const ratios = peers.map((peer) =>
        shares.map((share) => ratio(quantile(of(own), share), quantile(of(peer), share))).join(" / "),
      );
      const limits = judged.map(({ limit }) => limitText(limit)).join(", ");
      const all = [label, size.toLocaleString("en"), ...cells, ...ratios, limits, verdictText(judged)];
      lines.push(`| ${all.join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

/** A sentence for each limit that is not held. */
export function failures(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ isWorse }) => isWorse)
    .map(({ limit, size, measured }) => {
      const times = limit.times === undefined ? "" : ` times the ${limit.times}`;
      return (
        `${METRICS[limit.metric].label}, ${size.toLocaleString("en")} tokens, ${shareName(limit.share)}: ` +
        `${amount(limit, measured)}${times}, at most ${amount(limit, limit.most)}`
      );
    });
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
