import { percentile, type StepResult } from "./step.ts";

/** What is asked of a gateway with 10,000 tokens on two free cores. */
export const targets = {
  reads: { least: 2000, p99: 50 },
  changes: { least: 300, p99: 100 },
  /** How much more memory the last fifth of the long run may take than the second fifth, at the median. */
  growth: 1.1,
  /** Seconds after an overload until the light load before it is served as before. */
  recovery: 5,
  /** Milliseconds in which a probe is answered whatever comes. */
  probe: 5000,
} as const;

export interface Verdict {
  what: string;
  found: string;
  isMet: boolean;
}

export type Measured = Pick<StepResult, "good" | "seconds" | "millis" | "shed" | "errors">;

export const perSecond = ({ good, seconds }: Pick<Measured, "good" | "seconds">) => good / seconds;

/** The best of the steps that kept within the time; met when that one did enough, without a refusal or an error. */
export function judgeSpeed(
  what: string,
  { least, p99 }: { least: number; p99: number },
  steps: readonly Measured[],
): Verdict {
  const sorted = [...steps].sort((one, two) => perSecond(two) - perSecond(one));
  const isClean = ({ errors, shed }: Measured) => errors.size === 0 && shed === 0;
  const isInTime = (step: Measured) => percentile(step.millis, 0.99) < p99;
  const best = sorted.find((step) => isClean(step) && isInTime(step)) ?? sorted[0];
  const wanted = `${what}: ${String(least)} a second, p99 under ${String(p99)} ms`;
  if (best === undefined) return { what: wanted, found: "not measured", isMet: false };
  return {
    what: wanted,
    found: `${perSecond(best).toFixed(0)} a second, p99 ${percentile(best.millis, 0.99).toFixed(1)} ms`,
    isMet: isClean(best) && isInTime(best) && perSecond(best) >= least,
  };
}

/** Of samples taken at even intervals: the first fifth is left to caches that fill and code that is compiled. */
export function judgeMemory(samples: readonly number[], minutes: number): Verdict {
  const fifth = Math.floor(samples.length / 5);
  const median = (from: number) =>
    percentile(
      samples.slice(from, from + fifth).sort((one, two) => one - two),
      0.5,
    );
  const [early, late] = [median(fifth), median(samples.length - fifth)];
  const growth = `${((targets.growth - 1) * 100).toFixed(0)} %`;
  return {
    what: `memory: no more than ${growth} above the beginning after ${String(minutes)} minutes`,
    found:
      fifth === 0
        ? "not measured"
        : `${megabytes(early)} MB, then ${megabytes(late)} MB (${((late / early - 1) * 100).toFixed(1)} %)`,
    isMet: fifth > 0 && late <= early * targets.growth,
  };
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
