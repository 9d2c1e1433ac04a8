import { afterEach, beforeEach, expect, it, vi } from "vitest";

// Files share one process: another one may have loaded them before.
beforeEach(() => void vi.resetModules());

afterEach(() => {
  vi.doUnmock("./schemas.ts");
  vi.resetModules();
});

it("is a network failure when they cannot be loaded, and the next call tries again", async () => {
  const schemas = { token: {} };
  let tries = 0;
  vi.doMock("./schemas.ts", () => {
    tries++;
    if (tries === 1) throw new TypeError("Failed to fetch dynamically imported module");
    return { schemas };
  });
  const { loadSchemas } = await import("./load-schemas.ts");
  await expect(loadSchemas()).rejects.toMatchObject({ failure: { kind: "network" } });
  expect(await loadSchemas()).toBe(schemas);
  expect(await loadSchemas()).toBe(schemas);
  expect(tries).toBe(2);
});
