import { useState } from "react";
import type { ListedToken, TokenIndex } from "./token-index.ts";

/** A list that is shown, and the newer one that it was made from or that waits. */
export interface Held {
  shown: TokenIndex;
  /** The latest list and the accepted ids that `shown` was made from. */
  latest: TokenIndex;
  accepted: ReadonlySet<string>;
  /** How many tokens differ in the latest list, which waits. */
  waiting: number;
}

export function adoptList(latest: TokenIndex, accepted: ReadonlySet<string>): Held {
  return { shown: latest, latest, accepted, waiting: 0 };
}

/** What is shown after news came, or after `hold` changed. The same object when nothing did. */
export function nextHeld(held: Held, latest: TokenIndex, hold: boolean, accepted: ReadonlySet<string>): Held {
  const news = latest !== held.latest || accepted !== held.accepted;
  if (!hold) return news || held.waiting > 0 ? adoptList(latest, accepted) : held;
  if (!news) return held;
  // Nothing on screen can be in anybody's way.
  if (held.shown.total === 0) return adoptList(latest, accepted);
  const shown = withAccepted(held.shown, latest, accepted);
  const waiting = shown.differences(latest);
  return waiting === 0 ? adoptList(latest, accepted) : { shown, latest, accepted, waiting };
}

function withAccepted(shown: TokenIndex, latest: TokenIndex, accepted: ReadonlySet<string>): TokenIndex {
  const changed: ListedToken[] = [];
  const removed: string[] = [];
  for (const id of accepted) {
    if (shown.rowOf(id) === undefined) continue;
    const row = latest.rowOf(id);
    if (row === undefined) removed.push(id);
    else changed.push(latest.tokenAt(row));
  }
  return changed.length === 0 && removed.length === 0 ? shown : shown.apply({ changed, removed });
}

/**
 * Keeps the rows where they are while the administrator's pointer or focus is on them: news of a refresh waits
 * until it is asked for, or until nobody is on the table. `accepted` ids are shown at once: what the administrator
 * changed must not wait.
 */
export function useHeldList(
  latest: TokenIndex,
  hold: boolean,
  accepted: ReadonlySet<string>,
): { shown: TokenIndex; waiting: number; show(): void } {
  const [state, setState] = useState(() => adoptList(latest, accepted));
  // Derived while rendering: the held list is a choice about time, not a second truth.
  const current = nextHeld(state, latest, hold, accepted);
  if (current !== state) setState(current);
  return {
    shown: current.shown,
    waiting: current.waiting,
    show: () => setState(adoptList(latest, accepted)),
  };
}
