import { setTimeout as wait } from "node:timers/promises";
import type { BrowserContext, Page } from "@playwright/test";
import type { Shown } from "./tokens.ts";

const DEADLINE_SECONDS = 20;

/** What page-probe.js puts into the page. */
interface Probe {
  read(): { first: string } | undefined;
  firstRow: Promise<number>;
  shown(wanted: Wanted): Promise<number>;
  found(text: string, wanted: Wanted): Promise<number>;
  arm(kind: string, wanted: Wanted): void;
  result: Promise<number>;
  watchFrames(): void;
  framesSeen(): number[];
}
declare global {
  interface Window {
    probe: Probe;
  }
}

export interface Wanted extends Partial<Shown> {
  /** Header and direction, as in "Description ascending". */
  sort?: string;
  /** Of these texts the first row must contain one. */
  firstAmong?: string[];
}

/** Puts the probe into every page of this context that is opened from now on. */
export async function addProbe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ path: "e2e/bench/page-probe.js" });
}

/** A page that never shows what is wanted must fail with what it shows instead. */
export async function orTooLate(page: Page, measured: Promise<number>, wanted: Wanted): Promise<number> {
  const late = new AbortController();
  const deadline = wait(DEADLINE_SECONDS * 1000, undefined, { signal: late.signal }).then(async () => {
    const shown = await page.evaluate(() => window.probe.read());
    throw new Error(`Wanted ${JSON.stringify(wanted)}, and the page shows ${JSON.stringify(shown)}`);
  });
  try {
    return await Promise.race([measured, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => {});
  }
}

/** Does something on the page and gives the milliseconds from its event to the painted result. */
export async function timed(
  page: Page,
  event: string,
  wanted: Wanted,
  act: () => Promise<void>,
): Promise<number> {
  await page.evaluate(([kind, what]) => window.probe.arm(kind, what), [event, wanted] as const);
  await act();
  return orTooLate(
    page,
    page.evaluate(() => window.probe.result),
    wanted,
  );
}

/** Milliseconds since navigation began until the page shows this. */
export function shownAt(page: Page, wanted: Wanted): Promise<number> {
  return orTooLate(
    page,
    page.evaluate((what) => window.probe.shown(what), wanted),
    wanted,
  );
}

/** Lets the page finish what it does while idle, so that no measurement pays for the one before. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestIdleCallback(() => resolve(), { timeout: 2000 });
      }),
  );
}

/** Waits until the main thread is at rest: after loading a page may be making things ready for later. 5 s at most. */
export async function rest(page: Page): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Performance.enable");
  const taskSeconds = async () => {
    const { metrics } = await devTools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
  };
  let before = await taskSeconds();
  for (const until = Date.now() + 5000; Date.now() < until;) {
    await wait(100);
    const now = await taskSeconds();
    if (now - before < 0.005) break;
    before = now;
  }
  await devTools.detach();
}

/** Bytes that are still in use: V8's heap, and array buffers beside it where the browser tells them (as of 2025). */
export async function heapAfterCollection(page: Page): Promise<{ heap: number; buffers?: number }> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("HeapProfiler.collectGarbage");
  const usage: { usedSize: number; backingStorageSize?: number } =
    await devTools.send("Runtime.getHeapUsage");
  await devTools.detach();
  return {
    heap: usage.usedSize,
    ...(usage.backingStorageSize === undefined ? {} : { buffers: usage.backingStorageSize }),
  };
}
