import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import type { GatewayProcess } from "#e2e/gateway-process.ts";
import type { BenchedApp } from "./app.ts";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

interface Asset {
  type: string;
  brotli: Buffer;
}

/** Every file of the built page by its path, compressed as well as it goes: as a good server would. */
async function buildPage(): Promise<Map<string, Asset>> {
  const outDir = await mkdtemp(join(tmpdir(), "bench-peer-tanstack-"));
  try {
    await build({
      configFile: false,
      root: "e2e/bench/peer-tanstack",
      plugins: [react()],
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

let page: Promise<Map<string, Asset>> | undefined;

/** The list comes from the same gateway, so that only the applications differ. */
function forward(gateway: GatewayProcess, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { "accept-encoding": acceptEncoding = "" } = incoming.headers;
  const upstream = httpRequest(
    {
      host: "127.0.0.1",
      port: new URL(gateway.ownUrl).port,
      method: incoming.method,
      path: incoming.url,
      headers: {
        Host: new URL(gateway.url).host,
        Authorization: `Bearer ${gateway.managementToken}`,
        "Accept-Encoding": acceptEncoding,
      },
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  upstream.on("error", () => outgoing.destroy());
  incoming.pipe(upstream);
}

/** A page written with plain TanStack Table and Virtual, over the same list. */
export const peerTanstack: BenchedApp = {
  name: "plain TanStack Table",
  async serve(gateway) {
    page ??= buildPage();
    const assets = await page;
    const server = createServer((incoming, outgoing) => {
      if (incoming.url?.startsWith("/api/") === true) return forward(gateway, incoming, outgoing);
      const asset = assets.get(incoming.url === "/" ? "/index.html" : (incoming.url ?? ""));
      if (asset === undefined) return outgoing.writeHead(404).end();
      return outgoing
        .writeHead(200, { "Content-Type": asset.type, "Content-Encoding": "br", "Cache-Control": "no-store" })
        .end(asset.brotli);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      url: `http://localhost:${String((server.address() as AddressInfo).port)}/`,
      signIn: () => Promise.resolve(),
      search: (at) => at.getByRole("searchbox"),
      sortButton: (at, column) => at.getByRole("columnheader", { name: column }).getByRole("button"),
      prepareRevoke: (at) => Promise.resolve(at.getByRole("button", { name: "Revoke" }).first()),
      async stop() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};
