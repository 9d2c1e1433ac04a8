import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PendingCreation } from "./pending-secrets.ts";

const pending = (operationKey: string, more: Partial<PendingCreation> = {}): PendingCreation => ({
  operationKey: operationKey.padEnd(16, "x"),
  kind: "database",
  accountId: "a",
  clusterId: "c",
  slug: "c",
  actor: { identity: "management_token:m-1", label: "Ada" },
  wanted: { description: "CI" },
  sentAt: 1,
  ...more,
});

/** As the tab has it; a page that is loaded again starts with a new module and the same storage. */
let kept: Map<string, string>;
let page: Awaited<ReturnType<typeof loadedAgain>>;
beforeEach(async () => {
  kept = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  page = await loadedAgain();
  return () => vi.unstubAllGlobals();
});
async function loadedAgain() {
  vi.resetModules();
  return import("./pending-secrets.ts");
}

describe("pending secrets", () => {
  it("are found by the page that comes after, once", async () => {
    page.keepPending(pending("one"));
    const next = await loadedAgain();
    expect(await next.takeLeftBehind()).toEqual([pending("one")]);
    expect(await next.takeLeftBehind()).toEqual([]);
    next.forgetPending(pending("one").operationKey);
    expect(kept.size).toBe(0);
  });

  it("are not taken by the page that looks after them itself", async () => {
    page.keepPending(pending("two"));
    expect(await page.takeLeftBehind()).toEqual([]);
    page.forgetPending(pending("two").operationKey);
    expect(kept.size).toBe(0);
  });

  it("are taken by the next who asks once they were given back, on the same page as well", async () => {
    page.keepPending(pending("three"));
    expect(await page.takeLeftBehind()).toEqual([]);
    page.releasePending([pending("three").operationKey]);
    expect(await page.takeLeftBehind()).toEqual([pending("three")]);
    expect(await page.takeLeftBehind()).toEqual([]);
    page.forgetPending(pending("three").operationKey);
    expect(kept.size).toBe(0);
  });

  it("outlive signing out, which clears the storage", async () => {
    page.keepPending(pending("four"));
    kept.clear();
    page.releasePending([pending("four").operationKey]);
    expect(await (await loadedAgain()).takeLeftBehind()).toEqual([pending("four")]);
    page.forgetPending(pending("four").operationKey);
  });

  it("are kept once for each attempt, asked about however often", () => {
    page.keepPending(pending("five"));
    page.keepPending(pending("five"));
    expect(JSON.parse([...kept.values()][0] ?? "")).toHaveLength(1);
  });

  it.each(["not json", "{}", '[{"operationKey":"short"}]', "null"])("forget %s", async (text) => {
    page.keepPending(pending("six"));
    for (const key of kept.keys()) kept.set(key, text);
    expect(await (await loadedAgain()).takeLeftBehind()).toEqual([]);
  });
});
