import { describe, expect, it } from "vitest";
import type { Failure } from "#app/api/api-error.ts";
import type { ProblemReason } from "#contract/problem.ts";
import { absentWords, whyNot } from "./token-change-words.ts";

function refused(status: number, reason: ProblemReason, message: string): Failure {
  return {
    kind: "problem",
    status,
    problem: { code: status, message, reason, requestId: "r-1" },
    retryAfter: undefined,
  };
}

describe("whyNot", () => {
  it.each<[string, Failure, string]>([
    ["a refusal", refused(403, "forbidden", "Not for you."), "Not for you. (Request r-1)"],
    ["too much", refused(429, "rate_limited", "Wait a minute."), "Wait a minute. (Request r-1)"],
    ["no session", refused(401, "session_ended", "Sign in again."), "Sign in again. (Request r-1)"],
    ["no network", { kind: "offline" }, "This browser is offline. Nothing was sent."],
    [
      "a lost request",
      { kind: "network" },
      "The request was lost. Reading the token back shows it as it was.",
    ],
    [
      "a late answer",
      { kind: "timeout", seconds: 15 },
      "The request was lost. Reading the token back shows it as it was.",
    ],
  ])("tells %s from others", (_, failure, words) => {
    expect(whyNot({ kind: "not_saved", failure })).toBe(words);
  });

  it("says that nothing is known, with the request id that there is", () => {
    const words = whyNot({
      kind: "unknown",
      failure: { kind: "network" },
      readFailure: refused(503, "unavailable", "Try later."),
    });
    expect(words).toMatch(/^The gateway did not answer.*could not be read back.*\(Request r-1\)$/);
  });

  it("draws what a server says visibly", () => {
    expect(whyNot({ kind: "not_saved", failure: refused(403, "forbidden", "a\u202eb") })).not.toContain(
      "\u202e",
    );
  });
});

it("does not say that a token is gone where lists may leave tokens out", () => {
  expect(absentWords({ listsMayBePartial: false })).toMatch(/revoked, or taken away/);
  expect(absentWords({ listsMayBePartial: true })).not.toMatch(/revoked|taken away/);
  expect(absentWords({ listsMayBePartial: true })).toMatch(/not known/);
});
