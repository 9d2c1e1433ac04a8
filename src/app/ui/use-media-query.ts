import { useCallback, useSyncExternalStore } from "react";

/** Below this the rail is a drawer, dialogs come from the bottom and tables are cards. The CSS files say the same. */
export const NARROW = "(max-width: 719.98px)";

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
