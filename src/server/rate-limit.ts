import { isIPv6 } from "node:net";
import type { Clock } from "./clock.ts";
import { addressOfHop, type AddressSet, canonicalAddress } from "./ip-address.ts";

/** At most `limit` events in any `windowMillis`, per key. Held in memory and bounded. */
export interface RateLimit {
  /** 0 when allowed (and counted), otherwise the whole seconds to wait. */
  take(key: string): number;
  /** What `take` would say, without counting anything. */
  wait(key: string): number;
  /** Takes the latest event of the key back: it turned out not to count. */
  giveBack(key: string): void;
}

export function createRateLimit(options: {
  limit: number;
  windowMillis: number;
  clock: Clock;
  maxKeys?: number;
}): RateLimit {
  const { limit, windowMillis, clock, maxKeys = 10_000 } = options;
  const events = new Map<string, number[]>();
  // A clock that was set back leaves events in the future: nobody may wait for those to pass.
  const recentOf = (key: string, now: number) =>
    (events.get(key) ?? []).filter((instant) => instant > now - windowMillis && instant <= now);
  const waitOf = ([oldest, ...later]: readonly number[], now: number) =>
    oldest === undefined || later.length + 1 < limit
      ? 0
      : Math.max(1, Math.ceil((oldest + windowMillis - now) / 1000));
  return {
    take(key) {
      const now = clock();
      const recent = recentOf(key, now);
      // Deleting first moves the key to the end: the map's order is then by last use.
      events.delete(key);
      events.set(key, recent);
      if (events.size > maxKeys) {
        for (const oldest of events.keys()) {
          events.delete(oldest);
          break;
        }
      }
      const wait = waitOf(recent, now);
      if (wait === 0) recent.push(now);
      return wait;
    },
    wait(key) {
      const now = clock();
      return waitOf(recentOf(key, now), now);
    },
    giveBack(key) {
      events.get(key)?.pop();
    },
  };
}

/**
 * Whom a request counts for: the peer, or what a trusted proxy in front of us saw. Walks X-Forwarded-For from
 * the right, since everything left of the first untrusted address is the client's own claim.
 * One IPv6 subscriber owns a /64, so that prefix is the key.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: AddressSet,
): string {
  let address = canonicalAddress(peer ?? "") ?? "unknown";
  const hops = forwardedFor?.split(",").map((hop) => addressOfHop(hop.trim())) ?? [];
  while (address !== "unknown" && trustedProxies.has(address)) {
    // What is no address ends the walk: left of it stands what nobody vouches for.
    const previous = hops.pop();
    if (previous === undefined) break;
    address = previous;
  }
  return isIPv6(address) && address !== "::1" ? expandIPv6(address).slice(0, 4).join(":") : address;
}

function expandIPv6(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
}
