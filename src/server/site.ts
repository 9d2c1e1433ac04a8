import { isIP } from "node:net";

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
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
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
  const bound = options.host.includes(":") ? `[${options.host.replace(/^\[|\]$/g, "")}]` : options.host;
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
