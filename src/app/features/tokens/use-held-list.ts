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

export interface HeldList<T extends ListedToken> {
  shown: readonly T[];
  /** How many tokens differ in the latest list, which waits. */
  waiting: number;
  show(): void;
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
): HeldList<T> {
  const [state, setState] = useState({ shown: latest, compared: latest, accepted, waiting: 0 });
  let current = state;
  if (latest !== state.compared || accepted !== state.accepted || (!hold && state.waiting > 0)) {
    // Derived while rendering: the held list is a choice about time, not a second truth.
    current = hold && state.shown.length > 0 ? held(state.shown, latest, accepted) : adopt(latest, accepted);
    setState(current);
  }
  return {
    shown: current.shown,
    waiting: current.waiting,
    show: () => setState(adopt(latest, accepted)),
  };
}

function adopt<T extends ListedToken>(latest: readonly T[], accepted: ReadonlySet<string>) {
  return { shown: latest, compared: latest, accepted, waiting: 0 };
}

function held<T extends ListedToken>(
  shown: readonly T[],
  latest: readonly T[],
  accepted: ReadonlySet<string>,
) {
  let rows = shown;
  if (accepted.size > 0) {
    const fresh = new Map<string, T>();
    for (const token of latest) if (accepted.has(token.id)) fresh.set(token.id, token);
    rows = shown
      .filter((token) => !accepted.has(token.id) || fresh.has(token.id))
      .map((token) => fresh.get(token.id) ?? token);
  }
  const waiting = countChanges(rows, latest);
  return { shown: waiting === 0 ? latest : rows, compared: latest, accepted, waiting };
}
