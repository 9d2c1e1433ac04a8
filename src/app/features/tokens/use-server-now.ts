import { useEffect, useState } from "react";
import type { TokenIndex } from "./token-index.ts";

const TICK_MILLIS = 15_000;

/**
 * The server's clock in milliseconds. It moves on every 15 s, and at the instant when a token of this list expires: a
 * status may change while the page stays open.
 */
export function useServerNow(clockOffset: number, index: TokenIndex): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const untilExpiry = index.nextExpiry(now + clockOffset) - (Date.now() + clockOffset);
    // A timer may fire a moment early; the status would then be seen unchanged.
    const timer = setTimeout(() => setNow(Date.now()), Math.min(TICK_MILLIS, Math.max(0, untilExpiry) + 1));
    return () => clearTimeout(timer);
  }, [now, clockOffset, index]);
  return now + clockOffset;
}
