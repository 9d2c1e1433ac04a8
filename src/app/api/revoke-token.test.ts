import { describe, expect, it } from "vitest";
import type { ProblemReason } from "#contract/problem.ts";
import { ApiError, type Failure } from "./api-error.ts";
import { checkAgain, revokeVerified, type RevokeSteps, type TokenReading } from "./revoke-token.ts";

const network: Failure = { kind: "network" };

function problem(status: number, reason: ProblemReason): Failure {
  const body = { code: status, message: `refused with ${status}`, reason, requestId: "request-1" };
  return { kind: "problem", status, problem: body, retryAfter: undefined };
}

type Answer<T> = T | Failure;
const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "kind" in value;

/** Plays answers in order; the last one repeats. Records what was asked. */
function play(script: {
  revoke?: Answer<number | undefined>;
  reads?: Answer<TokenReading>[];
  list?: Answer<TokenReading | undefined>;
}) {
  const calls: string[] = [];
  const reads = [...(script.reads ?? [])];
  const settle = async <T>(answer: Answer<T>): Promise<T> => {
    if (isFailure(answer)) throw new ApiError(answer);
    return answer;
  };
  const steps: RevokeSteps = {
    revoke: () => (calls.push("revoke"), settle(script.revoke)),
    read: () => {
      calls.push("read");
      const answer = reads.length > 1 ? reads.shift() : reads[0];
      if (answer === undefined) throw new Error("nothing to read was scripted");
      return settle(answer);
    },
    findInFreshList: () => (calls.push("list"), settle(script.list)),
    wait: async (seconds) => void calls.push(`wait ${seconds}`),
    onChecking: () => void calls.push("checking"),
  };
  return { steps, calls };
}

