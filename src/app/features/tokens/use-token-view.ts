import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { painted } from "#app/ui/painted.ts";
import type { SortKey, TokenView } from "./token-index.ts";
import { formatTokenView, parseTokenView } from "./token-view-state.ts";

/** Browsers limit how often an address may change (Safari: 100 times in 30 s), so it follows the typing. */
const URL_FOLLOWS_AFTER_MILLIS = 150;

export interface AddressViewControl<TView> {
  view: TView;
  /** Typing: shown at once, replaces the history entry. */
  setText(text: string): void;
  /** Everything else: a step that Back undoes. */
  change(change: Partial<TView>): void;
}
export type TokenViewControl = AddressViewControl<TokenView>;

/** A view that is shown before the address says so. */
interface Ahead<TView> {
  view: TView;
  /** What the address said when the view went ahead of it: another one is somebody else's step, and counts. */
  from: string;
  /** What it will say. */
  target: string;
  step: "replace" | "push";
}

/** `keys`: see parseTokenView; a constant. */
export function useTokenView(keys: readonly SortKey[]): TokenViewControl {
  return useAddressView(
    useCallback((params: URLSearchParams) => parseTokenView(params, keys), [keys]),
    formatTokenView,
  );
}

/**
 * The view in the address, which follows what is shown: after typing by the delay above, else after the next frame.
 * `parse` and `format` are each other's reverse, and constants.
 */
export function useAddressView<TView extends { text: string }>(
  parse: (params: URLSearchParams) => TView,
  format: (view: TView) => URLSearchParams,
): AddressViewControl<TView> {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const urlView = useMemo(() => parse(new URLSearchParams(address)), [address, parse]);
  const [ahead, setAhead] = useState<Ahead<TView>>();
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
      write.current(format(wanted), { replace: step === "replace" });
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
  }, [ahead, format]);

  const go = useCallback(
    (changed: Partial<TView> | { text: string }, step: Ahead<TView>["step"]) =>
      setAhead((present) => {
        const next = { ...(present?.view ?? urlView), ...changed };
        return {
          view: next,
          from: present?.from ?? address,
          target: format(next).toString(),
          // A step that the address has not followed yet stays a step.
          step: present?.step === "push" ? "push" : step,
        };
      }),
    [address, urlView, format],
  );
  const setText = useCallback((text: string) => go({ text }, "replace"), [go]);
  const change = useCallback((changed: Partial<TView>) => go(changed, "push"), [go]);
  return useMemo(() => ({ view, setText, change }), [view, setText, change]);
}
