import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = process.cwd();
const run = promisify(execFile);

const IMPORTS = "eslint(no-restricted-imports)";
const PROPERTIES = "eslint(no-restricted-properties)";

/** The file that the line pretends to stand in, the line, and the rule it must break. */
const refused: [file: string, line: string, rule: string][] = [
  ["src/contract/token.ts", `import "zod";`, IMPORTS],
  ["src/contract/token.ts", `import "react";`, IMPORTS],
  ["src/contract/token.ts", `import "node:fs";`, IMPORTS],
  ["src/contract/token.ts", `import "#server/clock.ts";`, IMPORTS],
  ["src/contract/token.ts", `import "#app/paths.ts";`, IMPORTS],
  ["src/contract/token.ts", `import "../server/clock.ts";`, IMPORTS],

  ["src/app/api/http.ts", `import "react";`, IMPORTS],
  ["src/app/api/http.ts", `import "@tanstack/react-query";`, IMPORTS],
  ["src/app/api/http.ts", `import "#app/ui/button.tsx";`, IMPORTS],
  ["src/app/api/http.ts", `import "#app/features/tokens/token-queries.ts";`, IMPORTS],
  ["src/app/api/http.ts", `import "zod";`, IMPORTS],
  ["src/app/api/http.ts", `import "node:crypto";`, IMPORTS],

  ["src/app/ui/menu.tsx", `import "radix-ui";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "radix-ui/select";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "radix-ui/scroll-area";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "@radix-ui/react-dialog";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "#contract/token.ts";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "#app/table/data-table.tsx";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import "react-router";`, IMPORTS],
  ["src/app/ui/menu.tsx", `import { lazy } from "react";\nlazy;`, IMPORTS],
  ["src/app/ui/menu.tsx", `import * as React from "react";\nReact.lazy(() => load());`, PROPERTIES],

  ["src/app/table/data-table.tsx", `import "#contract/token.ts";`, IMPORTS],
  ["src/app/table/data-table.tsx", `import "#app/features/tokens/token-columns.tsx";`, IMPORTS],
  ["src/app/table/data-table.tsx", `import "radix-ui/dialog";`, IMPORTS],
  ["src/app/table/data-table.tsx", `import "#app/api/http.ts";`, IMPORTS],

  ["src/app/features/revoke/revoke-token-dialog.tsx", `import "#app/api/http.ts";`, IMPORTS],
  [
    "src/app/features/revoke/revoke-token-dialog.tsx",
    `import "#app/features/tokens/token-row.tsx";`,
    IMPORTS,
  ],
  ["src/app/features/revoke/revoke-mutation.ts", `import "#app/features/tokens/token-queries.ts";`, IMPORTS],
  ["src/app/features/revoke/revoke-mutation.ts", `import "#app/pages/token-page.tsx";`, IMPORTS],
  ["src/app/features/revoke/revoke-mutation.ts", `import "#app/layout/app-shell.tsx";`, IMPORTS],
  ["src/app/features/revoke/revoke-token-dialog.tsx", `import "radix-ui/dialog";`, IMPORTS],
  ["src/app/features/revoke/revoke-mutation.ts", `import "#server/clock.ts";`, IMPORTS],
  ["src/app/features/revoke/revoke-mutation.ts", `import "../tokens/token-queries.ts";`, IMPORTS],
  ["src/app/features/revoke/revoke-token-dialog.tsx", `import("#app/features/tokens/row.tsx");`, IMPORTS],

  ["src/app/pages/token-page.tsx", `import "#app/api/http.ts";`, IMPORTS],
  ["src/app/pages/token-page.tsx", `import "radix-ui/dialog";`, IMPORTS],
  ["src/app/pages/token-page.tsx", `import "#server/clock.ts";`, IMPORTS],
  ["src/app/pages/token-page.tsx", `import "node:path";`, IMPORTS],
  ["src/app/pages/token-page.tsx", `import "zod";`, IMPORTS],
  ["src/app/layout/app-shell.tsx", `import "#app/api/http.ts";`, IMPORTS],
  ["src/app/main.tsx", `import "radix-ui";`, IMPORTS],
  ["src/app/main.tsx", `import { lazy } from "react";\nlazy;`, IMPORTS],
  ["src/app/paths.ts", `import "#server/clock.ts";`, IMPORTS],
  ["src/app/paths.ts", `console.log("x");`, "eslint(no-console)"],
  [
    "src/app/pages/token-page.tsx",
    `export const page = <p dangerouslySetInnerHTML={{ __html: "" }} />;`,
    "react(no-danger)",
  ],
  ["src/app/paths.ts", `export const value: any = 1;`, "typescript(no-explicit-any)"],
  ["src/server/app.ts", `export const work = async () => {};\nwork();`, "typescript(no-floating-promises)"],

  ["src/server/app.ts", `import "#app/paths.ts";`, IMPORTS],
  ["src/server/app.ts", `import "#scripts/check.ts";`, IMPORTS],
  ["src/server/app.ts", `import "react";`, IMPORTS],
  ["src/server/app.ts", `import "../contract/token.ts";`, IMPORTS],
  ["src/server/services/own-cluster.ts", `import "#server/routes/tokens.ts";`, IMPORTS],
  ["src/server/services/own-cluster.ts", `import "#server/app.ts";`, IMPORTS],
  ["src/server/services/own-cluster.ts", `import "#app/paths.ts";`, IMPORTS],

  ["src/scripts/check.ts", `import "#app/paths.ts";`, IMPORTS],
  ["src/scripts/check.ts", `import "../server/clock.ts";`, IMPORTS],

  ["e2e/revoke.e2e.ts", `import "#app/paths.ts";`, IMPORTS],
  ["e2e/bench/run.ts", `import "../fixtures.ts";`, IMPORTS],
  ["e2e/soak/story.ts", `import "#app/ui/dialog.tsx";`, IMPORTS],
  ["e2e/soak/story.ts", `import "#app/features/token-form/use-change.ts";`, IMPORTS],
  ["e2e/revoke.e2e.ts", `import { test } from "@playwright/test";\ntest.only("one", () => {});`, PROPERTIES],
  [
    "src/server/app.test.ts",
    `import { describe } from "vitest";\ndescribe.only("one", () => {});`,
    PROPERTIES,
  ],
];

