import { useEffect, useEffectEvent } from "react";

/**
 * While something typed would be lost: the browser asks before it leaves the page, signing out elsewhere waits, and going
 * back in the history becomes `onBack` where the browser lets it be stopped.
 */
export function useLeaveWarning(wanted: boolean, holdPage: () => () => void, onBack: () => void): void {
  const back = useEffectEvent(onBack);
  useEffect(() => {
    if (!wanted) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    const stay = (event: NavigateEvent) => {
      if (event.navigationType !== "traverse" || !event.cancelable) return;
      event.preventDefault();
      back();
    };
    window.addEventListener("beforeunload", ask);
    // Not in every browser yet.
    const navigation = "navigation" in window ? window.navigation : undefined;
    navigation?.addEventListener("navigate", stay);
    const letGo = holdPage();
    return () => {
      window.removeEventListener("beforeunload", ask);
      navigation?.removeEventListener("navigate", stay);
      letGo();
    };
  }, [wanted, holdPage]);
}

/** As `onBack`, where there is nothing to ask: the page stays. */
export function stay(): void {}
