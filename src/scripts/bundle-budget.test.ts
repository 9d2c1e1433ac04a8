import { expect, test } from "vitest";
import { firstLoadFiles, growthBetween, moduleName } from "./bundle-budget.ts";

const manifest = {
  "index.html": {
    file: "assets/main.js",
    isEntry: true,
    imports: ["_react.js"],
    css: ["assets/main.css"],
    dynamicImports: ["src/app/ui/dialog.tsx", "src/app/pages/database-tokens-page.tsx"],
  },
  "_react.js": { file: "assets/react.js", imports: ["_shared.js"] },
  "_shared.js": { file: "assets/shared.js", imports: ["_react.js"] },
  "src/app/ui/dialog.tsx": { file: "assets/dialog.js", css: ["assets/dialog.css"] },
  "src/app/pages/database-tokens-page.tsx": { file: "assets/page.js", css: ["assets/page.css"] },
};

test("the first load is the HTML, the entry, what it imports, the page's own chunk, and scripts beside the bundle", () => {
  const html = `<script src="/assets/start.js"></script><script type="module" src="/assets/main.js"></script>`;
  expect(firstLoadFiles(manifest, html).toSorted()).toEqual([
    "assets/main.css",
    "assets/main.js",
    "assets/page.css",
    "assets/page.js",
    "assets/react.js",
    "assets/shared.js",
    "assets/start.js",
    "index.html",
  ]);
});

test("what grew is named, the largest growth first", () => {
  const before = { "react-dom": 200, "src/app/main.tsx": 5, "src/app/gone.ts": 90, zod: 30 };
  const now = { "react-dom": 210, "src/app/main.tsx": 5, moment: 70, zod: 20 };
  expect(growthBetween(before, now)).toEqual([
    { module: "moment", bytes: 70 },
    { module: "react-dom", bytes: 10 },
  ]);
  expect(growthBetween(now, now)).toEqual([]);
});

test("a module is counted by its package, or by its file when it is ours", () => {
  const root = "/home/somebody/tokenward";
  expect(moduleName(`${root}/src/app/main.tsx`, root)).toBe("src/app/main.tsx");
  expect(moduleName(`${root}/node_modules/react-dom/cjs/react-dom.js`, root)).toBe("react-dom");
  expect(moduleName(`${root}/node_modules/@tanstack/query-core/build/query.js`, root)).toBe(
    "@tanstack/query-core",
  );
  expect(moduleName(`${root}/node_modules/a/node_modules/b/index.js`, root)).toBe("b");
  expect(moduleName("\0rolldown/runtime.js", root)).toBe("rolldown/runtime.js");
});