/** Neighbours of the cases above that must stay allowed: rules that refuse everything prove nothing. */
const allowed: [file: string, line: string][] = [
  ["src/contract/token.ts", `import "zod/mini";`],
  ["src/contract/token.ts", `import "./permission.ts";`],
  ["src/contract/token.test.ts", `import "vitest";`],
  ["src/app/api/http.ts", `import "#contract/token.ts";`],
  ["src/app/api/http.ts", `import "./api-error.ts";`],
  ["src/app/ui/menu.tsx", `import "radix-ui/dropdown-menu";`],
  ["src/app/ui/menu.tsx", `import "react";`],
  ["src/app/ui/menu.tsx", `import "./menu.module.css";`],
  ["src/app/ui/icon.tsx", `import "lucide-react";`],
  ["src/app/ui/style-nonce.ts", `import "get-nonce";`],
  ["src/app/table/data-table.tsx", `import "@tanstack/react-table";`],
  ["src/app/table/data-table.tsx", `import "#app/ui/button.tsx";`],
  ["src/app/features/tokens/token-queries.ts", `import "#app/api/tokens-api.ts";`],
  ["src/app/features/tokens/token-queries.ts", `import "@tanstack/react-query";`],
  ["src/app/features/tokens/tokens-table.tsx", `import "./token-queries.ts";`],
  ["src/app/features/tokens/tokens-table.tsx", `import "#app/table/data-table.tsx";`],
  ["src/app/features/tokens/tokens-table.tsx", `import "#app/paths.ts";`],
  ["src/app/features/tokens/tokens-table.tsx", `import "#contract/token.ts";`],
  ["src/app/pages/token-page.tsx", `import "#app/features/tokens/tokens-table.tsx";`],
  ["src/app/pages/token-page.tsx", `import "#app/layout/app-shell.tsx";`],
  ["src/app/main.tsx", `import "react-dom/client";`],
  ["src/app/main.tsx", `import "zod/mini";`],
  ["src/server/app.ts", `import "zod";`],
  ["src/server/app.ts", `import "node:fs";`],
  ["src/server/app.ts", `import "#contract/token.ts";`],
  ["src/server/routes/tokens.ts", `import "#server/services/token-service.ts";`],
  ["src/server/services/own-cluster.ts", `import "#server/clock.ts";`],
  ["src/scripts/start.ts", `import "#server/config.ts";`],
  ["e2e/revoke.e2e.ts", `import "#contract/token.ts";`],
  ["e2e/revoke.e2e.ts", `import "#server/config.ts";`],
  ["e2e/bench/run.ts", `import "#e2e/gateway-process.ts";`],
  ["e2e/soak/story.ts", `import "#app/api/revoke-token.ts";`],
  ["e2e/soak/story.ts", `import "#app/features/tokens/token-changes.ts";`],
];

interface Finding {
  filename: string;
  code: string;
}

/** Several cases pretend to be the same file: a prefix to the base name keeps them apart within the folder. */
const place = (kind: string, index: number, file: string) =>
  posix.join(posix.dirname(file), `${kind}-${String(index)}-${posix.basename(file)}`);

let tree: string;
let findings: Finding[];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "import-rules-"));
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  };
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  await copyFile(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  const options = { strict: true, module: "esnext", target: "esnext", jsx: "preserve" };
  await put("tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["src", "e2e"] }));
  for (const [kind, cases] of Object.entries({ refused, allowed })) {
    for (const [index, [file, line]] of cases.entries()) await put(place(kind, index, file), `${line}\n`);
  }
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const answer = await run(process.execPath, [oxlint, "--format=json", "src", "e2e"], {
    cwd: tree,
    maxBuffer: 16e6,
  }).catch((error: { stdout: string }) => error);
  findings = (JSON.parse(answer.stdout) as { diagnostics: Finding[] }).diagnostics;
}, 60_000);

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

const found = (path: string) =>
  findings.filter((finding) => finding.filename === path).map(({ code }) => code);

describe("the lint configuration refuses", () => {
  test.each(refused.map(([file, line, rule], index) => ({ file, line, rule, index })))(
    "in $file: $line",
    ({ file, rule, index }) => {
      expect(found(place("refused", index, file))).toContain(rule);
    },
  );
});

describe("the lint configuration allows", () => {
  test.each(allowed.map(([file, line], index) => ({ file, line, index })))(
    "in $file: $line",
    ({ file, index }) => {
      expect(found(place("allowed", index, file))).toEqual([]);
    },
  );
});
