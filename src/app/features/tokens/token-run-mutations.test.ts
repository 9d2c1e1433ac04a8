import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CLUSTERS_KEY } from "#app/api/clusters-api.ts";
import { tokensQuery } from "./token-queries.ts";
import { connectRun } from "./token-run-mutations.ts";

const ids = { accountId: "a", clusterId: "c" };
const query = tokensQuery("database", ids);
const token = (id: string) => ({ id, description: id, permissions: [], createdAt: "2026-01-01T00:00:00Z" });
const list = (...tokens: unknown[]) =>
  new Response(JSON.stringify(tokens), { headers: { "Content-Type": "application/json" } });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.stubGlobal("navigator", { onLine: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connected(later: () => Promise<Response>, mayBePartial = false) {
  const fetch = vi
    .fn<typeof globalThis.fetch>()
    .mockResolvedValueOnce(list(token("a"), token("b"), token("c")))
    .mockImplementation(later);
  vi.stubGlobal("fetch", fetch);
  const client = new QueryClient();
  client.setQueryData(CLUSTERS_KEY, [{ ...ids, slug: "c", listsMayBePartial: mayBePartial }]);
  await client.fetchQuery(query);
  const onPatched = vi.fn<(ids: readonly string[]) => void>();
  const run = connectRun(client, { kind: "database", ids, runId: "run", onPatched });
  const statusOf = (id: string) => {
    const { index } = client.getQueryData(query.queryKey)!;
    return index.tokenAt(index.rowOf(id)!).revokedAt;
  };
  return { client, run, onPatched, fetch, statusOf };
}

it("changes the list once for what was revoked in half a second, with the time that the server said", async () => {
  const { run, onPatched, statusOf } = await connected(() => new Promise(() => {}));
  run.revoked("a", Date.parse("2026-03-01T00:00:00Z"));
  run.revoked("c", undefined);
  expect(statusOf("a")).toBeUndefined();
  await vi.advanceTimersByTimeAsync(500);
  expect(statusOf("a")).toBe("2026-03-01T00:00:00.000Z");
  expect(statusOf("b")).toBeUndefined();
  expect(statusOf("c")).toBeDefined();
  expect(onPatched.mock.calls).toEqual([[["a", "c"]]]);
});

it("reads one list for all who need it, and lets it finish before the rows change", async () => {
  let answer: (response: Response) => void = () => {};
  const { run, fetch, statusOf, onPatched } = await connected(
    () => new Promise((resolve) => (answer = resolve)),
  );
  const asked = Promise.all([run.steps.of("a").findInFreshList(), run.steps.of("b").findInFreshList()]);
  run.revoked("c", 0);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(onPatched).not.toHaveBeenCalled();
  answer(list({ ...token("a"), revokedAt: "2026-02-01T00:00:00Z" }, token("c")));
  expect(await asked).toEqual([expect.objectContaining({ revokedAt: "2026-02-01T00:00:00Z" }), undefined]);
  await vi.advanceTimersByTimeAsync(500);
  expect(statusOf("c")).toBeDefined();
});

it("asks once for all who need it whether a list that lacks their tokens is whole", async () => {
  const json = { "Content-Type": "application/json" };
  const state = { state: "reachable", partialReason: "Some." };
  const answers = [list(), new Response(JSON.stringify(state), { headers: json })];
  const { run, fetch } = await connected(async () => answers.shift()!, true);
  const asked = ["a", "b"].map((id) => run.steps.of(id).findInFreshList());
  const outcomes = Promise.allSettled(asked);
  await vi.advanceTimersByTimeAsync(0);
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ reason: { failure: { kind: "partial", reason: "Some." } } });
  }
  expect(fetch).toHaveBeenCalledTimes(3);
});

it("shows the rest at the end and reads the list again", async () => {
  const { client, run, statusOf } = await connected(() => new Promise(() => {}));
  run.revoked("b", 0);
  run.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(statusOf("b")).toBeDefined();
  expect(client.getQueryState(query.queryKey)?.isInvalidated).toBe(true);
});

it("deletes with the key that the run gives each token", async () => {
  const { run, fetch } = await connected(async () => new Response(null, { status: 204 }));
  await run.steps.of("b").revoke();
  const [, init] = fetch.mock.calls.at(-1)!;
  expect(init?.method).toBe("DELETE");
  expect(new Headers(init?.headers).get("Idempotency-Key")).toBe("revoke-run.run.b");
});

it("leaves alone what it does not hold, what says already when it was, and other lists", async () => {
  const { client, run, onPatched, statusOf } = await connected(() => new Promise(() => {}));
  const other = tokensQuery("management", ids);
  client.setQueryData(other.queryKey, client.getQueryData(query.queryKey));
  run.revoked("a", 1000);
  await vi.advanceTimersByTimeAsync(500);
  const before = client.getQueryData(query.queryKey);
  run.revoked("a", 2000);
  run.revoked("nobody", 2000);
  await vi.advanceTimersByTimeAsync(500);
  expect(statusOf("a")).toBe("1970-01-01T00:00:01.000Z");
  expect(client.getQueryData(query.queryKey)).toBe(before);
  expect(before?.index.total).toBe(3);
  run.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(client.getQueryState(other.queryKey)?.isInvalidated).toBe(false);
  // Nothing was collected since.
  expect(onPatched).toHaveBeenCalledTimes(2);
});

it("has nothing to change where the list is gone", async () => {
  const { client, run, onPatched } = await connected(() => new Promise(() => {}));
  client.removeQueries({ queryKey: query.queryKey });
  run.revoked("a", 1000);
  await vi.advanceTimersByTimeAsync(500);
  expect(client.getQueryData(query.queryKey)).toBeUndefined();
  expect(onPatched.mock.calls).toEqual([[["a"]]]);
});

it("reads one token, waits in seconds and tells the time in milliseconds", async () => {
  const { run, fetch } = await connected(async () => Response.json(token("b")));
  expect(await run.steps.of("b").read()).toMatchObject({ id: "b" });
  expect(fetch.mock.calls.at(-1)?.[0]).toEqual(expect.stringMatching(/\/tokens\/b$/));
  const begun = run.steps.now();
  let over = false;
  void run.steps.wait(2).then(() => (over = true));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over).toBe(true);
  expect(run.steps.now() - begun).toBe(2_000);
});
