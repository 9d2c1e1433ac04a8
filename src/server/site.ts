import { canonicalAddress } from "./ip-address.ts";

/** Under which address this gateway is reached, and what follows from it. */
export interface Site {
  /** Origin without a trailing slash. */
  publicUrl: string;
  secure: boolean;
  cookieName: string;
  isAllowedHost(host: string): boolean;
  isAllowedOrigin(origin: string): boolean;
}

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  const address = canonicalAddress(name);
  return name === "localhost" || address === "::1" || address?.startsWith("127.") === true;
}

/** Where this machine itself reaches what listens on `host`, whatever name others know it by. */
export function localUrl({ host, port, tls }: { host: string; port: number; tls: boolean }): string {
  const unbracketed = host.replace(/^\[|\]$/g, "");
  const address = canonicalAddress(unbracketed) ?? unbracketed;
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  return `${tls ? "https" : "http"}://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/**
 * `publicUrl` undefined: the loopback names on the port that is listened on, and the address listened on
 * when that is a particular one.
 */
export function createSite(options: {
  publicUrl?: string | undefined;
  host: string;
  port: number;
  tls: boolean;
}): Site {
  const scheme = options.tls ? "https" : "http";
  const unbracketed = options.host.replace(/^\[|\]$/g, "");
  const host = canonicalAddress(unbracketed) ?? unbracketed;
  const bound = host.includes(":") ? `[${host}]` : host;
  const isAnyAddress = bound === "0.0.0.0" || bound === "[::]";
  const names = ["localhost", "127.0.0.1", "[::1]"];
  const origins =
    options.publicUrl === undefined
      ? [
          ...(isAnyAddress || isLoopback(bound) ? [] : [bound]),
          ...names,
          ...(isAnyAddress ? [] : [bound]),
        ].map((name) => new URL(`${scheme}://${name}:${options.port}`))
      : [new URL(options.publicUrl)];
  const first = origins[0] ?? new URL(`${scheme}://localhost:${options.port}`);
  const secure = first.protocol === "https:";
  const port = first.port === "" ? (secure ? "443" : "80") : first.port;
  const hosts = new Set(origins.flatMap((origin) => [origin.host, `${origin.hostname}:${port}`]));
  const allowedOrigins = new Set(origins.map((origin) => origin.origin));
  return {
    publicUrl: first.origin,
    secure,
    // Browsers accept the prefix over https only. Cookies ignore ports, so two gateways on one machine need two names.
    cookieName: secure ? "__Host-tokenward" : `tokenward_${port}`,
    isAllowedHost: (host) => hosts.has(host.toLowerCase()),
    isAllowedOrigin: (origin) => allowedOrigins.has(origin),
  };
}