describe("revokeVerified", () => {
  it("believes a 204 and reads nothing", async () => {
    const { steps, calls } = play({ revoke: 1000 });
    expect(await revokeVerified(steps)).toEqual({ kind: "done", how: "confirmed", revokedAt: 1000 });
    expect(calls).toEqual(["revoke"]);
  });

  it("finds out by reading that a lost answer had been a success, and sends nothing twice", async () => {
    const { steps, calls } = play({
      revoke: network,
      reads: [{}, { revokedAt: "2026-01-02T03:04:05Z" }],
    });
    expect(await revokeVerified(steps)).toEqual({
      kind: "done",
      how: "verified",
      revokedAt: Date.parse("2026-01-02T03:04:05Z"),
    });
    expect(calls).toEqual(["revoke", "checking", "wait 0.5", "read", "wait 1.5", "read"]);
  });

  it("reads after a repeat that was told that the attempt was done and its answer is gone", async () => {
    const { steps } = play({
      revoke: problem(410, "answer_gone"),
      reads: [{ revokedAt: "2026-01-02T03:04:05Z" }],
    });
    expect(await revokeVerified(steps)).toMatchObject({ kind: "done", how: "verified" });
  });

  it("says not done only after the third reading still shows the token active", async () => {
    const { steps, calls } = play({ revoke: network, reads: [{}] });
    expect(await revokeVerified(steps)).toEqual({ kind: "not_done", failure: network });
    expect(calls.filter((call) => call === "read")).toHaveLength(3);
    expect(calls.filter((call) => call === "revoke")).toHaveLength(1);
  });

  it("stays unknown when reading fails as well, the list included", async () => {
    const timeout: Failure = { kind: "timeout", seconds: 10 };
    const { steps } = play({ revoke: network, reads: [{}, timeout], list: network });
    expect(await revokeVerified(steps)).toEqual({ kind: "unknown", failure: network, readFailure: timeout });
  });

  it.each<[string, TokenReading | undefined, object]>([
    ["shows it revoked", { revokedAt: "2026-01-01T00:00:00Z" }, { kind: "done", how: "verified" }],
    ["no longer has it", undefined, { kind: "done", how: "verified" }],
    ["shows it active", {}, { kind: "not_done" }],
  ])("believes a complete list that %s when the token itself cannot be read", async (_, list, outcome) => {
    const { steps, calls } = play({ revoke: network, reads: [network], list });
    expect(await revokeVerified(steps)).toMatchObject(outcome);
    expect(calls.filter((call) => call === "read")).toHaveLength(3);
  });

  it.each([500, 502, 503, 504])("settles a %i by reading", async (status) => {
    const { steps } = play({
      revoke: problem(status, "unavailable"),
      reads: [{ revokedAt: "2026-01-01T00:00:00Z" }],
    });
    expect(await revokeVerified(steps)).toMatchObject({ kind: "done", how: "verified" });
  });

  it.each<[string, Failure]>([
    ["HTML with status 200", { kind: "unreadable", status: 200, requestId: undefined }],
    ["HTML with status 404", { kind: "unreadable", status: 404, requestId: undefined }],
    ["a conflict", problem(409, "conflict")],
    ["a timeout", { kind: "timeout", seconds: 15 }],
  ])("takes %s as no proof and reads", async (_, failure) => {
    const { steps } = play({ revoke: failure, reads: [{}] });
    expect(await revokeVerified(steps)).toEqual({ kind: "not_done", failure });
  });

  it.each<[number, ProblemReason]>([
    [400, "invalid_id"],
    [401, "session_ended"],
    [401, "credential_refused"],
    [403, "forbidden"],
    [409, "protected"],
    [429, "rate_limited"],
  ])("takes a %i %s as not done without reading", async (status, reason) => {
    const { steps, calls } = play({ revoke: problem(status, reason) });
    expect(await revokeVerified(steps)).toMatchObject({ kind: "not_done" });
    expect(calls).toEqual(["revoke"]);
  });

  it("refuses to send while offline", async () => {
    const { steps } = play({ revoke: { kind: "offline" } });
    expect(await revokeVerified(steps)).toEqual({ kind: "not_done", failure: { kind: "offline" } });
  });

  describe("after a 404", () => {
    const gone = problem(404, "not_found");
    it("is already gone when a fresh list no longer has the token", async () => {
      const { steps, calls } = play({ revoke: gone, list: undefined });
      expect(await revokeVerified(steps)).toEqual({
        kind: "done",
        how: "already_gone",
        revokedAt: undefined,
      });
      expect(calls).toEqual(["revoke", "checking", "list"]);
    });
    it("is already gone when the list shows it revoked", async () => {
      const { steps } = play({ revoke: gone, list: { revokedAt: "2026-01-01T00:00:00Z" } });
      expect(await revokeVerified(steps)).toMatchObject({ kind: "done", how: "already_gone" });
    });
    it("is unknown when the list still shows it active: a 404 by itself proves nothing", async () => {
      const { steps } = play({ revoke: gone, list: {} });
      expect(await revokeVerified(steps)).toEqual({ kind: "unknown", failure: gone, readFailure: undefined });
    });
    it("is unknown when the list cannot be had", async () => {
      const { steps } = play({ revoke: gone, list: network });
      expect(await revokeVerified(steps)).toEqual({ kind: "unknown", failure: gone, readFailure: network });
    });
  });

  it("lets the list decide when reading back finds nothing", async () => {
    const { steps } = play({ revoke: network, reads: [problem(404, "not_found")], list: undefined });
    expect(await revokeVerified(steps)).toMatchObject({ kind: "done", how: "verified" });
  });

  it("does not take a fault of our own for an outcome", async () => {
    const { steps } = play({});
    steps.revoke = () => Promise.reject(new TypeError("a bug"));
    await expect(revokeVerified(steps)).rejects.toThrow("a bug");
  });
});

describe("checkAgain", () => {
  it("reads and never sends", async () => {
    const { steps, calls } = play({ reads: [{ revokedAt: "2026-01-01T00:00:00Z" }] });
    expect(await checkAgain(steps, network)).toMatchObject({ kind: "done", how: "verified" });
    expect(calls).not.toContain("revoke");
  });
});
