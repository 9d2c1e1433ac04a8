import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { firstPart } from "./first-part.ts";
import { token } from "./tokens-for-tests.ts";

afterEach(() => {
  vi.useRealTimers();
});

const ids = { accountId: "a", clusterId: "c" };
const PATH = "/api/v0/accounts/a/clusters/c/tokens";

/** What start.js leaves: a list that was asked for, and when its answer came. */
function asked(answer: Response | undefined, path = PATH): void {
  const early: EarlyList = {
    path,
    answer: answer === undefined ? new Promise(() => {}) : Promise.resolve(answer),
    abort: new AbortController(),
    ...(answer === undefined ? {} : { answeredAt: Date.now() }),
  };
  vi.stubGlobal("window", { tokenwardEarlyList: early });
  vi.stubGlobal("document", { visibilityState: "hidden" });
}

/** An answer whose body begins with this, and goes on or not. */
function answerOf(text: string, { status = 200, ends = true } = {}): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (ends) controller.close();
    },
  });
  return new Response(body, { status, headers: { "Content-Type": "application/json" } });
}

/** Asks again after a failure. */
const persistent = { defaultOptions: { queries: { retry: 2 } } };

const rows = (count: number) =>
  `[${Array.from({ length: count }, (_, at) => `\n${JSON.stringify(token(`id ${at}`))}`).join(",")}]`;

it("gives the first rows of a list that goes on", async () => {
  asked(answerOf(rows(60).replace(/\]$/, ","), { ends: false }));
  const part = await firstPart(new QueryClient(), "database", ids);
  expect(part?.complete).toBe(false);
  // Of the last one nobody knows yet whether it is whole.
  expect(part?.index.total).toBe(59);
});

it("gives a short list as a whole", async () => {
  asked(answerOf(rows(3)));
  const part = await firstPart(new QueryClient(), "database", ids);
  expect(part).toMatchObject({ complete: true, index: { total: 3 } });
});

it("asks for nothing where another list was asked for", async () => {
  asked(answerOf(rows(3)), "/api/v0/accounts/a/management-tokens");
  const client = new QueryClient();
  expect(await firstPart(client, "database", ids)).toBeUndefined();
  expect(client.isFetching()).toBe(0);
});

it("waits for no answer that is slow, and reads it when it comes", async () => {
  asked(undefined);
  vi.useFakeTimers();
  const client = new QueryClient();
  const part = firstPart(client, "database", ids);
  await vi.advanceTimersByTimeAsync(40);
  expect(await part).toBeUndefined();
  expect(client.isFetching()).toBe(1);
});

it.each([
  ["refused", answerOf(`{"reason":"forbidden"}`, { status: 403 })],
  ["broken, and is asked for again", answerOf("<html>", { status: 502 })],
])("waits no longer for a list that is %s", async (_what, answer) => {
  asked(answer);
  // They stand still: nothing here waits for one.
  vi.useFakeTimers();
  expect(await firstPart(new QueryClient(persistent), "database", ids)).toBeUndefined();
});
