import { useEffect, useState } from "react";
import type { Session } from "#contract/session.ts";

/** A sign of life is passed on at most this often. */
const RENEW_EVERY_MILLIS = 60_000;
/** How long before the idle end the screen speaks up. */
export const WARN_BEFORE_MILLIS = 60_000;
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "wheel"] as const;

export interface IdleWatch {
  session: Extract<Session, { signedIn: true }> | undefined;
  /** Tells the server that somebody is here. */
  renew(): void;
  /** Asks the server how things stand: another tab may have renewed. */
  recheck(): void;
}

/** Milliseconds until the session ends for want of activity, or undefined while that is far. */
export function useIdleWatch({ session, renew, recheck }: IdleWatch): { endsAt: number } | undefined {
  const [warned, setWarned] = useState<{ idleEndsAt: string; endsAt: number }>();
  const idleEndsAt = session?.idleEndsAt;
  const now = session?.now;

  useEffect(() => {
    if (idleEndsAt === undefined) return;
    let last = Date.now();
    const onSign = () => {
      if (Date.now() - last < RENEW_EVERY_MILLIS) return;
      last = Date.now();
      renew();
    };
    for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, onSign, { passive: true, capture: true });
    return () => {
      for (const sign of SIGNS_OF_LIFE) window.removeEventListener(sign, onSign, { capture: true });
    };
  }, [idleEndsAt, renew]);

  useEffect(() => {
    if (idleEndsAt === undefined || now === undefined) return;
    // Both instants are the server's, so a wrong clock here does not matter.
    const left = Date.parse(idleEndsAt) - Date.parse(now);
    const endsAt = Date.now() + left;
    const warn = window.setTimeout(() => {
      recheck();
      setWarned({ idleEndsAt, endsAt });
    }, left - WARN_BEFORE_MILLIS);
    const end = window.setTimeout(recheck, left + 1000);
    return () => {
      window.clearTimeout(warn);
      window.clearTimeout(end);
    };
  }, [idleEndsAt, now, recheck]);

  // A warning belongs to the limit it was made for; a renewal makes it void.
  return warned !== undefined && warned.idleEndsAt === idleEndsAt ? { endsAt: warned.endsAt } : undefined;
}
