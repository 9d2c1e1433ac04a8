import { expect, test } from "vitest";
import { firstLoadFiles } from "./bundle-budget.ts";

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
  const html = `<script src="/theme.js"></script><script type="module" src="/assets/main.js"></script>`;
  expect(firstLoadFiles(manifest, html).toSorted()).toEqual([
    "assets/main.css",
    "assets/main.js",
    "assets/page.css",
    "assets/page.js",
    "assets/react.js",
    "assets/shared.js",
    "index.html",
    "theme.js",
  ]);
});
