import { useSyncExternalStore } from "react";
import { readStored, writeStored } from "#app/ui/stored.ts";

const KEY = "tokenward.single-keys";
const listeners = new Set<() => void>();
let on = readStored(KEY) !== "off";

export function setSingleKeys(next: boolean): void {
  on = next;
  writeStored(KEY, next ? "on" : "off");
  for (const listener of listeners) listener();
}

/** Whether keys without a modifier do something: WCAG 2.1.4 asks that they can be switched off. */
export function useSingleKeys(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => on,
  );
}
