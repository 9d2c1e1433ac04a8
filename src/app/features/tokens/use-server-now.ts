import { useEffect, useState } from "react";

const TICK_MILLIS = 15_000;

/** The server's clock in milliseconds, moving on every 15 s: a status may change while the page stays open. */
export function useServerNow(clockOffset: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLIS);
    return () => clearInterval(timer);
  }, []);
  return now + clockOffset;
}
