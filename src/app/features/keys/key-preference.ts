import { useSyncExternalStore } from "react";
import { createListeners } from "#app/ui/listeners.ts";
import { readStored, writeStored } from "#app/ui/stored.ts";

const KEY = "tokenward.single-keys";
const { tell, subscribe } = createListeners();
let on = readStored(KEY) !== "off";

export function setSingleKeys(next: boolean): void {
  on = next;
  writeStored(KEY, next ? "on" : "off");
  tell();
}

export function singleKeysOn(): boolean {
  return on;
}

/** Whether keys without a modifier do something: WCAG 2.1.4 asks that they can be switched off. */
export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, singleKeysOn);
}
