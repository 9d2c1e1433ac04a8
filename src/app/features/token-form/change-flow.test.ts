import { describe, expect, it } from "vitest";
import { ApiError } from "#app/api/api-error.ts";
import type { ProblemReason } from "#contract/problem.ts";
import {
  changedMeanwhile,
  readProblem,
  stepAfter,
  stepAfterFault,
  updateBetween,
  type Failure,
  type SuspendedReading,
  goneWords,
} from "./change-flow.ts";
import { grants, reordered } from "./permissions-for-tests.ts";

const words = { notDone: "Not saved.", unknown: "Not known." };

function refused(status: number, reason: ProblemReason, retryAfter?: number): Failure {
  const problem = { code: status, message: "The server's words.", reason, requestId: "r-1" };
  return { kind: "problem", status, problem, retryAfter };
}

describe("stepAfter", () => {
  it("gives a refusal in the server's words, with its request id", () => {
    expect(stepAfter({ kind: "not_saved", failure: refused(403, "forbidden") }, words, 0)).toEqual({
      step: "asking",
      problem: { title: "Not saved.", detail: "The server's words.", requestId: "r-1" },
      wait: undefined,
    });
  });

  it("counts down what the server asked for, or a second when it did not say", () => {
    const after = (seconds?: number) =>
      stepAfter({ kind: "not_saved", failure: refused(429, "rate_limited", seconds) }, words, 1000);
    expect(after(7)).toMatchObject({ wait: { from: 1000, until: 8000 } });
    expect(after()).toMatchObject({ wait: { from: 1000, until: 2000 } });
  });

  it.each<[string, Failure, string]>([
    ["a lost request that reading settled", { kind: "network" }, "shows it as it was"],
    ["a late one", { kind: "timeout", seconds: 15 }, "shows it as it was"],
    ["a session that ended", refused(401, "session_ended"), "Sign in and try again"],
    ["no network", { kind: "offline" }, "Nothing was sent"],
  ])("says what to make of %s", (_, failure, detail) => {
    expect(stepAfter({ kind: "not_saved", failure }, words, 0)).toMatchObject({
      problem: { detail: expect.stringContaining(detail) },
    });
  });

  it("keeps what the attempt met, for looking again", () => {
    const failure = refused(503, "unavailable");
    expect(stepAfter({ kind: "unknown", failure, readFailure: { kind: "network" } }, words, 0)).toMatchObject(
      {
        step: "unknown",
        failure,
        problem: { title: "Not known.", detail: expect.stringContaining("failed as well"), requestId: "r-1" },
      },
    );
    expect(stepAfter({ kind: "unknown", failure, readFailure: failure }, words, 0)).toMatchObject({
      problem: { detail: "The server's words. Nor could the token be read back." },
    });
    expect(stepAfter({ kind: "unknown", failure, readFailure: undefined }, words, 0)).toMatchObject({
      problem: { detail: "The server's words. Nor could the token be read back." },
    });
  });
});

describe("stepAfterFault", () => {
  it("knows nothing, and lets look again", () => {
    expect(stepAfterFault(words)).toEqual({
      step: "unknown",
      failure: { kind: "network" },
      problem: { title: "Not known.", detail: "Something in this page failed.", requestId: undefined },
    });
  });
});

describe("changedMeanwhile", () => {
  const suspension = {
    suspendedAt: "2026-02-01T00:00:00Z",
    suspendedBy: "Ada",
    permissions: grants("read:a write:a"),
  };
  const token = { id: "t", description: "x", permissions: [], createdAt: "2026-01-01T00:00:00Z" };
  const reading = (more: object = {}, kept: object = {}): SuspendedReading => ({
    token: { ...token, ...more },
    etag: '"t"',
    kept: { suspension: { ...suspension, ...kept }, etag: '"k"' },
  });

  it.each<[string, SuspendedReading]>([
    ["", reading({}, { permissions: reordered(suspension.permissions) })],
    ["its description", reading({ description: "y" })],
    ["the permissions that it has", reading({ permissions: grants("read:b") })],
    ["who suspended it and when", reading({}, { suspendedAt: "2026-02-02T00:00:00Z" })],
    [
      "its description, the permissions that it has and the permissions that are kept for it",
      reading({ description: "y", permissions: grants("read:b") }, { permissions: grants("read:c") }),
    ],
  ])("names what changed: %s", (named, now) => {
    expect(changedMeanwhile(reading(), now)).toBe(named);
  });
});

describe("readProblem", () => {
  it("has the server's words and the request id", () => {
    expect(readProblem(new ApiError(refused(404, "not_found")))).toEqual({
      title: "The token could not be read.",
      detail: "The server's words.",
      requestId: "r-1",
    });
    expect(readProblem(null)).toBeUndefined();
    expect(readProblem(new TypeError("a bug"))).toMatchObject({ detail: "Something in this page failed." });
  });
});

describe("updateBetween", () => {
  const base = { description: "x", permissions: grants("read:a write:a") };
  it.each([
    ["nothing", base, undefined],
    ["another order", { ...base, permissions: reordered(base.permissions) }, undefined],
    ["a description", { ...base, description: "" }, { description: "" }],
    ["permissions", { ...base, permissions: [] }, { permissions: [] }],
    [
      "both",
      { description: "y", permissions: grants("read:b") },
      { description: "y", permissions: grants("read:b") },
    ],
  ])("sends what changed and no more: %s", (_, wish, update) => {
    expect(updateBetween(base, wish)).toEqual(update);
  });
});

describe("goneWords", () => {
  it("tells a token that was revoked from one that is not there any more", () => {
    expect(goneWords("revoked")).toBe("This token was revoked meanwhile.");
    expect(goneWords("absent")).toBe("This token was deleted meanwhile.");
  });
});
