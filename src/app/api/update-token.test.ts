import { describe, expect, it } from "vitest";
import { sameContent } from "#contract/canonical.ts";
import type { ProblemReason } from "#contract/problem.ts";
import type { Token } from "#contract/token.ts";
import { ApiError, type Failure } from "./api-error.ts";
import {
  checkUpdateAgain,
  updateVerified,
  type ListedReading,
  type TokenReading,
  type UpdateSteps,
} from "./update-token.ts";

const network: Failure = { kind: "network" };

function problem(status: number, reason: ProblemReason): Failure {
  const body = { code: status, message: `refused with ${status}`, reason, requestId: "request-1" };
  return { kind: "problem", status, problem: body, retryAfter: undefined };
}
const gone = problem(404, "not_found");

function reading(description: string, more: Partial<Token> = {}): TokenReading {
  const token = { id: "t", description, permissions: [], createdAt: "2026-01-01T00:00:00Z", ...more };
  return { token, etag: `"${description}"` };
}
const base = reading("base");
const wish = reading("wish");
const other = reading("other");
const revoked = reading("base", { revokedAt: "2026-02-01T00:00:00Z" });

type Answer<T> = T | Failure;
const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "kind" in value;

/** Plays answers in order; the last one repeats. Records what was asked. */
function play(script: {
  send?: Answer<TokenReading>;
  reads?: Answer<TokenReading>[];
  list?: Answer<ListedReading | undefined>;
}) {
  const calls: string[] = [];
  const reads = [...(script.reads ?? [])];
  const settle = async <T>(answer: Answer<T>): Promise<T> => {
    if (isFailure(answer)) throw new ApiError(answer);
    return answer;
  };
  const steps: UpdateSteps = {
    send: () => (calls.push("send"), settle(script.send ?? network)),
    read: () => {
      calls.push("read");
      const answer = reads.length > 1 ? reads.shift() : reads[0];
      if (answer === undefined) throw new Error("nothing to read was scripted");
      return settle(answer);
    },
    findInFreshList: () => (calls.push("list"), settle(script.list)),
    judge: ({ token }) =>
      sameContent(token, wish.token) ? "wish" : sameContent(token, base.token) ? "base" : "other",
    wait: async (seconds) => void calls.push(`wait ${seconds}`),
    onChecking: () => void calls.push("checking"),
  };
  return { steps, calls };
}

