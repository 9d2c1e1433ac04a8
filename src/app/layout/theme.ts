import { useSyncExternalStore } from "react";
import { readStored, writeStored } from "#app/ui/stored.ts";

export type ThemePreference = "system" | "light" | "dark";

/** Shared with src/app/start.js, which runs before the first paint and does the applying. */
const STORAGE_KEY = "tokenward.theme";
const CHANGE_EVENT = "tokenward:theme";

function isThemePreference(value: unknown): value is ThemePreference {
  return value === "system" || value === "light" || value === "dark";
}

function stored(): ThemePreference {
  const value = readStored(STORAGE_KEY);
  return isThemePreference(value) ? value : "system";
}

let preference: ThemePreference | undefined;

export function setThemePreference(next: ThemePreference): void {
  preference = next;
  writeStored(STORAGE_KEY, next);
  window.dispatchEvent(new CustomEvent(CHANGE_EVENT, { detail: next }));
}

function subscribe(listener: () => void): () => void {
  const fromOtherTab = (event: StorageEvent) => {
    if (event.key !== STORAGE_KEY) return;
    preference = stored();
    listener();
  };
  window.addEventListener("storage", fromOtherTab);
  window.addEventListener(CHANGE_EVENT, listener);
  return () => {
    window.removeEventListener("storage", fromOtherTab);
    window.removeEventListener(CHANGE_EVENT, listener);
  };
}

function current(): ThemePreference {
  return (preference ??= stored());
}

export function useThemePreference(): ThemePreference {
  return useSyncExternalStore(subscribe, current);
}
