import { useEffect, useEffectEvent, useState } from "react";
import type { Session } from "#contract/session.ts";

/** A sign of life is passed on at most this often. */
const RENEW_EVERY_MILLIS = 60_000;
/** How long before the idle end the screen speaks up. */
const WARN_BEFORE_MILLIS = 60_000;
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "wheel"] as const;

export interface WatchedSession {
  session: Extract<Session, { signedIn: true }>;
  /** Our clock when the server said so, in milliseconds. */
  receivedAt: number;
  /** Tells the server that somebody is here. */
  renew(): void;
  /** Asks the server how things stand: another tab may have renewed. */
  recheck(): void;
}

/** Milliseconds until the session ends for want of activity, or undefined while that is far. */
export function useIdleWatch({
  session: { idleEndsAt, now },
  receivedAt,
  renew,
  recheck,
}: WatchedSession): { endsAt: number } | undefined {
  const [warned, setWarned] = useState<{ idleEndsAt: string; endsAt: number }>();

  const renewNow = useEffectEvent(renew);
  useEffect(() => {
    let last = Date.now();
    const onSign = () => {
      if (Date.now() - last < RENEW_EVERY_MILLIS) return;
      last = Date.now();
      renewNow();
    };
    for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, onSign, { passive: true, capture: true });
    return () => {
      for (const sign of SIGNS_OF_LIFE) window.removeEventListener(sign, onSign, { capture: true });
    };
  }, []);

  const recheckNow = useEffectEvent(recheck);
  useEffect(() => {
    // Both instants are the server's, so a wrong clock here does not matter.
    const endsAt = receivedAt + Date.parse(idleEndsAt) - Date.parse(now);
    const left = endsAt - Date.now();
    const warn = window.setTimeout(() => {
      recheckNow();
      setWarned({ idleEndsAt, endsAt });
    }, left - WARN_BEFORE_MILLIS);
    const end = window.setTimeout(() => recheckNow(), left + 1000);
    return () => {
      window.clearTimeout(warn);
      window.clearTimeout(end);
    };
  }, [idleEndsAt, now, receivedAt]);

  // A warning belongs to the limit it was made for; a renewal makes it void.
  return warned !== undefined && warned.idleEndsAt === idleEndsAt ? { endsAt: warned.endsAt } : undefined;
}
