import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./api-error.ts";
import { onSessionEnded, retryAfterSeconds, send } from "./http.ts";

const json = { "Content-Type": "application/json; charset=utf-8" };

function answerWith(body: string | null, init: ResponseInit = {}) {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response(body, init));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error.failure;
}

beforeEach(() => vi.stubGlobal("navigator", { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

describe("send", () => {
  it("marks every request as our own and sends the key only with what changes something", async () => {
    const fetch = answerWith("[]", { headers: json });
    await send({ path: "/api/clusters" });
    const headers = new Headers(fetch.mock.calls[0]?.[1]?.headers);
    expect(headers.get("X-Tokenward-Request")).toBe("background");
    expect(headers.has("Idempotency-Key")).toBe(false);
  });

  it("gives a problem in the server's words with its request id", async () => {
    const problem = { code: 409, message: "It is revoked.", reason: "conflict", requestId: "r-1" };
    answerWith(JSON.stringify(problem), { status: 409, headers: json });
    expect(await failureOf(send({ path: "/api/x" }))).toEqual({
      kind: "problem",
      status: 409,
      problem,
      retryAfter: undefined,
    });
  });

  it.each([
    ["HTML with 200", "<html>", { status: 200, headers: { "Content-Type": "text/html" } }],
    ["HTML with 404", "<html>", { status: 404, headers: { "Content-Type": "text/html" } }],
    ["JSON that is cut", '[{"id":', { status: 200, headers: json }],
    ["an error without the agreed body", '{"message":"no"}', { status: 500, headers: json }],
  ])("calls %s unreadable", async (_, body, init) => {
    answerWith(body, init);
    expect(await failureOf(send({ path: "/api/x" }))).toMatchObject({
      kind: "unreadable",
      status: init.status,
    });
  });

  it("tells a broken line from a deadline and from a wish to stop", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await failureOf(send({ path: "/api/x" }))).toEqual({ kind: "network" });

    vi.stubGlobal("fetch", hang);
    expect(await failureOf(send({ path: "/api/x", timeoutSeconds: 0.01 }))).toEqual({
      kind: "timeout",
      seconds: 0.01,
    });

    const stop = new AbortController();
    const sent = failureOf(send({ path: "/api/x", signal: stop.signal }));
    stop.abort();
    expect(await sent).toEqual({ kind: "cancelled" });
  });

  it("sends nothing while offline", async () => {
    const fetch = answerWith("[]", { headers: json });
    vi.stubGlobal("navigator", { onLine: false });
    expect(await failureOf(send({ path: "/api/x" }))).toEqual({ kind: "offline" });
    expect(fetch).not.toHaveBeenCalled();
  });

  it("reports the end of a session, and only that", async () => {
    const ended = vi.fn();
    onSessionEnded(ended);
    const problem = (reason: string) => JSON.stringify({ code: 401, message: "no", reason, requestId: "r" });
    answerWith(problem("credential_refused"), { status: 401, headers: json });
    await failureOf(send({ path: "/api/x" }));
    expect(ended).not.toHaveBeenCalled();
    answerWith(problem("session_ended"), { status: 401, headers: json });
    await failureOf(send({ path: "/api/x" }));
    expect(ended).toHaveBeenCalledOnce();
  });
});

function hang(_: unknown, init?: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
  });
}

describe("retryAfterSeconds", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    ["7", 7],
    ["0", 1],
    ["9999", 300],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 1],
    ["soon", undefined],
    [null, undefined],
  ])("reads %s as %s", (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});
