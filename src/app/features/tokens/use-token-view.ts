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
  /** What the address said when the view went ahead of it: another one is somebody else's step, and counts. */
  from: string;
  /** What it will say. */
  target: string;
  step: "replace" | "push";
}

/** The view in the address, which follows what is shown: after typing by the delay above, else after the next frame. */
export function useTokenView(kind: TokenKind): TokenViewControl {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const urlView = useMemo(() => parseTokenView(new URLSearchParams(address), kind), [address, kind]);
  const [ahead, setAhead] = useState<Ahead>();
  // Our own last step. A key may be pressed between it and its arrival: that key was ahead of the address before.
  const [written, setWritten] = useState<string>();
  const isOver =
    ahead !== undefined && (address === ahead.target || (address !== ahead.from && address !== written));
  if (isOver) setAhead(undefined);
  // Somebody else's step has followed: coming back to ours is theirs as well.
  if (written !== undefined && address !== written) setWritten(undefined);
  const view = ahead === undefined || isOver ? urlView : ahead.view;

  // The router's function is a new one after every step.
  const write = useRef(setParams);
  useEffect(() => {
    write.current = setParams;
  }, [setParams]);
  useEffect(() => {
    if (ahead === undefined) return;
    const { view: wanted, target, step } = ahead;
    const follow = () => {
      write.current(formatTokenView(wanted), { replace: step === "replace" });
      setWritten(target);
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

  const go = useCallback(
    (changed: Partial<TokenView>, step: Ahead["step"]) =>
      setAhead((present) => {
        const next = { ...(present?.view ?? urlView), ...changed };
        return {
          view: next,
          from: present?.from ?? address,
          target: formatTokenView(next).toString(),
          // A step that the address has not followed yet stays a step.
          step: present?.step === "push" ? "push" : step,
        };
      }),
    [address, urlView],
  );
  const setText = useCallback((text: string) => go({ text }, "replace"), [go]);
  const change = useCallback((changed: Partial<TokenView>) => go(changed, "push"), [go]);
  return useMemo(() => ({ view, setText, change }), [view, setText, change]);
}