describe("updateVerified", () => {
  it("reads a confirmed change back, and gives what was read", async () => {
    const read = { ...wish, etag: '"read"' };
    const { steps, calls } = play({ send: wish, reads: [read] });
    expect(await updateVerified(steps)).toEqual({
      kind: "saved",
      how: "confirmed",
      saved: read,
      readBack: "same",
    });
    expect(calls).toEqual(["send", "read"]);
  });

  it("says that it reads back otherwise", async () => {
    const { steps } = play({ send: wish, reads: [other] });
    expect(await updateVerified(steps)).toEqual({
      kind: "saved",
      how: "confirmed",
      saved: other,
      readBack: "differs",
    });
  });

  it("stays saved when it cannot be read back", async () => {
    const { steps, calls } = play({ send: wish, reads: [network] });
    expect(await updateVerified(steps)).toEqual({
      kind: "saved",
      how: "confirmed",
      saved: wish,
      readBack: "unread",
    });
    expect(calls).toEqual(["send", "read"]);
  });

  describe("when no clear answer came", () => {
    it("is saved, verified, when a reading shows the wish; nothing is sent twice", async () => {
      const { steps, calls } = play({ reads: [base, wish] });
      expect(await updateVerified(steps)).toEqual({
        kind: "saved",
        how: "verified",
        saved: wish,
        readBack: "same",
      });
      expect(calls).toEqual(["send", "checking", "wait 0.5", "read", "wait 1.5", "read"]);
    });

    it("is not saved only after the third reading still shows the base", async () => {
      const { steps, calls } = play({ reads: [base] });
      expect(await updateVerified(steps)).toEqual({ kind: "not_saved", failure: network });
      expect(calls.filter((call) => call !== "read")).toEqual([
        "send",
        "checking",
        "wait 0.5",
        "wait 1.5",
        "wait 3",
      ]);
      expect(calls.filter((call) => call === "read")).toHaveLength(3);
    });

    it("is a conflict when a reading shows neither", async () => {
      const { steps, calls } = play({ reads: [other] });
      expect(await updateVerified(steps)).toEqual({ kind: "conflict", current: other });
      expect(calls).toEqual(["send", "checking", "wait 0.5", "read"]);
    });

    it("is gone when a reading shows it revoked", async () => {
      const { steps } = play({ reads: [revoked] });
      expect(await updateVerified(steps)).toEqual({ kind: "gone", how: "revoked" });
    });

    it("stays unknown when the last reading fails", async () => {
      const timeout: Failure = { kind: "timeout", seconds: 10 };
      const { steps, calls } = play({ reads: [base, timeout] });
      expect(await updateVerified(steps)).toEqual({
        kind: "unknown",
        failure: network,
        readFailure: timeout,
      });
      expect(calls.filter((call) => call === "read")).toHaveLength(3);
      expect(calls.filter((call) => call === "send")).toHaveLength(1);
    });

    it.each<[string, Failure]>([
      ["HTML with status 404", { kind: "unreadable", status: 404, requestId: undefined }],
      ["a refusal", problem(403, "forbidden")],
    ])("takes %s as no 404 of the token's: no list is asked", async (_, read) => {
      const { steps, calls } = play({ reads: [read] });
      expect(await updateVerified(steps)).toEqual({ kind: "unknown", failure: network, readFailure: read });
      expect(calls).not.toContain("list");
    });

    it("believes a later reading after one that failed", async () => {
      const { steps } = play({ reads: [network, base] });
      expect(await updateVerified(steps)).toEqual({ kind: "not_saved", failure: network });
    });

    it.each<[string, ListedReading | undefined, object]>([
      ["no longer has it", undefined, { kind: "gone", how: "absent" }],
      ["shows it revoked", { revokedAt: "2026-02-01T00:00:00Z" }, { kind: "gone", how: "revoked" }],
      ["has it", {}, { kind: "unknown", failure: network, readFailure: gone }],
    ])("after a 404 of the reading a fresh list that %s decides", async (_, list, outcome) => {
      const { steps, calls } = play({ reads: [gone], list });
      expect(await updateVerified(steps)).toEqual(outcome);
      expect(calls).toEqual(["send", "checking", "wait 0.5", "read", "list"]);
    });

    it.each<[string, Failure]>([
      ["500", problem(500, "internal")],
      ["503", problem(503, "unavailable")],
      ["the same attempt still running", problem(409, "in_progress")],
      ["an attempt that was cut off", problem(409, "outcome_unknown")],
      ["an attempt that was done, its answer gone", problem(410, "answer_gone")],
      ["HTML with status 200", { kind: "unreadable", status: 200, requestId: undefined }],
      ["HTML with status 404", { kind: "unreadable", status: 404, requestId: undefined }],
      ["a timeout", { kind: "timeout", seconds: 15 }],
      ["a broken body", { kind: "cut", rows: 0 }],
      ["too large a body", { kind: "too_large", limitMegabytes: 64 }],
      ["a request that was given up", { kind: "cancelled" }],
    ])("takes %s as no proof and reads", async (_, failure) => {
      const { steps, calls } = play({ send: failure, reads: [wish] });
      expect(await updateVerified(steps)).toMatchObject({ kind: "saved", how: "verified" });
      expect(calls).toEqual(["send", "checking", "wait 0.5", "read"]);
    });
  });

  it.each<[number, ProblemReason]>([
    [400, "invalid_request"],
    [401, "session_ended"],
    [401, "credential_refused"],
    [403, "forbidden"],
    [422, "key_reused"],
    [428, "precondition_required"],
    [429, "rate_limited"],
  ])("takes a %i %s as not saved without reading", async (status, reason) => {
    const { steps, calls } = play({ send: problem(status, reason) });
    expect(await updateVerified(steps)).toMatchObject({ kind: "not_saved" });
    expect(calls).toEqual(["send"]);
  });

  it("refuses to send while offline", async () => {
    const { steps } = play({ send: { kind: "offline" } });
    expect(await updateVerified(steps)).toEqual({ kind: "not_saved", failure: { kind: "offline" } });
  });

  describe.each([problem(412, "precondition_failed"), problem(409, "conflict")])(
    "after a refusal for what the token is now, $status",
    (refusal) => {
      it.each<[string, Answer<TokenReading>, object]>([
        ["neither", other, { kind: "conflict", current: other }],
        ["the wish", wish, { kind: "saved", how: "verified", saved: wish, readBack: "same" }],
        ["the base", base, { kind: "not_saved", failure: refusal }],
        ["it revoked", revoked, { kind: "gone", how: "revoked" }],
        ["nothing, since reading fails", network, { kind: "not_saved", failure: refusal }],
      ])("one reading decides: it shows %s", async (_, read, outcome) => {
        const { steps, calls } = play({ send: refusal, reads: [read] });
        expect(await updateVerified(steps)).toEqual(outcome);
        expect(calls).toEqual(["send", "read"]);
      });

      it("and nothing is claimed when the list has what reading denies", async () => {
        const { steps } = play({ send: refusal, reads: [gone], list: {} });
        expect(await updateVerified(steps)).toEqual({ kind: "unknown", failure: refusal, readFailure: gone });
      });

      it("and a list when it is not there any more", async () => {
        const { steps, calls } = play({ send: refusal, reads: [gone], list: undefined });
        expect(await updateVerified(steps)).toEqual({ kind: "gone", how: "absent" });
        expect(calls).toEqual(["send", "read", "list"]);
      });
    },
  );

  describe("after a 404", () => {
    it.each<[string, Answer<ListedReading | undefined>, object]>([
      ["no longer has the token", undefined, { kind: "gone", how: "absent" }],
      ["shows it revoked", { revokedAt: "2026-02-01T00:00:00Z" }, { kind: "gone", how: "revoked" }],
      ["cannot be had", network, { kind: "unknown", failure: gone, readFailure: network }],
    ])("a fresh list decides that %s", async (_, list, outcome) => {
      const { steps, calls } = play({ send: gone, list });
      expect(await updateVerified(steps)).toEqual(outcome);
      expect(calls).toEqual(["send", "checking", "list"]);
    });

    it.each<[string, Answer<TokenReading>, object]>([
      ["the base", base, { kind: "not_saved", failure: gone }],
      ["the wish", wish, { kind: "saved", how: "verified", saved: wish, readBack: "same" }],
      ["neither", other, { kind: "conflict", current: other }],
      ["nothing: it is denied again", gone, { kind: "unknown", failure: gone, readFailure: gone }],
      ["nothing, since reading fails", network, { kind: "unknown", failure: gone, readFailure: network }],
    ])("and a reading where the list has the token: it shows %s", async (_, read, outcome) => {
      const { steps, calls } = play({ send: gone, list: {}, reads: [read] });
      expect(await updateVerified(steps)).toEqual(outcome);
      expect(calls).toEqual(["send", "checking", "list", "read"]);
    });
  });

  it("does not take a fault of our own for an outcome", async () => {
    const bug = () => Promise.reject(new TypeError("a bug"));
    const { steps } = play({ send: wish });
    await expect(updateVerified({ ...steps, send: bug })).rejects.toThrow("a bug");
    await expect(updateVerified({ ...steps, read: bug })).rejects.toThrow("a bug");
    const lost = play({ reads: [gone] });
    await expect(updateVerified({ ...lost.steps, findInFreshList: bug })).rejects.toThrow("a bug");
  });
});

describe("checkUpdateAgain", () => {
  it("reads and never sends", async () => {
    const { steps, calls } = play({ reads: [wish] });
    expect(await checkUpdateAgain(steps, network)).toMatchObject({ kind: "saved", how: "verified" });
    expect(calls).toEqual(["checking", "wait 0.5", "read"]);
  });
});
