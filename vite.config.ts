import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
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

/** React's own files for production, by what imports them. */
const reactFiles = {
  react: "react/cjs/react.production.js",
  "react/jsx-runtime": "react/cjs/react-jsx-runtime.production.js",
  "react-dom": "react-dom/cjs/react-dom.production.js",
  "react-dom/client": "react-dom/cjs/react-dom-client.production.js",
  scheduler: "scheduler/cjs/scheduler.production.js",
  "use-sync-external-store/shim/with-selector":
    "use-sync-external-store/cjs/use-sync-external-store-shim/with-selector.production.js",
};

/** For versions of React that come without the hook. */
const SHIM = "use-sync-external-store/shim";

/** The module that a CommonJS file of React would be: it requires, and assigns its exports, one by one. Throws on others. */
function asModule(code: string): string {
  const head: string[] = [];
  let body = code
    // A declaration without a value stays behind, and the minifier drops it.
    .replace(/\b(\w+) = require\(("[\w/-]+")\)/g, (_assignment, local: string, name: string) => {
      head.push(`import * as ${local} from ${name};`);
      return `required${head.length}`;
    })
    .replace(/^exports\.(\w+) = \1;$/gm, "export { $1 };");
  const names = [...body.matchAll(/\bexports\.(\w+)/g)].map(([, name = ""]) => name);
  for (const name of new Set(names)) {
    const isConstant = names.filter((other) => other === name).length === 1;
    if (isConstant) continue;
    head.push(`let exported_${name}; export { exported_${name} as ${name} };`);
    body = body.replace(new RegExp(`\\bexports\\.${name}\\b`, "g"), `exported_${name}`);
  }
  body = body.replace(/^exports\.(\w+) =/gm, "export const $1 =");
  if (/\b(?:require\(|exports\b)/.test(body)) throw new Error("React has a form that is not known here.");
  return [...head, body].join("\n");
}

/** What the packages around React do with it, as it is done with a module. */
function withReactAsModule(code: string): string {
  return (
    code
      // A module has no default export that stands for all of it.
      .replace(
        /^import (\w+)(?:, (\{[^}]*\}))? from "(react|react-dom)";/gm,
        (_import, all: string, some: string | undefined, from: string) =>
          `import * as ${all} from "${from}";${some === undefined ? "" : `import ${some} from "${from}";`}`,
      )
      // Hides from bundlers which export it reads, so that all of them would have to stay.
      .replace(/\b(React\d*)\[" (\w+) "\.trim\(\)\.toString\(\)\]/g, "$1.$2")
  );
}

/**
 * React as modules. As CommonJS, the form it comes in, react-dom is one function of 200 kB, which the browser parses
 * once more, on the main thread, when it is called; and what nobody uses cannot be left out.
 */
function reactAsModules(): Plugin {
  const require = createRequire(import.meta.url);
  const paths = new Map(
    Object.entries(reactFiles).map(([name, file]) => {
      const [folder = "", ...path] = file.split("/");
      return [name, join(dirname(require.resolve(`${folder}/package.json`)), ...path)];
    }),
  );
  const own = new Set(paths.values());
  return {
    name: "react-as-modules",
    apply: "build",
    enforce: "pre",
    resolveId: (id) => (id === SHIM ? `\0${SHIM}` : paths.get(id)),
    load: (id) => (id === `\0${SHIM}` ? `export { useSyncExternalStore } from "react";` : undefined),
    transform: {
      filter: { id: /\/node_modules\// },
      handler: (code, id) => ({ code: own.has(id) ? asModule(code) : withReactAsModule(code), map: null }),
    },
  };
}

/**
 * React Router without what only its other modes of use need: what it calls at the top of its files looks to the bundler
 * as if it did something. In its form for production, which the package does not offer, warnings to developers are gone.
 */
function leanReactRouter(): Plugin {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve("react-router/package.json")), "dist/production");
  let calls = 0;
  let states = 0;
  let boundaries = 0;
  return {
    name: "lean-react-router",
    apply: "build",
    enforce: "pre",
    resolveId: (id) => (id === "react-router" ? join(folder, "index.mjs") : undefined),
    transform: {
      filter: { id: /\/react-router\/dist\/production\/chunk-\w+\.mjs$/ },
      handler(code) {
        const body = code
          .replace(/^\w+\.displayName = "\w+";$/gm, "")
          // Of the boundary around routes of a data router, which is not drawn without its state.
          .replace(/^RenderErrorBoundary\.contextType = \w+;$/m, () => {
            boundaries++;
            return "";
          })
          .replace(/^(var \w+ = )(?=React\d*\.(?:forwardRef|createContext|memo)\()/gm, (declaration) => {
            calls++;
            return `${declaration}/* @__PURE__ */ `;
          })
          // Routes without a data router have no state of one, nor what is drawn for it.
          .replace(/^( *let dataRouterState = )dataRouterOpts\?\.state;$/m, (_declaration, head: string) => {
            states++;
            return `${head}undefined;`;
          });
        return { code: body, map: null };
      },
    },
    buildEnd(error) {
      if (error === undefined && (calls === 0 || states !== 1 || boundaries !== 1))
        throw new Error("React Router has a form that is not known here.");
    },
  };
}

/** Changes one file of a library. Throws when there is nothing to change: then it has a form that is not known here. */
function leaner(library: string, file: RegExp, change: (code: string) => string): Plugin {
  let found = false;
  return {
    name: `leaner-${library}`,
    apply: "build",
    enforce: "pre",
    transform: {
      filter: { id: file },
      handler(code) {
        const body = change(code);
        found = body !== code;
        return { code: body, map: null };
      },
    },
    buildEnd(error) {
      if (error === undefined && !found) throw new Error(`${library} has a form that is not known here.`);
    },
  };
}

