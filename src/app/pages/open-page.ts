import { useLayoutEffect, useRef } from "react";
import type { FlowContext } from "./token-flow.ts";

/** The tokens pages that are on screen, which is one or none. */
const open = new Set<{ readonly current: FlowContext }>();

/** Says that a tokens page is on screen as long as the caller is mounted. */
export function useOpenPage(context: FlowContext): void {
  const latest = useRef(context);
  useLayoutEffect(() => {
    latest.current = context;
  });
  useLayoutEffect(() => {
    open.add(latest);
    return () => void open.delete(latest);
  }, []);
}

export interface PageName {
  kind: FlowContext["kind"];
  accountId: string;
  clusterId: string;
}

/** The page that shows this cluster's tokens of this kind, as it is now; undefined while another one is shown, or none. */
export function openPage({ kind, accountId, clusterId }: PageName): FlowContext | undefined {
  for (const { current } of open) {
    const { cluster } = current;
    if (current.kind === kind && cluster.accountId === accountId && cluster.clusterId === clusterId)
      return current;
  }
  return undefined;
}
