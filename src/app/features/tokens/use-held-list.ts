import { useState, useSyncExternalStore } from "react";
import type { Presence, PresenceStore } from "#app/table/presence.ts";
import type { ListedToken, TokenIndex } from "./token-index.ts";

/** Who is in the way of news: nobody, somebody on the rows, or an open menu or dialog that is about one of them. */
export type Hold = "none" | "rows" | "dialog";

/** A list that is shown, and the newer one that it was made from or that waits. */
export interface Held {
  shown: TokenIndex;
  /** Whether all rows were there when it was adopted. */
  complete: boolean;
  /** The latest list and the accepted ids that `shown` was made from. */
  latest: TokenIndex;
  accepted: ReadonlySet<string>;
  /** How many tokens differ in the latest list, which waits. */
  waiting: number;
}

/** The latest list, and whether all of its rows are there. */
export interface Latest {
  index: TokenIndex;
  complete: boolean;
}

export function adoptList({ index, complete }: Latest, accepted: ReadonlySet<string>): Held {
  return { shown: index, complete, latest: index, accepted, waiting: 0 };
}

/** What is shown after news came, or after `hold` changed. The same object when nothing did. */
export function nextHeld(held: Held, latest: Latest, hold: Hold, accepted: ReadonlySet<string>): Held {
  const news = latest.index !== held.latest || accepted !== held.accepted;
  // The list was taken away: whoever these rows were for is not who looks at them now.
  if (latest.index.total === 0 && !latest.complete) return news ? adoptList(latest, accepted) : held;
  // The rest of a list that was not all there is no news: it waits for a menu or dialog only.
  if (hold === "none" || (hold === "rows" && !held.complete)) {
    const grown = latest.complete !== held.complete;
    return news || grown || held.waiting > 0 ? adoptList(latest, accepted) : held;
  }
  if (!news) return held;
  // Nothing on screen can be in anybody's way, and what is shown already is no news.
  if (held.shown.total === 0 || held.shown === latest.index) return adoptList(latest, accepted);
  // Often what was accepted is all the news there is: the latest list is what it would be put together to.
  if (accepted.size > 0 && held.shown.differences(latest.index, accepted) === 0)
    return adoptList(latest, accepted);
  const shown = withAccepted(held.shown, latest.index, accepted);
  const waiting = shown.differences(latest.index);
  if (waiting === 0) return adoptList(latest, accepted);
  return { shown, complete: held.complete, latest: latest.index, accepted, waiting };
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
 * changed must not wait. `busy`: a menu or dialog is open.
 */
export function useHeldList(
  latest: Latest,
  busy: boolean,
  presence: PresenceStore,
  accepted: ReadonlySet<string>,
): { shown: TokenIndex; complete: boolean; waiting: number; show(): void } {
  const [state, setState] = useState(() => adoptList(latest, accepted));
  // Who comes and goes while there is no news changes nothing: nothing is drawn for it.
  const hold = useSyncExternalStore(presence.subscribe, () =>
    nextHeld(state, latest, "none", accepted) === state ? "none" : holdOf(busy, presence.get()),
  );
  // Derived while rendering: the held list is a choice about time, not a second truth.
  const current = nextHeld(state, latest, hold, accepted);
  if (current !== state) setState(current);
  return {
    shown: current.shown,
    complete: current.complete,
    waiting: current.complete ? current.waiting : 0,
    show: () => setState(adoptList(latest, accepted)),
  };
}

function holdOf(busy: boolean, { pressed, pointer, focus }: Presence): Hold {
  // Between pressing and letting go a button must not come to mean another token.
  return busy || pressed ? "dialog" : pointer || focus ? "rows" : "none";
}
