import type { CDPSession, Page } from "@playwright/test";

/** A task of a page's main thread. */
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

const COLLECTIONS = new Set(["MajorGC", "V8.GCPhantomHandleProcessingCallback"]);

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
      traceConfig: { includedCategories: ["toplevel", "blink.user_timing", "v8", "devtools.timeline"] },
    });
    return watch;
  }

  /** Ends it and gives the tasks that ended after the page called `performance.mark` with this name. */
  async tasksSince(mark: string): Promise<MainThreadTask[]> {
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
    const tasks = this.#events.filter(
      ({ name, ph }) => name === "ThreadControllerImpl::RunTask" && ph === "X",
    );
    // Without it every task would count as one that cost nothing.
    if (!tasks.some(({ tdur = 0 }) => tdur > 0)) throw new Error("The trace does not say what tasks cost.");
    const collections = this.#events.filter(({ name, ph }) => COLLECTIONS.has(name) && ph === "X");
    return tasks
      .filter(({ pid, tid }) => mainThreads.has(`${String(pid)} ${String(tid)}`))
      .filter(({ ts, dur = 0 }) => ts + dur > marked.ts)
      .map(({ ts, pid, tid, dur = 0, tdur = 0 }) => {
        const collecting = collections
          .filter((one) => one.pid === pid && one.tid === tid && one.ts >= ts && one.ts < ts + dur)
          .reduce((sum, one) => sum + (one.tdur ?? 0), 0);
        return { processor: tdur / 1000, collecting: collecting / 1000, duration: dur / 1000 };
      });
  }
}
