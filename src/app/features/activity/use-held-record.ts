import { useState } from "react";
import { newsCount, type ActivityRecord } from "./activity-record.ts";

/** A record that is shown, and the newer one that it was taken from or that waits. */
export interface HeldRecord {
  shown: ActivityRecord | undefined;
  latest: ActivityRecord | undefined;
  /** How many deeds of the latest one are new or came to another end, and wait. */
  waiting: number;
}

export function adoptRecord(latest: ActivityRecord | undefined): HeldRecord {
  return { shown: latest, latest, waiting: 0 };
}

/** What is shown after news came, or after somebody came to the rows or left them. The same object when nothing changed. */
export function nextHeld(held: HeldRecord, latest: ActivityRecord | undefined, isHeld: boolean): HeldRecord {
  if (latest === held.latest && (isHeld || held.waiting === 0)) return held;
  const { shown } = held;
  // What is read on goes to the end, where nobody is; and nobody is where nothing stands.
  if (!isHeld || shown === undefined || latest === undefined || shown.entries.length === 0)
    return adoptRecord(latest);
  const waiting = newsCount(shown, latest);
  return waiting === 0 ? adoptRecord(latest) : { shown, latest, waiting };
}

/** Keeps the rows where they are while somebody is on them: news waits until it is asked for, or nobody is there. */
export function useHeldRecord(latest: ActivityRecord | undefined, isHeld: boolean) {
  const [state, setState] = useState(() => adoptRecord(latest));
  // Derived while rendering: what is held is a choice about time, not a second truth.
  const current = nextHeld(state, latest, isHeld);
  if (current !== state) setState(current);
  return {
    shown: current.shown,
    waiting: current.waiting,
    show: () => setState(adoptRecord(latest)),
  };
}
