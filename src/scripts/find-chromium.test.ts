import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { chromiumArguments, switchedOffByPlaywright } from "./find-chromium.ts";

/** The list is not exported; an update of Playwright may bring another. */
function listOfPlaywright(): string[] {
  const folder = dirname(createRequire(import.meta.url).resolve("playwright-core/package.json"));
  const source = readFileSync(join(folder, "lib/coreBundle.js"), "utf8");
  const list = /disabledFeatures = \[([^\]]*)\]/.exec(source)?.[1] ?? "";
  const names = list.split("\n").filter((line) => !line.trim().startsWith("//"));
  return [...names.join("\n").matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
}

test("the browser's features that Playwright switches off are switched off here too", () => {
  const playwrights = listOfPlaywright();
  expect(playwrights.length).toBeGreaterThan(0);
  expect([...switchedOffByPlaywright].sort()).toEqual(playwrights.sort());
  const said = chromiumArguments.filter((argument) => argument.startsWith("--disable-features="));
  expect(said).toHaveLength(1);
  for (const name of playwrights) expect(said[0]).toContain(name);
});
