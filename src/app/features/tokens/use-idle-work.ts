import { useEffect } from "react";
import { whenIdle } from "#app/ui/lazy-module.ts";
import type { SortKey, TokenIndex } from "./token-index.ts";

/** Milliseconds of one idle stretch that are used at most: a key pressed meanwhile does not wait longer. */
const STRETCH = 8;

/** Prepares a list for what may be asked of it, while nothing else is going on. `keys`: a constant. */
export function useIdleWork(index: TokenIndex | undefined, keys: readonly SortKey[]): void {
  useEffect(() => {
    if (index === undefined) return;
    const work = index.prepare(keys);
    const run = () => {
      const end = performance.now() + STRETCH;
      while (performance.now() < end) if (work.next().done === true) return;
      cancel = whenIdle(run);
    };
    let cancel = whenIdle(run);
    return () => cancel();
  }, [index, keys]);
}
