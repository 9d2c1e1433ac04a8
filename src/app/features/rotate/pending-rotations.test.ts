import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  forgetPendingRotation,
  forgetRotation,
  keepPendingRotation,
  namePendingRotation,
  pendingRotationsOf,
  takeLeftBehind,
  type PendingRotation,
} from "./pending-rotations.ts";

const attempt = (name: string, more: Partial<PendingRotation> = {}): PendingRotation => ({
  operationKey: name.padEnd(16, "x"),
  actor: "operator",
  slug: "own",
  kind: "database",
  tokenId: "old",
  ...more,
});
const rotation = { id: "r-1", oldTokenId: "old" };
const names = (all: readonly PendingRotation[]) =>
  all.map(({ operationKey }) => operationKey.replace(/x+$/, ""));

let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  return () => vi.unstubAllGlobals();
});

describe("pending rotations", () => {
  it("a later attempt to rotate the same token takes no key away from an earlier one, nor does forgetting it", async () => {
    keepPendingRotation(attempt("first"));
    keepPendingRotation(attempt("refused"));
    expect(names(await pendingRotationsOf("own", rotation))).toEqual(["refused", "first"]);
    forgetPendingRotation(attempt("refused").operationKey);
    expect(names(await pendingRotationsOf("own", rotation))).toEqual(["first"]);
  });

  it("are kept one by one, whatever comes at the same moment", async () => {
    const all = ["one", "two", "three"];
    await Promise.all(all.map(async (name) => keepPendingRotation(attempt(name))));
    expect(names(await pendingRotationsOf("own", rotation))).toHaveLength(3);
    keepPendingRotation(attempt("one", { expiresAt: "2030-01-01T00:00:00Z" }));
    const [latest] = await pendingRotationsOf("own", rotation);
    expect(latest?.expiresAt).toBe("2030-01-01T00:00:00Z");
    expect(names(await pendingRotationsOf("own", rotation))).toHaveLength(3);
  });

  it("belong to a rotation of the same token and cluster, and to one only once that is known", async () => {
    keepPendingRotation(attempt("here"));
    keepPendingRotation(attempt("elsewhere", { slug: "other" }));
    keepPendingRotation(attempt("another", { tokenId: "another" }));
    const [key = ""] = kept.keys();
    kept.set(
      key,
      JSON.stringify([{ operationKey: "of an earlier version" }, ...JSON.parse(kept.get(key) ?? "")]),
    );
    expect(names(await pendingRotationsOf("own", rotation))).toEqual(["here"]);
    namePendingRotation(attempt("here").operationKey, "r-2");
    expect(await pendingRotationsOf("own", rotation)).toEqual([]);
    expect(names(await pendingRotationsOf("own", { ...rotation, id: "r-2" }))).toEqual(["here"]);
    forgetRotation("r-1");
    expect(names(await pendingRotationsOf("own", { ...rotation, id: "r-2" }))).toEqual(["here"]);
    forgetRotation("r-2");
    expect(await pendingRotationsOf("own", { ...rotation, id: "r-2" })).toEqual([]);
    expect(kept.size).toBe(1);
  });

  it("were left behind when an earlier page kept them, which is said once", async () => {
    keepPendingRotation(attempt("attended"));
    expect(takeLeftBehind(await pendingRotationsOf("own", rotation))).toBe(false);
    vi.resetModules();
    const next = await import("./pending-rotations.ts");
    expect(next.takeLeftBehind(await next.pendingRotationsOf("own", rotation))).toBe(true);
    expect(next.takeLeftBehind(await next.pendingRotationsOf("own", rotation))).toBe(false);
    expect(next.takeLeftBehind([])).toBe(false);
  });

  it.each(["not json", "{}", '[{"operationKey":"short"}]', "null", "[null]"])(
    "of %s are none",
    async (text) => {
      keepPendingRotation(attempt("x"));
      for (const key of kept.keys()) kept.set(key, text);
      expect(await pendingRotationsOf("own", rotation)).toEqual([]);
    },
  );
});
