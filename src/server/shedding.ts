import { ApiError } from "./api-error.ts";
import type { LoopLag } from "./loop-lag.ts";

/** Milliseconds that the process may be late before what comes is turned away. */
export const MOST_LAG = 1000;

/** Turned away at the door. Whoever keeps a log need not look for a fault: it stands with the requests, and is counted. */
export class ShedError extends ApiError {
  constructor() {
    super(
      503,
      "unavailable",
      "The gateway has more to do than it can: nothing was done. Try again in a moment.",
      { retryAfter: 1, nothingDone: true },
    );
  }
}

/** Counts what is under way, and turns away what is more than the gateway can do in a bearable time. */
export interface Shedding {
  /**
   * To be called first. What it returns is to be called at the end. Throws `unavailable`, with nothing done: what is
   * under way is never cut for what is new. `isExempt`: it is counted and never turned away.
   */
  enter(isExempt: boolean): () => void;
  /** Whether what comes now would be turned away. */
  isFull(): boolean;
  underWay(): number;
  /** Settles once nothing is under way. */
  idle(): Promise<void>;
}

export function createShedding(options: {
  maxRequests: number;
  loopLag: LoopLag;
  /** Told of each that is turned away. */
  onShed: () => void;
}): Shedding {
  const { maxRequests, loopLag, onShed } = options;
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const isFull = () => underWay >= maxRequests || loopLag() > MOST_LAG;
  return {
    enter(isExempt) {
      if (!isExempt && isFull()) {
        onShed();
        throw new ShedError();
      }
      underWay++;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        underWay--;
        if (underWay > 0) return;
        for (const tell of waiting.splice(0)) tell();
      };
    },
    isFull,
    underWay: () => underWay,
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
  };
}
