import { expect, test } from "vitest";
import { type ClusterEntry, createClusterRegistry } from "./clusters.ts";
import { startTestGateway } from "./gateway-for-tests.ts";

const MADE_UP = "11111111-1111-1111-1111-111111111111";
const A = "aaaaaaaa-1111-4111-8111-111111111111";
const B = "bbbbbbbb-1111-4111-8111-111111111111";

async function registryOf(...clusters: Partial<ClusterEntry["cluster"]>[]) {
  const gateway = await startTestGateway();
  const { main } = gateway.options.clusters;
  await gateway.close();
  return createClusterRegistry(
    clusters.map((cluster) => ({ ...main, cluster: { ...main.cluster, isDefault: false, ...cluster } })),
  );
}

test("the default cluster is the one that says so, else the first", async () => {
  const named = await registryOf({ slug: "a" }, { slug: "b", isDefault: true });
  expect([named.main.cluster.slug, named.findSlug("a").cluster.slug]).toEqual(["b", "a"]);
  expect((await registryOf({ slug: "a" }, { slug: "b" })).main.cluster.slug).toBe("a");
  expect(() => named.findSlug("c")).toThrow("no such cluster");
});

test("the made-up pair means the default cluster, unless a cluster has it for its ids", async () => {
  const ids = { accountId: A, clusterId: B, slug: "a", isDefault: true };
  const plain = await registryOf(ids);
  expect(plain.find(MADE_UP, MADE_UP).cluster.slug).toBe("a");
  const real = await registryOf(ids, { accountId: MADE_UP, clusterId: MADE_UP, slug: "b" });
  expect(real.find(MADE_UP, MADE_UP).cluster.slug).toBe("b");
  expect(real.find(A.toUpperCase(), B).cluster.slug).toBe("a");
  expect(() => real.find(MADE_UP, B)).toThrow("no such cluster in this account");
});

test("an account is found by any of its clusters, one that is preferred before the default one", async () => {
  const registry = await registryOf(
    { accountId: A, slug: "first" },
    { accountId: A, slug: "main", isDefault: true },
    { accountId: B, slug: "other" },
  );
  expect(registry.findAccount(A).cluster.slug).toBe("main");
  expect(registry.findAccount(A, ({ cluster }) => cluster.slug === "first").cluster.slug).toBe("first");
  expect(registry.findAccount(B, () => false).cluster.slug).toBe("other");
  expect(() => registry.findAccount(MADE_UP)).toThrow("no such account");
});
