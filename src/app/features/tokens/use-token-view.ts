import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
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

/** The view in the URL, with the search text ahead of it by at most the delay above. */
export function useTokenView(kind: TokenKind): TokenViewControl {
  const [params, setParams] = useSearchParams();
  const urlView = useMemo(() => parseTokenView(params, kind), [params, kind]);
  const [text, setText] = useState(urlView.text);
  // The text that we last wrote to, or saw in, the URL. Another one there came by Back, Forward or a link.
  const [settled, setSettled] = useState(urlView.text);
  if (urlView.text !== settled) {
    setSettled(urlView.text);
    setText(urlView.text);
  }

  const timer = useRef<number>(undefined);
  const write = useCallback(
    (view: TokenView, replace: boolean) => {
      window.clearTimeout(timer.current);
      setSettled(view.text);
      setParams(formatTokenView(view), { replace });
    },
    [setParams],
  );

  useEffect(() => {
    if (text === urlView.text) return;
    timer.current = window.setTimeout(() => write({ ...urlView, text }, true), URL_FOLLOWS_AFTER_MILLIS);
    return () => window.clearTimeout(timer.current);
  }, [text, urlView, write]);

  const view = useMemo(() => ({ ...urlView, text }), [urlView, text]);
  const change = useCallback(
    (changed: Partial<TokenView>) => {
      if (changed.text !== undefined) setText(changed.text);
      write({ ...view, ...changed }, false);
    },
    [view, write],
  );
  return { view, setText, change };
}
