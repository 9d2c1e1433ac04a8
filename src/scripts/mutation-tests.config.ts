import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

// The tests of what stryker.config.json mutates, and no others: for each mutant Stryker runs what covers it, and first of
// all everything once. Server tests bring a PostgreSQL along, which none of this needs.

const { mutate } = JSON.parse(readFileSync("stryker.config.json", "utf8")) as { mutate: string[] };

export default defineConfig({
  test: {
    include: mutate.map((file) => file.replace(/\.ts$/, ".test.ts")),
    environment: "node",
    restoreMocks: true,
  },
});
