import { useSyncExternalStore } from "react";

// Signing out in another tab leads away from the page. Not while an operation runs here whose outcome would be lost.

let held = 0;
const listeners = new Set<() => void>();

function change(by: 1 | -1): void {
  held += by;
  for (const listener of listeners) listener();
}

/** Keeps the page; call what it returns when nothing would be lost any more. */
export function holdPage(): () => void {
  change(1);
  return () => change(-1);
}

export function isPageHeld(): boolean {
  return held > 0;
}

export function usePageHeld(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isPageHeld);
}
