import { useRef } from "react";
import type { FlowContext } from "./token-flow.ts";

/**
 * A flow that was asked for in a token's sheet gives focus back to the button there, as long as the sheet is open:
 * the rows under it are out of reach.
 */
export function useSheetFocus(context: FlowContext): { inSheet: FlowContext; inFlow: FlowContext } {
  const opener = useRef<HTMLElement>(null);
  return {
    inSheet: {
      ...context,
      openFlow: (flow) => {
        const { activeElement } = document;
        opener.current = activeElement instanceof HTMLElement ? activeElement : null;
        context.openFlow(flow);
      },
    },
    inFlow: {
      ...context,
      returnFocus: () => (opener.current?.isConnected === true ? opener.current : context.returnFocus()),
    },
  };
}
