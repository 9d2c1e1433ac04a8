import { describe, expect, it } from "vitest";
import { consentLapsed, stepAfter, type RevokeOutcome } from "./revoke-flow.ts";

type Failure = Extract<RevokeOutcome, { kind: "not_done" }>["failure"];

function refused(
  status: number,
  reason: "forbidden" | "rate_limited" | "session_ended",
  retryAfter?: number,
): Failure {
  const problem = { code: status, message: "The server's words.", reason, requestId: "r-1" };
  return { kind: "problem", status, problem, retryAfter };
}

describe("stepAfter", () => {
  it("gives a refusal in the server's words, with its request id", () => {
    expect(stepAfter({ kind: "not_done", failure: refused(403, "forbidden") }, 0, "revoked")).toEqual({
      step: "asking",
      problem: {
        title: "The token was not revoked.",
        detail: "The server's words.",
        requestId: "r-1",
      },
      wait: undefined,
    });
  });

  it("counts down what the server asked for, or a second when it did not say", () => {
    expect(
      stepAfter({ kind: "not_done", failure: refused(429, "rate_limited", 7) }, 1000, "revoked"),
    ).toMatchObject({
      wait: { from: 1000, until: 8000 },
    });
    expect(
      stepAfter({ kind: "not_done", failure: refused(429, "rate_limited") }, 1000, "revoked"),
    ).toMatchObject({
      wait: { from: 1000, until: 2000 },
    });
  });

  it("does not say that nobody answers once reading has settled it", () => {
    const step = stepAfter({ kind: "not_done", failure: { kind: "network" } }, 0, "revoked");
    expect(step).toMatchObject({ problem: { detail: expect.stringContaining("shows it active") } });
  });

  it("keeps the failure of what is unknown, and says the same reason once", () => {
    const network: Failure = { kind: "network" };
    const step = stepAfter({ kind: "unknown", failure: network, readFailure: network }, 0, "revoked");
    expect(step).toMatchObject({ step: "unknown", failure: network });
    const words = step.step === "unknown" ? step.problem.detail : "";
    expect(words.match(/did not answer/g)).toHaveLength(1);
  });
});

describe("consentLapsed", () => {
  it("does with the session, not with another refusal", () => {
    expect(consentLapsed({ kind: "not_done", failure: refused(401, "session_ended") })).toBe(true);
    expect(consentLapsed({ kind: "not_done", failure: refused(403, "forbidden") })).toBe(false);
  });
});