/** React without the names of the components around an error: nobody reads them, and reports are the error's own stack. */
function leanErrors(): Plugin {
  return leaner("react-dom", /\/react-dom-client\.production\.js$/, (code) =>
    code.replace(/^(function getStackByFiberInDevAndProd)\(.*?^\}$/ms, '$1() { return ""; }'),
  );
}

/** The query cache without its queries of many pages: lists come whole here. */
function leanQueryCache(): Plugin {
  return leaner("query-core", /\/query-core\/build\/modern\/query\.js$/, (code) =>
    code.replace(
      /\(this\.#queryType === "infinite" \? infiniteQueryBehavior\(.*?\) : (this\.options\.behavior)\)/,
      "$1",
    ),
  );
}

/** TanStack Table without what it does with rows and cells: here it has columns and headers only; see table-head.tsx. */
function leanTable(): Plugin {
  return leaner("table-core", /\/table-core\/dist\/core\/coreFeatures\.js$/, (code) =>
    code.replace(/^\s*core(?:Cells|Rows|RowModels)Feature,?$/gm, ""),
  );
}

/**
 * Icons as src/app/ui/icon.tsx draws them: from their shapes, without their components, names and keys, whose random
 * letters compress to nothing less.
 */
function leanIcons(): Plugin {
  return {
    name: "lean-icons",
    apply: "build",
    enforce: "pre",
    transform: {
      filter: { id: /\/lucide-react\/dist\/esm\/icons\/[\w-]+\.mjs$/ },
      handler(code) {
        const body = code
          .replace(/^ {2}(?:name: "[\w-]+"|size: 24),$/gm, "")
          .replace(/^__iconData\.node;$/m, "")
          .replace(/, key: "\w+" \}/g, " }")
          .replace(/(= )(?=createLucideIcon\()/, "$1/* @__PURE__ */ ");
        return { code: body, map: null };
      },
    },
  };
}

/** Classes numbered within their module of styles, and these by path: every letter of a name stands in two files. */
function shortClassName(): (name: string, file: string) => string {
  const modules = readdirSync("src/app", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".module.css"))
    .map((file) => resolve("src/app", file))
    .sort();
  const classes = new Map<string, string[]>();
  return (name, file) => {
    const place = modules.indexOf(file);
    if (place < 0) throw new Error(`${file} is not among the modules of styles.`);
    const known = classes.get(file) ?? [];
    classes.set(file, known);
    if (!known.includes(name)) known.push(name);
    // Two characters for each of the first 900 modules, so that no two names are the same.
    return `_${(place + 360).toString(36)}${known.indexOf(name).toString(36)}`;
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

/** Minified by Vite's own minifier before terser has it: together they leave 1 % less than terser alone. */
function minifiedTwice(): Plugin {
  return {
    name: "minified-twice",
    apply: "build",
    renderChunk: (code, { fileName }) => ({
      code: minifySync(fileName, code, { module: true }).code,
      map: null,
    }),
  };
}

/** Tests of what runs in the browser, and of what browser and server have in common. */
const BROWSER_TESTS = ["src/{app,contract}/**/*.test.{ts,tsx}"];

export default defineConfig(({ command, isSsrBuild }) => ({
  plugins: [
    react(),
    ...(isSsrBuild
      ? []
      : [
          startScript(),
          leanErrors(),
          reactAsModules(),
          leanReactRouter(),
          leanQueryCache(),
          leanTable(),
          leanIcons(),
          minifiedTwice(),
          compiledAhead(),
        ]),
  ],
  css: command === "build" ? { modules: { generateScopedName: shortClassName() } } : {},
  html: { cspNonce: NONCE_PLACEHOLDER },
  // One file with the packages in it: to find and read several hundred took longer than all else at a start. libsql is native.
  ssr: isSsrBuild === true ? { noExternal: true, external: ["libsql"] } : {},
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
        // 2 % smaller than Vite's own, for some seconds of a build.
        minify: "terser",
        // Nothing here or in the libraries reads a property for what reading it does.
        terserOptions: { ecma: 2020, compress: { passes: 5, pure_getters: true } },
        // Inlined assets would be data: URLs, which the policy allows for pictures only.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          // React looks for what only development's scheduler has; the compiler says so of our own modules. And how long
          // the minifier takes is known.
          checks: { importIsUndefined: false, pluginTimings: false },
          output: {
            // What the first page needs is one file: two compress worse, and the second would only be waited for.
            // Nor what several later parts need: the first page names the files of each, and names compress to nothing less.
            codeSplitting: {
              groups: [
                { name: "first-load", tags: ["$initial"] },
                { name: "shared", test: /\/src\/(?:app|contract)\/|radix-ui/, minShareCount: 2 },
              ],
            },
          },
        },
      },
  test: {
    environment: "node",
    restoreMocks: true,
    unstubGlobals: true,
    unstubEnvs: true,
    // Not one less than there are processors: on two of them that leaves one with nothing to do.
    maxWorkers: "100%",
    // Tells what hangs. How long something may take is for the tests that say so.
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    // Otherwise empty in tests; the contrast test reads it.
    css: { include: [/tokens\.css/] },
    projects: [
      {
        extends: true,
        test: {
          name: "in the browser",
          include: BROWSER_TESTS,
          // Files one after the other in one process, which reads the modules once: half the work. These tests leave
          // nothing behind: no globals, no timers.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "on the server",
          include: ["src/**/*.test.{ts,tsx}", "e2e/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...BROWSER_TESTS],
          isolate: false,
          globalSetup: ["src/server/database/migrated-for-tests.ts"],
        },
      },
    ],
  },
}));
