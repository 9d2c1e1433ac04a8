import { useSyncExternalStore } from "react";
import { createListeners } from "#app/ui/listeners.ts";

// Signing out in another tab leads away from the page. Not while an operation runs here whose outcome would be lost.

let held = 0;
const { tell, subscribe } = createListeners();

function change(by: 1 | -1): void {
  held += by;
  tell();
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
  return useSyncExternalStore(subscribe, isPageHeld);
}
