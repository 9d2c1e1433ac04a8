import type { CDPSession, Page } from "@playwright/test";
import { makeFixedWork } from "#server/time-limits-for-tests.ts";

/** A task of a page's main thread, with the script that runs behind it because a promise was kept in it. */
export interface MainThreadTask {
  /** Milliseconds of the processor's time: waiting for a core that others have is not in it. */
  processor: number;
  /** So much of it the engine spent on collecting garbage of the whole heap, which it does when it sees fit. */
  collecting: number;
  /** Milliseconds from its beginning to its end. */
  duration: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds, as all times here. */
  ts: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/**
 * Not "ThreadControllerImpl::RunTask", which ends too early: what follows on a promise that the browser itself keeps (a
 * part of an answer's body, a turn that the scheduler gives) runs behind it, and a refresh reads its list nowhere else.
 */
const TASK = "RunTask";

/** The mark in each task that does the fixed work. */
const FIXED_WORK = "fixed work";

/** Milliseconds: some twenty times while a list loads, and seldom enough to leave the page its time. */
const FIXED_WORK_EVERY = 100;

const COLLECTIONS = new Set(["MajorGC", "V8.GCPhantomHandleProcessingCallback"]);

/**
 * From now on, and in what this page opens next, does the fixed work every 100 ms, in tasks of its own that
 * `tasksSince` tells apart. The first times do not count: the page's code has to be read before.
 */
export async function addFixedWork(page: Page): Promise<void> {
  const script = `{
    const work = (${makeFixedWork.toString()})();
    for (let round = 0; round < 3; round++) work();
    setInterval(() => {
      performance.mark(${JSON.stringify(FIXED_WORK)});
      work();
    }, ${String(FIXED_WORK_EVERY)});
  }`;
  await page.addInitScript(script);
  await page.evaluate(script);
}

/** Waits until the page of `addFixedWork` has done the work some more times: enough to say how slow the machine is. */
export async function someFixedWork(page: Page): Promise<void> {
  await page.evaluate(
    (mark) =>
      new Promise<void>((resolve) => {
        let left = 5;
        const observer = new PerformanceObserver((list) => {
          left -= list.getEntriesByName(mark).length;
          if (left > 0) return;
          observer.disconnect();
          resolve();
        });
        observer.observe({ type: "mark" });
      }),
    FIXED_WORK,
  );
}

/** What the fixed work costs in the page now, in milliseconds by the clock: for limits that are by the clock too. */
export async function fixedWorkByClock(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`{
    const work = (${makeFixedWork.toString()})();
    const once = () => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    };
    once();
    Array.from({ length: 9 }, once);
  }`);
}

/** Watches the main threads of a browser's pages through its own trace, which says for each task what it cost. */
export class TaskWatch {
  readonly #devTools: CDPSession;
  readonly #events: TraceEvent[] = [];

  private constructor(devTools: CDPSession) {
    this.#devTools = devTools;
    devTools.on("Tracing.dataCollected", ({ value }) => {
      this.#events.push(...(value as unknown as TraceEvent[]));
    });
  }

  static async start(page: Page): Promise<TaskWatch> {
    const watch = new TaskWatch(await page.context().newCDPSession(page));
    await watch.#devTools.send("Tracing.start", {
      transferMode: "ReportEvents",
      traceConfig: {
        includedCategories: ["disabled-by-default-devtools.timeline", "blink.user_timing", "v8"],
      },
    });
    return watch;
  }

  /**
   * Ends it and gives the tasks that ended after the page called `performance.mark` with this name, and what the fixed
   * work of `addFixedWork` cost meanwhile, in milliseconds of the processor's time.
   */
  async tasksSince(mark: string): Promise<{ tasks: MainThreadTask[]; fixedWork: number[] }> {
    const complete = new Promise<{ dataLossOccurred: boolean }>((resolve) => {
      this.#devTools.once("Tracing.tracingComplete", resolve);
    });
    await this.#devTools.send("Tracing.end");
    const { dataLossOccurred } = await complete;
    if (dataLossOccurred) throw new Error("The trace lost some of its events.");
    await this.#devTools.detach();
    const marked = this.#events.find(({ name, pid }) => name === mark && pid !== 0);
    if (marked === undefined) throw new Error(`The page never marked "${mark}".`);
    const mainThreads = new Set(
      this.#events
        .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
        .map(({ pid, tid }) => `${String(pid)} ${String(tid)}`),
    );
    if (mainThreads.size === 0) throw new Error("The trace names no page's main thread.");
    const tasks = this.#events.filter(({ name, ph }) => name === TASK && ph === "X");
    // Without it every task would count as one that cost nothing.
    if (!tasks.some(({ tdur = 0 }) => tdur > 0)) throw new Error("The trace does not say what tasks cost.");
    const collections = this.#events.filter(({ name, ph }) => COLLECTIONS.has(name) && ph === "X");
    const since = tasks
      .filter(({ pid, tid }) => mainThreads.has(`${String(pid)} ${String(tid)}`))
      .filter(({ ts, dur = 0 }) => ts + dur > marked.ts);
    const marks = this.#events.filter(({ name }) => name === FIXED_WORK);
    const isFixedWork = ({ ts, dur = 0, pid, tid }: TraceEvent) =>
      marks.some((one) => one.pid === pid && one.tid === tid && one.ts >= ts && one.ts < ts + dur);
    return {
      fixedWork: since.filter(isFixedWork).map(({ tdur = 0 }) => tdur / 1000),
      tasks: since
        .filter((task) => !isFixedWork(task))
        .map(({ ts, pid, tid, dur = 0, tdur = 0 }) => {
          const collecting = collections
            .filter((one) => one.pid === pid && one.tid === tid && one.ts >= ts && one.ts < ts + dur)
            .reduce((sum, one) => sum + (one.tdur ?? 0), 0);
          return { processor: tdur / 1000, collecting: collecting / 1000, duration: dur / 1000 };
        }),
    };
  }
}
