import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { painted } from "#app/ui/painted.ts";
import type { TokenView } from "./token-index.ts";
import { formatTokenView, parseTokenView } from "./token-view-state.ts";
import type { TokenKind } from "./token-queries.ts";

/** Browsers limit how often an address may change (Safari: 100 times in 30 s), so it follows the typing. */
const URL_FOLLOWS_AFTER_MILLIS = 150;

export interface TokenViewControl {
  view: TokenView;
  /** Typing: shown at once, replaces the history entry. */
  setText(text: string): void;
  /** Everything else: a step that Back undoes. */
  change(change: Partial<TokenView>): void;
}

/** A view that is shown before the address says so. */
interface Ahead {
  view: TokenView;
  /** What the address said when the view went ahead of it: another address is somebody else's step, and counts. */
  from: string;
  step: "replace" | "push";
}

/** The view in the address, which follows what is shown: after typing by the delay above, else after the next frame. */
export function useTokenView(kind: TokenKind): TokenViewControl {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const urlView = useMemo(() => parseTokenView(new URLSearchParams(address), kind), [address, kind]);
  const [ahead, setAhead] = useState<Ahead>();
  const isAhead = ahead !== undefined && ahead.from === address;
  if (ahead !== undefined && !isAhead) setAhead(undefined);
  const view = isAhead ? ahead.view : urlView;

  // The router's function is a new one after every step.
  const write = useRef(setParams);
  useEffect(() => {
    write.current = setParams;
  }, [setParams]);
  useEffect(() => {
    if (ahead === undefined) return;
    const { view: wanted, step } = ahead;
    const follow = () => {
      write.current(formatTokenView(wanted), { replace: step === "replace" });
      setAhead((present) => (present === ahead ? undefined : present));
    };
    if (step === "replace") {
      const timer = window.setTimeout(follow, URL_FOLLOWS_AFTER_MILLIS);
      return () => window.clearTimeout(timer);
    }
    let given = true;
    // A new history entry takes the browser some milliseconds, which nobody should wait for to see the rows.
    void painted().then(() => given && follow());
    return () => {
      given = false;
    };
  }, [ahead]);

  const setText = useCallback(
    (text: string) =>
      setAhead((present) => ({
        view: { ...(present?.view ?? urlView), text },
        from: address,
        // A step that the address has not followed yet stays a step.
        step: present?.step ?? "replace",
      })),
    [address, urlView],
  );
  const change = useCallback(
    (changed: Partial<TokenView>) =>
      setAhead((present) => ({
        view: { ...(present?.view ?? urlView), ...changed },
        from: address,
        step: "push",
      })),
    [address, urlView],
  );
  return useMemo(() => ({ view, setText, change }), [view, setText, change]);
}
