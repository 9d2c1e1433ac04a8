import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "#app/api/api-error.ts";
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
    expect(await findInFreshList(gone, "database", ids, "t")).toBeUndefined();
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
