import { createContext, use } from "react";

export const RowActiveContext = createContext(false);

/**
 * `tabIndex` for a control inside a row: only those of the active row are in the tab order, so that Tab passes a
 * table of any length in a few steps.
 */
export function useRowTabIndex(): 0 | -1 {
  return use(RowActiveContext) ? 0 : -1;
}
