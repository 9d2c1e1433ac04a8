import { useSyncExternalStore } from "react";

export type ThemePreference = "system" | "light" | "dark";

/** Shared with public/theme.js, which runs before the first paint and does the applying. */
const STORAGE_KEY = "tokenward.theme";
const CHANGE_EVENT = "tokenward:theme";

function isThemePreference(value: unknown): value is ThemePreference {
  return value === "system" || value === "light" || value === "dark";
}

function stored(): ThemePreference {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return isThemePreference(value) ? value : "system";
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
    return "system";
  }
}

let preference: ThemePreference | undefined;

export function setThemePreference(next: ThemePreference): void {
  preference = next;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // As above.
  }
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
