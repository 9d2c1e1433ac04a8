import { useEffect, useState } from "react";
import type { Wait } from "./create-flow.ts";

/** Whole seconds that are left of a wait; 0 without one. */
export function useCountdown(wait: Wait | undefined): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (wait === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [wait]);
  if (wait === undefined) return 0;
  return Math.max(0, Math.ceil((wait.until - Math.max(now, wait.from)) / 1000));
}
