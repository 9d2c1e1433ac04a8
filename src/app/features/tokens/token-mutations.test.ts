import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClusterState } from "#contract/cluster.ts";
import { ApiError } from "#app/api/api-error.ts";
import { CLUSTERS_KEY } from "#app/api/clusters-api.ts";
import { findInFreshList } from "./token-mutations.ts";
import { tokensQuery } from "./token-queries.ts";

const ids = { accountId: "a", clusterId: "c" };
const query = tokensQuery("database", ids);
const token = { id: "t", description: "t", permissions: [], createdAt: "2026-01-01T00:00:00Z" };

const json = { "Content-Type": "application/json" };
const list = (...tokens: unknown[]) => new Response(JSON.stringify(tokens), { headers: json });

beforeEach(() => vi.stubGlobal("navigator", { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

/** A client that has read the list once, and what answers the next reading. */
async function clientWith(first: Response, then: () => Promise<Response>): Promise<QueryClient> {
  const fetch = vi.fn<typeof globalThis.fetch>().mockResolvedValueOnce(first).mockImplementation(then);
  vi.stubGlobal("fetch", fetch);
  const client = new QueryClient();
  await client.fetchQuery(query);
  return client;
}

describe("findInFreshList", () => {
  it("says what a new and complete list says", async () => {
    const revoked = { ...token, revokedAt: "2026-02-01T00:00:00Z" };
    const found = await clientWith(list(token), async () => list(revoked));
    expect(await findInFreshList(found, "database", ids, "t")).toEqual(revoked);
    const gone = await clientWith(list(token), async () => list());
    gone.setQueryData(CLUSTERS_KEY, [{ ...ids, slug: "c", listsMayBePartial: false }]);
    expect(await findInFreshList(gone, "database", ids, "t")).toBeUndefined();
  });

  describe("where lists may leave out what the caller may not see", () => {
    const absentFrom = async (state: () => Promise<Response>) => {
      const answers = [async () => list(), state];
      const client = await clientWith(list(token), () => answers.shift()?.() ?? Promise.reject(new Error()));
      client.setQueryData(CLUSTERS_KEY, [{ ...ids, slug: "c", listsMayBePartial: true }]);
      return findInFreshList(client, "database", ids, "t");
    };
    const stateIs = (state: ClusterState) => async () =>
      new Response(JSON.stringify(state), { headers: json });

    it("takes an absence for proof once the cluster shows everything", async () => {
      expect(await absentFrom(stateIs({ state: "reachable" }))).toBeUndefined();
    });

    it("takes it for none where the list may be partial, or nobody can tell", async () => {
      await expect(absentFrom(stateIs({ state: "reachable", partialReason: "Some." }))).rejects.toThrow(
        "The list does not show it, which proves nothing. Some.",
      );
      await expect(absentFrom(stateIs({ state: "unreachable", reason: "Down." }))).rejects.toThrow("Down.");
      await expect(absentFrom(() => Promise.reject(new TypeError("lost")))).rejects.toThrow("did not answer");
    });

    it("asks nothing more for a token that is there", async () => {
      const client = await clientWith(list(token), async () => list(token));
      client.setQueryData(CLUSTERS_KEY, [{ ...ids, slug: "c", listsMayBePartial: true }]);
      expect(await findInFreshList(client, "database", ids, "t")).toEqual(token);
      expect(fetch).toHaveBeenCalledTimes(2);
    });
  });

  it("takes an absence for no proof in a cluster that is not known any more", async () => {
    const client = await clientWith(list(token), async () => list());
    await expect(findInFreshList(client, "database", ids, "t")).rejects.toThrow("not known here");
  });

  it("does not take the list of before for a new one when the reading is given up", async () => {
    // The list of before does not have the token: it would prove that it is gone.
    const client = await clientWith(list(), () => new Promise(() => {}));
    const leave = new QueryObserver(client, { ...query, enabled: false }).subscribe(() => {});
    const asked = findInFreshList(client, "database", ids, "t");
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
    const failure = asked.then(
      () => undefined,
      (error: unknown) => error,
    );
    leave();
    await client.cancelQueries(query);
    const error = await failure;
    expect(error instanceof ApiError && error.failure.kind).toBe("cancelled");
  });

  it("does not take an absence for proof when a row cannot be read", async () => {
    const odd = { ...token, createdAt: "yesterday" };
    const client = await clientWith(list(token), async () => list(odd));
    await expect(findInFreshList(client, "database", ids, "t")).rejects.toThrow("not what the gateway sends");
  });
});
