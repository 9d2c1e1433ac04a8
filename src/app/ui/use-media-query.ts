import { useMemo, useSyncExternalStore } from "react";

/** Below this the rail is a drawer, dialogs come from the bottom and tables are cards. The CSS files say the same. */
export const NARROW = "(max-width: 719.98px)";

export function useMediaQuery(query: string): boolean {
  // Asked at every drawing: making a list of the query costs more than reading one.
  const [subscribe, matches] = useMemo(() => {
    const list = matchMedia(query);
    const follow = (listener: () => void) => {
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    };
    return [follow, () => list.matches];
  }, [query]);
  return useSyncExternalStore(subscribe, matches);
}
