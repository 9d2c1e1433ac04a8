/**
 * How late this process keeps being with what it has to do, in milliseconds: a timer that should have run says it. One long
 * turn is not counted, such as the start of the process or a machine that stood still: what waited for it is done next.
 */
export type LoopLag = () => number;

const EVERY = 100;
/** So many turns one after the other have to be late. */
const TURNS = 3;

export interface MeasuredLoopLag {
  lag: LoopLag;
  stop: () => void;
}

/** `elapsed`: milliseconds that never go back. */
export function measureLoopLag(elapsed = () => performance.now()): MeasuredLoopLag {
  let dueAt = elapsed() + EVERY;
  const latest: number[] = Array.from({ length: TURNS }, () => 0);
  const timer = setInterval(() => {
    const now = elapsed();
    latest.shift();
    latest.push(Math.max(0, now - dueAt));
    dueAt = now + EVERY;
  }, EVERY).unref();
  return {
    lag: () => Math.min(...latest),
    stop: () => clearInterval(timer),
  };
}
