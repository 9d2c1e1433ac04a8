import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "#server/api-error.ts";
import type { Clock } from "#server/clock.ts";
import type { HeldOidc, LiveSession, SessionStore } from "#server/session/session-store.ts";
import type { IdentityProvider, OidcTokens } from "./identity-provider.ts";

/** Longer than a provider may take for all that a renewal asks of it. Milliseconds, as below. */
const LEASE = 35_000;
/** After a provider failed it is left alone for a moment, as long as there is a token that is good. */
const PAUSE = 5_000;
const LOOK_AGAIN = 100;
const PATIENCE = 10_000;

export interface TokenRenewal {
  /**
   * The session's access token, good for the call that is about to be made: one that ends soon is replaced first. Throws
   * 401 `session_ended` when the provider gives none any more, which ends the session, and what the provider's failure
   * is when the token has ended.
   */
  freshToken(session: LiveSession): Promise<string>;
}

/**
 * A provider may take a refresh token once, and end everything when it comes again. So of all requests, of all gateways
 * with this database, one renews at a time: it says so in the session's row first, and the others see that.
 */
export function createTokenRenewal(
  provider: Pick<IdentityProvider, "renew" | "forget">,
  { sessions, clock }: { sessions: SessionStore; clock: Clock },
): TokenRenewal {
  /** By the session's hash: those of this gateway wait for the same answer. */
  const underWay = new Map<string, Promise<string>>();

  async function renew({ idHash }: LiveSession): Promise<string> {
    const by = randomUUID();
    for (let waited = 0; ; waited += LOOK_AGAIN) {
      const now = clock();
      let mine: HeldOidc | undefined;
      const held = await sessions.change(idHash, (all) => {
        const { oidc } = all;
        mine = undefined;
        const isBusy = oidc?.renewal !== undefined && oidc.renewal.until > now;
        if (oidc === undefined || oidc.renewAt > now || isBusy) return undefined;
        mine = oidc;
        return { ...all, oidc: { ...oidc, renewal: { by, until: now + LEASE } } };
      });
      if (held?.oidc === undefined) throw ended();
      if (mine !== undefined) return renewClaimed(idHash, by, mine);
      // Somebody else is at it, or has done it: what is there will do as long as it lasts.
      if (held.oidc.expiresAt > now) return held.oidc.accessToken;
      if (waited >= PATIENCE) throw tooSlow();
      await delay(LOOK_AGAIN);
    }
  }

  async function renewClaimed(idHash: string, by: string, old: OidcTokens): Promise<string> {
    let renewed: OidcTokens | "refused";
    try {
      renewed = await provider.renew(old);
    } catch (error) {
      const isGood = old.expiresAt > clock();
      await sessions.change(idHash, (all) => {
        if (all.oidc?.renewal?.by !== by) return undefined;
        const { renewal: _, ...oidc } = all.oidc;
        const pause = { by, until: clock() + PAUSE };
        return { ...all, oidc: isGood ? { ...oidc, renewal: pause } : oidc };
      });
      if (isGood) return old.accessToken;
      throw error;
    }
    if (renewed === "refused") {
      const held = await sessions.change(idHash, () => undefined);
      // Another gateway took this one for dead, and was faster.
      if (held?.oidc !== undefined && held.oidc.refreshToken !== old.refreshToken) {
        return held.oidc.accessToken;
      }
      await sessions.end(idHash);
      throw ended();
    }
    const fresh = renewed;
    const held = await sessions.change(idHash, (all) => ({ ...all, oidc: fresh }));
    if (held !== undefined) return fresh.accessToken;
    // Signed out meanwhile.
    await provider.forget(fresh);
    throw ended();
  }

  return {
    async freshToken(session) {
      const { oidc, idHash } = session;
      if (oidc === undefined) throw ended();
      if (oidc.renewAt > clock()) return oidc.accessToken;
      const running = underWay.get(idHash);
      if (running !== undefined) return running;
      const renewing = renew(session).finally(() => underWay.delete(idHash));
      underWay.set(idHash, renewing);
      return renewing;
    },
  };
}

const ended = () => new ApiError(401, "session_ended", "The session has ended. Sign in again.");

const tooSlow = () =>
  new ApiError(504, "upstream_timeout", "Renewing the sign-in takes too long. Try again in a moment.", {
    nothingDone: true,
  });
