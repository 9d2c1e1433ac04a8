import { useEffect, useEffectEvent } from "react";
import { useSingleKeys } from "./key-preference.ts";

/** Runs `action` when the key is pressed on the page, not in a field, a menu or a dialog. */
export function useShortcut(key: string, action: () => void): void {
  const on = useSingleKeys();
  const run = useEffectEvent(action);
  useEffect(() => {
    if (!on) return;
    const listener = (event: KeyboardEvent) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return;
      if (!(event.target instanceof Element)) return;
      if (event.target.closest("input, select, textarea, [contenteditable], [role=dialog], [role=menu]"))
        return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [key, on]);
}
