import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";
import { minifySync, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The gateway puts a fresh nonce in place of this text in every HTML answer; see src/server/static-files.ts. */
const NONCE_PLACEHOLDER = "__CSP_NONCE__";

const START_SCRIPT = "src/app/start.js";

/** The classic script of the head: minified and named by its content like the bundle, so that browsers keep it. */
function startScript(): Plugin {
  return {
    name: "start-script",
    apply: "build",
    buildStart() {
      const { code } = minifySync(START_SCRIPT, readFileSync(START_SCRIPT, "utf8"));
      this.emitFile({ type: "asset", name: "start.js", source: code });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const built = Object.values(bundle).find(
          (file) => file.type === "asset" && file.names.includes("start.js"),
        );
        if (built === undefined) throw new Error(`${START_SCRIPT} was not emitted.`);
        return html.replace(`/${START_SCRIPT}`, `/${built.fileName}`);
      },
    },
  };
}

/**
 * react-dom as a module. As CommonJS, the form it comes in, it is one function of 200 kB, which the browser parses
 * once more, on the main thread, when it is called.
 */
function reactDomAsModule(): Plugin {
  const require = createRequire(import.meta.url);
  const file = join(dirname(require.resolve("react-dom/package.json")), "cjs/react-dom-client.production.js");
  return {
    name: "react-dom-as-module",
    apply: "build",
    enforce: "pre",
    resolveId: (id) => (id === "react-dom/client" ? file : undefined),
    transform: {
      filter: { id: file },
      handler(code) {
        const imports: string[] = [];
        const body = code
          .replace(/\brequire\(("[\w-]+")\)/g, (_call, name: string) => {
            imports.push(`import required${imports.length} from ${name};`);
            return `required${imports.length - 1}`;
          })
          .replace(/^exports\.(\w+) = /gm, "export const $1 = ");
        if (/\b(?:require\(|exports\b)/.test(body))
          throw new Error("react-dom has a form that is not known here.");
        return { code: imports.join("\n") + body, map: null };
      },
    },
  };
}

/**
 * Nearly all of the first load's functions are called while the page is made. V8 then compiles them in the background
 * while the file arrives, and not one by one on the main thread; other engines see a comment.
 */
function compiledAhead(): Plugin {
  return {
    name: "compiled-ahead",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === "chunk" && file.isEntry) file.code = `//# allFunctionsCalledOnLoad\n${file.code}`;
        }
      },
    },
  };
}

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [react(), ...(isSsrBuild ? [] : [startScript(), reactDomAsModule(), compiledAhead()])],
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: isSsrBuild
    ? {
        ssr: "src/server/main.ts",
        outDir: "dist/server",
        target: "node20",
        copyPublicDir: false,
        rolldownOptions: { output: { entryFileNames: "main.js" } },
      }
    : {
        outDir: "dist/browser",
        target: "es2022",
        manifest: true,
        // Inlined assets would be data: URLs, which the policy allows for pictures only.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          output: {
            // What the first page needs is one file: two compress worse, and the second would only be waited for.
            codeSplitting: { groups: [{ name: "first-load", tags: ["$initial"] }] },
          },
        },
      },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "e2e/**/*.test.ts"],
    environment: "node",
    globalSetup: ["src/server/database/postgres-for-tests.ts"],
    restoreMocks: true,
    // Otherwise empty in tests; the contrast test reads it.
    css: { include: [/tokens\.css/] },
  },
}));
