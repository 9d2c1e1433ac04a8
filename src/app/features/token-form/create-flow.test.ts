import { describe, expect, it } from "vitest";
import type { Failure } from "#app/api/api-error.ts";
import type { Problem } from "#contract/problem.ts";
import {
  descriptionFault,
  lostSecret,
  stepAfter,
  unknownAfter,
  wantedToken,
  type FormValue,
} from "./create-flow.ts";
import { INITIAL_EXPIRY } from "./expiry.ts";

const network: Failure = { kind: "network" };
function refusal(
  more: Partial<Problem> & Pick<Problem, "reason">,
  status = 400,
  retryAfter?: number,
): Failure {
  const problem = { code: status, message: "The server's words.", requestId: "r-1", ...more };
  return { kind: "problem", status, problem, retryAfter };
}
const moment = { now: Date.parse("2026-11-22T09:30:20Z"), zone: "Europe/Berlin" };
const value: FormValue = {
  description: "CI",
  expiry: INITIAL_EXPIRY,
  permissions: [{ action: "read", resource: "*" }],
};

describe("wantedToken", () => {
  it("asks for permissions of a database token only", () => {
    expect(wantedToken("database", value, moment)).toEqual({
      description: "CI",
      permissions: value.permissions,
      expiresAt: "2027-02-20T09:31:00.000Z",
    });
    expect(wantedToken("management", value, moment)).not.toHaveProperty("permissions");
  });
  it("sends no expiry for never", () => {
    const never = { ...value, expiry: { ...INITIAL_EXPIRY, choice: "never" as const } };
    expect(wantedToken("management", never, moment)).toEqual({ description: "CI" });
  });
  it("is nothing as long as something is wrong", () => {
    const exact = { choice: "exact" as const, date: "2027-03-28", time: "02:30" };
    expect(wantedToken("database", { ...value, expiry: exact }, moment)).toBeUndefined();
    expect(wantedToken("database", { ...value, description: "" }, moment)).toBeUndefined();
  });
});

describe("descriptionFault", () => {
  it.each([
    ["", "Enter what the token is for."],
    ["  ", "Enter what the token is for."],
    ["a\u0000", "The description must not contain the NUL character."],
    ["a\ud800", "The description must not contain half of a surrogate pair."],
    ["CI", undefined],
    [" \u202eCI", undefined],
  ])("of %j is %s", (description, fault) => expect(descriptionFault(description)).toBe(fault));
});

describe("stepAfter", () => {
  const detailOf = (failure: Failure) => {
    const step = stepAfter({ kind: "not_created", failure }, 0);
    return step.step === "editing" ? step.problem : undefined;
  };

  it("keeps the form with the server's words, at the field that it names", () => {
    expect(stepAfter({ kind: "not_created", failure: refusal({ reason: "invalid_request" }) }, 0)).toEqual({
      step: "editing",
      problem: {
        title: "The token was not created.",
        detail: "The server's words.",
        requestId: "r-1",
        field: undefined,
      },
      wait: undefined,
    });
    for (const [field, shown] of [
      ["description", "description"],
      ["permissions.0.resource", "permissions"],
      ["permissions[2].action", "permissions"],
      ["expiresAt", "expiresAt"],
      ["Idempotency-Key", undefined],
    ] as const) {
      expect(detailOf(refusal({ reason: "invalid_request", field }))?.field).toBe(shown);
    }
  });

  it("counts down after too many requests", () => {
    const limited = refusal({ reason: "rate_limited" }, 429, 7);
    expect(stepAfter({ kind: "not_created", failure: limited }, 1000)).toMatchObject({
      wait: { from: 1000, until: 8000 },
    });
    const unsaid = refusal({ reason: "rate_limited" }, 429);
    expect(stepAfter({ kind: "not_created", failure: unsaid }, 0)).toMatchObject({ wait: { until: 1000 } });
  });

  it("says of a lost request that it is final", () => {
    for (const failure of [network, { kind: "timeout", seconds: 30 } as const]) {
      expect(detailOf(failure)?.detail).toBe(
        "The request was lost, and the gateway will not take it any more. Nothing was created.",
      );
    }
    expect(detailOf({ kind: "unreadable", status: 200, requestId: "r-2" })).toMatchObject({
      detail: expect.stringMatching(/status 200.*The gateway says that nothing was created\.$/),
      requestId: "r-2",
    });
  });

  it("says what to do when the session had ended, and what being offline means", () => {
    expect(detailOf(refusal({ reason: "session_ended" }, 401))?.detail).toMatch(/^Your session had ended/);
    expect(detailOf({ kind: "offline" })?.detail).toBe("This browser is offline. Nothing was sent.");
  });

  it("says unknown with both reasons, and with what is to be quoted", () => {
    const odd: Failure = { kind: "unreadable", status: 200, requestId: "r-1" };
    expect(stepAfter({ kind: "unknown", failure: odd, checkFailure: network }, 0)).toMatchObject({
      step: "unknown",
      failure: odd,
      problem: {
        title: "It is not known whether the token was created.",
        detail: expect.stringMatching(
          /status 200.*Asking what became of it failed as well: The gateway did not/,
        ),
        requestId: "r-1",
      },
    });
    const both = {
      kind: "unknown",
      failure: network,
      checkFailure: refusal({ reason: "internal" }, 500),
    } as const;
    expect(stepAfter(both, 0)).toMatchObject({ problem: { requestId: "r-1" } });
    expect(stepAfter({ kind: "unknown", failure: network, checkFailure: network }, 0)).toMatchObject({
      problem: { detail: "The gateway did not answer. It may be stopped, or the connection broke." },
    });
    expect(stepAfter({ kind: "unknown", failure: network, checkFailure: undefined }, 0)).toMatchObject({
      problem: { detail: expect.stringMatching(/The gateway has not finished with it\.$/) },
    });
  });

  it("leaves the form as it is when the secret is lost", () => {
    const token = { id: "a", description: "CI", createdAt: "2026-01-01T00:00:00Z" };
    const outcomes = [
      { kind: "created_secret_lost", tokenId: "a", how: "compared" },
      { kind: "candidates", tokens: [token, { ...token, id: "b" }] },
    ] as const;
    for (const outcome of outcomes) {
      expect(stepAfter(outcome, 0)).toEqual({ step: "editing", problem: undefined, wait: undefined });
    }
    expect(outcomes.map((outcome) => lostSecret(outcome, "CI"))).toEqual([
      { description: "CI", tokenIds: ["a"] },
      { description: "CI", tokenIds: ["a", "b"] },
    ]);
    expect(lostSecret({ kind: "done" }, "CI")).toBeUndefined();
  });
});

describe("an attempt that was cut short", () => {
  const detail = (outcome: Parameters<typeof stepAfter>[0]) => {
    const step = stepAfter(outcome, 0);
    return step.step === "unknown" ? step.problem.detail : step.step;
  };

  it("by a fault of the page is unknown, with that fault, and can be asked about", () => {
    expect(detail(unknownAfter(new TypeError("no such thing")))).toBe(
      "This page met an error of its own: TypeError: no such thing",
    );
  });

  it("by another sign-in names who has to ask", () => {
    expect(detail({ kind: "unknown", failure: network, checkFailure: undefined, startedBy: "Ada" })).toBe(
      "Ada began it, and the gateway tells nobody else what became of it. Sign in as Ada to ask.",
    );
  });
});
