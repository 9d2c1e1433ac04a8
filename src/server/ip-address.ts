import { BlockList, isIP, isIPv6 } from "node:net";
import { StartError } from "./start-error.ts";

/** Addresses that are known, however they are spelt. */
export interface AddressSet {
  readonly size: number;
  /** `address`: as canonicalAddress gives it. */
  has(address: string): boolean;
}

/**
 * The one spelling of an IP address, lower case and without a zone: IPv6 with its longest run of zeros left out,
 * and IPv4 that arrives on an IPv6 socket (`::ffff:192.0.2.1`) as IPv4. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const address = text.replace(/%.*$/, "");
  if (isIP(address) === 4) return address;
  if (isIP(address) === 0) return undefined;
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (mapped === null) return shortest;
  const bits = mapped.slice(1).map((half) => Number.parseInt(half, 16));
  return bits.flatMap((half) => [half >> 8, half & 255]).join(".");
}

/** Of a hop in X-Forwarded-For, which may carry a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
export function addressOfHop(hop: string): string | undefined {
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(hop) ?? [];
  const [, beforePort] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  return canonicalAddress(inBrackets ?? beforePort ?? hop);
}

/** Addresses and networks such as `10.0.0.0/8`, separated by commas. Throws StartError that quotes what is neither. */
export function parseAddresses(text: string, option: string): AddressSet {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const list = new BlockList();
  for (const entry of entries) {
    const [start = "", length, ...rest] = entry.split("/");
    const address = canonicalAddress(start);
    const family = familyOf(address ?? "");
    const bits = length === undefined || !/^\d{1,3}$/.test(length) ? Number.NaN : Number(length);
    const isNetwork = bits <= (family === "ipv4" ? 32 : 128) && family === familyOf(start);
    if (address === undefined || rest.length > 0 || (length !== undefined && !isNetwork)) {
      throw new StartError(
        `${option} takes IP addresses and networks such as 10.0.0.0/8, separated by commas; "${entry}" is neither.`,
      );
    }
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return { size: entries.length, has: (address) => list.check(address, familyOf(address)) };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
