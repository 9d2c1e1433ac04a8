import { afterEach, expect, test, vi } from "vitest";
import { START_DATA_ID } from "#contract/start-data.ts";
import { listDatabaseTokens, listManagementTokens } from "#app/api/tokens-api.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

// A classic script, which its page runs once; as a module it runs as often as it is loaded afresh.
const [script] = Object.values(import.meta.glob("./start.js"));

const signedIn = { signedIn: true };
const offered = {
  access: { state: "ready" },
  capabilities: { listManagementTokens: { allowed: true } },
};
const own = { slug: "own", isDefault: true, accountId: "account 1", clusterId: "cluster/1", ...offered };
const other = { slug: "other", isDefault: false, accountId: "account 2", clusterId: "cluster 2", ...offered };

interface Setting {
  pathname: string;
  /** Text of the data block; undefined when the page has none. */
  block?: string | undefined;
  fetch?: (path: string, init: RequestInit) => Promise<Response>;
}

/** Runs the script in a page of that address. */
async function run({ pathname, block, fetch = () => Promise.resolve(new Response("[]")) }: Setting) {
  const asked = vi.fn(fetch);
  const window: { tokenwardEarlyList?: EarlyList } = {};
  const root = { dataset: {} as Record<string, string> };
  const page = {
    window,
    location: { pathname },
    document: {
      documentElement: root,
      getElementById: (id: string) =>
        id === START_DATA_ID && block !== undefined ? { textContent: block } : null,
    },
    fetch: asked,
    matchMedia: () => ({ matches: true, addEventListener() {} }),
    localStorage: { getItem: () => null },
    addEventListener() {},
  };
  for (const [name, value] of Object.entries(page)) vi.stubGlobal(name, value);
  vi.resetModules();
  await script?.();
  vi.unstubAllGlobals();
  return { asked, early: window.tokenwardEarlyList, theme: root.dataset["theme"] };
}

async function pathAskedFor(pathname: string, start: unknown): Promise<string | undefined> {
  const { asked, early } = await run({ pathname, block: JSON.stringify(start) });
  expect(early?.path).toBe(asked.mock.calls[0]?.[0]);
  return early?.path;
}

test("each page of tokens asks for its list", async () => {
  const start = { session: signedIn, clusters: [other, own] };
  const database = "/api/v0/accounts/account%201/clusters/cluster%2F1/tokens";
  expect(await pathAskedFor("/", start)).toBe(database);
  expect(await pathAskedFor("/clusters/own", start)).toBe(database);
  expect(await pathAskedFor("/clusters/own/database-tokens", start)).toBe(database);
  expect(await pathAskedFor("/clusters/own/management-tokens", start)).toBe(
    "/api/v0/accounts/account%201/management-tokens",
  );
  expect(await pathAskedFor("/clusters/other/database-tokens", start)).toBe(
    "/api/v0/accounts/account%202/clusters/cluster%202/tokens",
  );
});

test.each([
  "/sign-in",
  "/clusters",
  "/clusters/",
  "/clusters/own/",
  "/clusters/own/database-tokens/",
  "/clusters/own/database-tokens/7f",
  "/clusters/unknown/database-tokens",
  "/clusters/own/activity",
  "//clusters/own",
])("%s is left to the application", async (pathname) => {
  expect(await pathAskedFor(pathname, { session: signedIn, clusters: [own] })).toBeUndefined();
});

test.each([
  undefined,
  "",
  "{",
  "null",
  "[]",
  "7",
  JSON.stringify({ session: { signedIn: false }, clusters: [own] }),
  JSON.stringify({ session: signedIn }),
  JSON.stringify({ session: signedIn, clusters: {} }),
  JSON.stringify({ session: signedIn, clusters: [null] }),
  JSON.stringify({ session: signedIn, clusters: [{ ...own, clusterId: 7 }] }),
  JSON.stringify({
    session: signedIn,
    clusters: [{ ...own, access: { state: "credential_needed", reason: "No." } }],
  }),
])("with the data %s nothing is asked for, and the theme is set all the same", async (block) => {
  const { asked, early, theme } = await run({ pathname: "/clusters/own/database-tokens", block });
  expect(asked).not.toHaveBeenCalled();
  expect(early).toBeUndefined();
  expect(theme).toBe("dark");
});

test("management tokens that the cluster does not offer are not asked for", async () => {
  const without = { ...own, capabilities: { listManagementTokens: { allowed: false, reason: "No." } } };
  const start = { session: signedIn, clusters: [without] };
  expect(await pathAskedFor("/clusters/own/management-tokens", start)).toBeUndefined();
  expect(await pathAskedFor("/clusters/own/database-tokens", start)).toBeDefined();
});

test("the request is the one that the application would send", async () => {
  vi.stubGlobal("navigator", { onLine: true });
  const byApplication = vi.fn((_path: string, _init: RequestInit) => Promise.resolve(new Response("[]")));
  vi.stubGlobal("fetch", byApplication);
  const request = { pace: "first" as const, onRows() {}, onColumns() {} };
  // What becomes of the answer is another matter.
  await listDatabaseTokens(own, request).catch(() => {});
  await listManagementTokens(own, request).catch(() => {});

  const block = JSON.stringify({ session: signedIn, clusters: [own] });
  const database = await run({ pathname: "/clusters/own/database-tokens", block });
  const management = await run({ pathname: "/clusters/own/management-tokens", block });
  const early = [database, management].map(({ asked }) => asked.mock.calls[0]);
  const comparable = (call: [string, RequestInit] | undefined) => {
    const { method = "GET", headers, signal: _signal, ...rest } = call?.[1] ?? {};
    return { path: call?.[0], method, headers: [...new Headers(headers)], ...rest };
  };
  expect(byApplication).toHaveBeenCalledTimes(2);
  expect(early.map(comparable)).toEqual(byApplication.mock.calls.map(comparable));
});

test("a failure that nobody takes over is nobody's news, and who takes it over gets it", async () => {
  const failed = Promise.reject(new TypeError("refused"));
  const caught = vi.spyOn(failed, "then");
  const { early } = await run({
    pathname: "/",
    block: JSON.stringify({ session: signedIn, clusters: [own] }),
    fetch: () => failed,
  });
  expect(caught.mock.calls.some(([, onRejected]) => typeof onRejected === "function")).toBe(true);
  await expect(early?.answer).rejects.toThrow("refused");
});

test("it can be given up", async () => {
  const { asked, early } = await run({
    pathname: "/",
    block: JSON.stringify({ session: signedIn, clusters: [own] }),
  });
  early?.abort.abort();
  expect(asked.mock.calls[0]?.[1].signal?.aborted).toBe(true);
});
