import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { accepts } from "./accepts.ts";
import type { Pages } from "./gateway.ts";
import { StartError } from "./start-error.ts";

/** vite.config.ts writes this where a nonce belongs. */
const NONCE_PLACEHOLDER = "__CSP_NONCE__";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

interface StoredFile {
  type: string;
  tag: string;
  isHashed: boolean;
  plain: Buffer;
  br: Buffer | undefined;
  gzip: Buffer | undefined;
}

/**
 * The built pages, from memory: nothing that a request says is ever used as a path of the file system.
 * Throws StartError when nothing has been built.
 */
export function createStaticFiles(directory: string): Pages {
  if (!existsSync(join(directory, "index.html"))) {
    throw new StartError(
      `The pages are not built: there is no index.html in ${directory}. Run npm run build.`,
    );
  }
  const html = readFileSync(join(directory, "index.html"), "utf8");
  const files = readFiles(directory);
  return {
    async answer(request, nonce) {
      const { pathname } = new URL(request.url);
      const file = files.get(pathname);
      if (file !== undefined) return fileAnswer(file, request);
      // A page of the application has no extension; a file that does not exist must not answer with one.
      if (extname(pathname) !== "" && pathname !== "/index.html") return undefined;
      return { html: html.replaceAll(NONCE_PLACEHOLDER, nonce) };
    },
  };
}

export function htmlAnswer(html: string): Response {
  return new Response(html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" },
  });
}

function readFiles(directory: string): Map<string, StoredFile> {
  const files = new Map<string, StoredFile>();
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const url = path.slice(directory.replace(/[/\\]+$/, "").length).replaceAll("\\", "/");
    const type = types[extname(entry.name)];
    // What has no known type is not for browsers: source maps, the compressed siblings, the build's own records.
    if (!entry.isFile() || type === undefined || url === "/index.html" || url.includes("/.")) continue;
    const sibling = (suffix: string) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined);
    const plain = readFileSync(path);
    files.set(url, {
      type,
      tag: createHash("sha256").update(plain).digest("base64url").slice(0, 22),
      isHashed: url.startsWith("/assets/"),
      plain,
      br: sibling(".br"),
      gzip: sibling(".gz"),
    });
  }
  return files;
}

function fileAnswer(file: StoredFile, request: Request): Response {
  const accepted = request.headers.get("Accept-Encoding");
  const encoding =
    file.br !== undefined && accepts(accepted, "br")
      ? "br"
      : file.gzip !== undefined && accepts(accepted, "gzip")
        ? "gzip"
        : undefined;
  const body = (encoding === undefined ? undefined : file[encoding]) ?? file.plain;
  const tag = `"${file.tag}${encoding === undefined ? "" : `-${encoding}`}"`;
  const headers = new Headers({
    "Content-Type": file.type,
    "Cache-Control": file.isHashed ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: tag,
    Vary: "Accept-Encoding",
  });
  const known = request.headers.get("If-None-Match")?.split(",") ?? [];
  if (known.some((item) => item.trim().replace(/^W\//, "") === tag)) {
    return new Response(null, { status: 304, headers });
  }
  if (encoding !== undefined) headers.set("Content-Encoding", encoding);
  headers.set("Content-Length", String(body.byteLength));
  return new Response(new Uint8Array(body), { headers });
}
