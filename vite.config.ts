import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The gateway puts a fresh nonce in place of this text in every HTML answer; see src/server/static-files.ts. */
const NONCE_PLACEHOLDER = "__CSP_NONCE__";

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [react()],
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
