import { useSyncExternalStore } from "react";

export interface LazyModule<Module> {
  /** Loads it once; after a failure the next call tries again. */
  preload: () => Promise<Module>;
  /** What is loaded already. */
  current: () => Module | undefined;
  /** The same in a component, which renders again when it arrives, and for which it is loaded ahead. */
  useModule: () => Module | undefined;
}

/**
 * Runs `task` when the browser has nothing better to do, at the latest after `latestMillis`. Returns what cancels it.
 */
export function whenIdle(task: () => void, latestMillis = 2_000): () => void {
  // Safari has no idle callbacks.
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(task, 200);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(() => task(), { timeout: latestMillis });
  return () => cancelIdleCallback(handle);
}

let allow: () => void = () => {};
const allowed = new Promise<void>((resolve) => (allow = resolve));

/**
 * Says that the page shows what it is for: from now on idle moments go to what may be needed next. Until then loading
 * ahead would only take time and bandwidth from it. Calling it again changes nothing.
 */
export function allowLoadingAhead(): void {
  allow();
}

/** Runs `task` in an idle moment after that. */
export function whenLoadingAhead(task: () => void): void {
  void allowed.then(() => whenIdle(task));
}

/**
 * A module that is not needed for the first paint: `createLazyModule(() => import("./revoke-dialog.tsx"))`.
 * Suspense would throttle the first opening by about 300 ms even when the chunk is there already; a module variable
 * and a subscription show it in the next frame.
 */
export function createLazyModule<Module>(load: () => Promise<Module>): LazyModule<Module> {
  let loaded: Module | undefined;
  let loading: Promise<Module> | undefined;
  const listeners = new Set<() => void>();

  const preload = (): Promise<Module> => {
    loading ??= load().then(
      (module) => {
        loaded = module;
        for (const listener of listeners) listener();
        return module;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };

  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    let cancel: (() => void) | undefined;
    void allowed.then(() => {
      if (loaded !== undefined || !listeners.has(listener)) return;
      // A failure shows when somebody needs the module and asks for it; loading ahead fails in silence.
      cancel = whenIdle(() => void preload().catch(() => undefined));
    });
    return () => {
      listeners.delete(listener);
      cancel?.();
    };
  };

  const current = (): Module | undefined => loaded;
  return { preload, current, useModule: () => useSyncExternalStore(subscribe, current, current) };
}
