import { useState } from "react";
import type { ListedToken } from "./token-index.ts";

/** What differs between two lists, by id. */
export function countChanges(shown: readonly ListedToken[], latest: readonly ListedToken[]): number {
  if (shown === latest) return 0;
  const before = new Map(shown.map((token) => [token.id, token]));
  let changes = 0;
  for (const token of latest) {
    const old = before.get(token.id);
    if (old === undefined || !sameToken(old, token)) changes++;
    before.delete(token.id);
  }
  return changes + before.size;
}

function sameToken(a: ListedToken, b: ListedToken): boolean {
  return (
    a === b ||
    (a.description === b.description &&
      a.expiresAt === b.expiresAt &&
      a.revokedAt === b.revokedAt &&
      samePermissions(a.permissions, b.permissions))
  );
}

function samePermissions(a: ListedToken["permissions"], b: ListedToken["permissions"]): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

export interface Held<T extends ListedToken> {
  shown: readonly T[];
  /** The latest list and the accepted ids that `shown` was made from. */
  latest: readonly T[];
  accepted: ReadonlySet<string>;
  /** How many tokens differ in the latest list, which waits. */
  waiting: number;
}

export function adoptList<T extends ListedToken>(
  latest: readonly T[],
  accepted: ReadonlySet<string>,
): Held<T> {
  return { shown: latest, latest, accepted, waiting: 0 };
}

/** What is shown after news came, or after `hold` changed. The same object when nothing did. */
export function nextHeld<T extends ListedToken>(
  held: Held<T>,
  latest: readonly T[],
  hold: boolean,
  accepted: ReadonlySet<string>,
): Held<T> {
  const news = latest !== held.latest || accepted !== held.accepted;
  if (!hold) return news || held.waiting > 0 ? adoptList(latest, accepted) : held;
  if (!news) return held;
  // Nothing on screen can be in anybody's way.
  if (held.shown.length === 0) return adoptList(latest, accepted);
  const rows = withAccepted(held.shown, latest, accepted);
  const waiting = countChanges(rows, latest);
  return waiting === 0 ? adoptList(latest, accepted) : { shown: rows, latest, accepted, waiting };
}

function withAccepted<T extends ListedToken>(
  shown: readonly T[],
  latest: readonly T[],
  accepted: ReadonlySet<string>,
): readonly T[] {
  if (accepted.size === 0) return shown;
  const fresh = new Map<string, T>();
  for (const token of latest) if (accepted.has(token.id)) fresh.set(token.id, token);
  return shown
    .filter((token) => !accepted.has(token.id) || fresh.has(token.id))
    .map((token) => fresh.get(token.id) ?? token);
}

/**
 * Keeps the rows where they are while the administrator's pointer or focus is on them: news of a refresh waits
 * until it is asked for, or until nobody is on the table. `accepted` ids are shown at once: what the administrator
 * changed must not wait.
 */
export function useHeldList<T extends ListedToken>(
  latest: readonly T[],
  hold: boolean,
  accepted: ReadonlySet<string>,
): { shown: readonly T[]; waiting: number; show(): void } {
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
