import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build, type PluginOption } from "vite";
import { IDEMPOTENCY_KEY_HEADER, REQUEST_HEADER } from "#contract/headers.ts";
import { PREFER_HEADER, SHORT_ROWS } from "#contract/short-rows.ts";
import type { GatewayProcess } from "#e2e/gateway-process.ts";
import { securityHeaders } from "#server/security-headers.ts";
import type { BenchedApp } from "./app.ts";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

interface Asset {
  type: string;
  brotli: Buffer;
}

/** Every file of the built page by its path, compressed as well as it goes: as a good server would. */
async function buildPage(root: string, plugins: PluginOption[]): Promise<Map<string, Asset>> {
  const outDir = await mkdtemp(join(tmpdir(), "bench-peer-"));
  try {
    await build({
      configFile: false,
      root,
      plugins,
      logLevel: "warn",
      build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
    });
    const assets = new Map<string, Asset>();
    for (const file of await readdir(outDir, { recursive: true })) {
      const type = TYPES[extname(file)];
      if (type === undefined) continue;
      const brotli = brotliCompressSync(await readFile(join(outDir, file)));
      assets.set(`/${file}`, { type: `${type}; charset=utf-8`, brotli });
    }
    return assets;
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/** What they ask comes from the same gateway, which does the same for it, so that only the applications differ. */
function forward(
  gateway: GatewayProcess,
  session: Record<string, string>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { "accept-encoding": acceptEncoding = "", "idempotency-key": key } = incoming.headers;
  const upstream = httpRequest(
    {
      host: "127.0.0.1",
      port: new URL(gateway.ownUrl).port,
      method: incoming.method,
      path: incoming.url,
      headers: {
        Host: new URL(gateway.url).host,
        ...session,
        "Accept-Encoding": acceptEncoding,
        ...(key === undefined ? {} : { [IDEMPOTENCY_KEY_HEADER]: key }),
      },
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      // A list that is cut off on its way here is cut off for the page too.
      answer.on("error", () => outgoing.destroy());
    },
  );
  upstream.on("error", () => outgoing.destroy());
  incoming.pipe(upstream);
}

/** What a request of somebody who is signed in at the gateway has: Tokenward's pages send the same. */
async function signedIn(gateway: GatewayProcess): Promise<Record<string, string>> {
  const ours = { [REQUEST_HEADER]: "interactive", Origin: gateway.url };
  const answer = await fetch(`${gateway.url}/api/session`, {
    method: "POST",
    headers: { ...ours, "Content-Type": "application/json" },
    body: JSON.stringify({ method: "management_token", managementToken: gateway.managementToken }),
  });
  if (!answer.ok) throw new Error(`Could not sign in: ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]);
  return { ...ours, [PREFER_HEADER]: SHORT_ROWS, Cookie: cookies.join("; ") };
}

/**
 * An application of one page in a folder of its own, with an index.html for Vite. Its rows have a button *Revoke*,
 * which asks nothing.
 */
export function peerPage(name: string, root: string, plugins: PluginOption[] = []): BenchedApp {
  let page: Promise<Map<string, Asset>> | undefined;
  return {
    name,
    async serve(gateway) {
      page ??= buildPage(root, plugins);
      const assets = await page;
      const session = await signedIn(gateway);
      // Not the policy of contents, which the peers are not written for.
      const { "Content-Security-Policy": _policy, ...headers } = securityHeaders("", false);
      const server = createServer((incoming, outgoing) => {
        if (incoming.url?.startsWith("/api/") === true) return forward(gateway, session, incoming, outgoing);
        const asset = assets.get(incoming.url === "/" ? "/index.html" : (incoming.url ?? ""));
        if (asset === undefined) return outgoing.writeHead(404).end();
        return outgoing
          .writeHead(200, {
            ...headers,
            "Content-Type": asset.type,
            "Content-Encoding": "br",
            "Cache-Control": "no-store",
          })
          .end(asset.brotli);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return {
        url: `http://localhost:${String((server.address() as AddressInfo).port)}/`,
        signIn: () => Promise.resolve(),
        search: (at) => at.getByRole("searchbox"),
        sortButton: (at, column) => at.getByRole("columnheader", { name: column }).getByRole("button"),
        prepareRevoke: (at, token) =>
          Promise.resolve(
            at.getByRole("row").filter({ hasText: token.id }).getByRole("button", { name: "Revoke" }),
          ),
        async stop() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
  };
}
