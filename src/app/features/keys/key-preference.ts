import { useSyncExternalStore } from "react";

const KEY = "tokenward.single-keys";
const listeners = new Set<() => void>();

function isOn(): boolean {
  return localStorage.getItem(KEY) !== "off";
}

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(KEY, on ? "on" : "off");
  for (const listener of listeners) listener();
}

/** Whether keys without a modifier do something: WCAG 2.1.4 asks that they can be switched off. */
export function useSingleKeys(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isOn);
}
