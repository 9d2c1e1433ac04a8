import { isIPv6 } from "node:net";
import type { Clock } from "./clock.ts";

/** At most `limit` events in any `windowMillis`, per key. Held in memory and bounded. */
export interface RateLimit {
  /** 0 when allowed (and counted), otherwise the whole seconds to wait. */
  take(key: string): number;
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
  return {
    take(key) {
      const now = clock();
      const recent = (events.get(key) ?? []).filter((instant) => instant > now - windowMillis);
      // Deleting first moves the key to the end: the map's order is then by last use.
      events.delete(key);
      events.set(key, recent);
      if (events.size > maxKeys) {
        for (const oldest of events.keys()) {
          events.delete(oldest);
          break;
        }
      }
      const oldest = recent[0];
      if (recent.length >= limit && oldest !== undefined) {
        return Math.max(1, Math.ceil((oldest + windowMillis - now) / 1000));
      }
      recent.push(now);
      return 0;
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
  trustedProxies: ReadonlySet<string>,
): string {
  let address = plainAddress(peer ?? "unknown");
  const hops = forwardedFor?.split(",").map((hop) => plainAddress(hop.trim())) ?? [];
  while (trustedProxies.has(address)) {
    const previous = hops.pop();
    if (previous === undefined || previous === "") break;
    address = previous;
  }
  return isIPv6(address) && address !== "::1" ? expandIPv6(address).slice(0, 4).join(":") : address;
}

/** IPv4 that arrives on an IPv6 socket (`::ffff:192.0.2.1`) is IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "").toLowerCase();
}

function expandIPv6(address: string): string[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
}
