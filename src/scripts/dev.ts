import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { runFromCommandLine, type PageSource } from "#server/main.ts";
import { systemRandom } from "#server/sealing.ts";
import { createNonce, securityHeaders } from "#server/security-headers.ts";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** The plugin's own name for what it would put inline, as a module of its own. */
const PREAMBLE = "/@id/@vitejs/plugin-react/preamble";

/**
 * The browser side by Vite with hot reload, behind the same gateway, under the same policy as in production:
 * what works here works there.
 */
const vitePages: PageSource = async (http, site) => {
  const vite = await createServer({
    root,
    appType: "custom",
    logLevel: "warn",
    server: {
      middlewareMode: true,
      // One port: the policy lets the page talk to nothing else.
      hmr: { server: http.server },
      cors: false,
      // Not the whole directory: the gateway's own data, key and first token lie in it.
      fs: { allow: [`${root}/src`, `${root}/node_modules`, `${root}/public`], strict: true },
    },
  });
  return {
    close: () => vite.close(),
    before(request, response, next) {
      const path = request.url ?? "/";
      const isOurs = path === "/healthz" || path === "/api" || path.startsWith("/api/");
      // The app says no to a foreign Host; Vite must not be more generous with the sources.
      if (isOurs || !site.isAllowedHost(request.headers.host ?? "")) {
        next();
        return;
      }
      const headers = securityHeaders(createNonce(systemRandom), site.secure);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      vite.middlewares(request, response, () => {
        // The app sets its own, with the nonce that its page carries.
        for (const name of Object.keys(headers)) response.removeHeader(name);
        next();
      });
    },
    pages: {
      async answer(request, nonce) {
        const { pathname } = new URL(request.url);
        if (/^\/@|\.[^/]+$/.test(pathname)) return undefined;
        const source = await readFile(`${root}/index.html`, "utf8");
        const html = await vite.transformIndexHtml(pathname, source);
        return { html: withoutInlineScripts(html).replaceAll("__CSP_NONCE__", nonce) };
      },
    },
  };
};

/** React's plugin puts one inline module into the page, which the policy forbids: the same, from a file. */
function withoutInlineScripts(html: string): string {
  return html.replace(/<script\b(?![^>]*\bsrc=)[^>]*>[\s\S]*?<\/script>/g, (script) =>
    script.includes("/@react-refresh") ? `<script type="module" src="${PREAMBLE}"></script>` : script,
  );
}

await runFromCommandLine(process.argv.slice(2), vitePages);
