import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SettledOperation } from "#contract/operation-schema.ts";
import type { Permission } from "#contract/permission.ts";
import type { ProblemReason } from "#contract/problem.ts";
import { ApiError, type Failure } from "./api-error.ts";
import {
  askAgain,
  createVerified,
  isSameExpiry,
  newMatches,
  type Created,
  type CreateSteps,
  type ListedFacts,
} from "./create-token.ts";

const network: Failure = { kind: "network" };
const startedAt = "2026-01-02T03:04:05Z";
const created: Created = {
  token: { id: "t-1", description: "x", permissions: [], createdAt: startedAt },
  secret: "the secret",
};
const listed: ListedFacts = { id: "t-2", description: "x", permissions: [], createdAt: startedAt };

function problem(status: number, reason: ProblemReason, objectId?: string): Failure {
  const body = { code: status, message: `refused with ${status}`, reason, requestId: "request-1" };
  return {
    kind: "problem",
    status,
    problem: objectId === undefined ? body : { ...body, objectId },
    retryAfter: undefined,
  };
}

type Answer<T> = T | Failure;
const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "kind" in value;

/** Plays answers in order; the last one repeats. Records what was asked. */
function play(script: {
  send?: Answer<Created>;
  settled?: Answer<SettledOperation>[];
  kept?: Created;
  list?: Answer<readonly ListedFacts[]>;
  /** Who began it, when asked before settling and after. */
  startedBy?: { before?: string; after?: string };
}) {
  const calls: string[] = [];
  const settled = [...(script.settled ?? [])];
  const give = async <T>(answer: Answer<T> | undefined, what: string): Promise<T> => {
    if (answer === undefined) throw new Error(`${what} was not scripted`);
    if (isFailure(answer)) throw new ApiError(answer);
    return answer;
  };
  const steps: CreateSteps = {
    send: () => (calls.push("send"), give(script.send, "send")),
    settle: () => {
      calls.push("settle");
      return give(settled.length > 1 ? settled.shift() : settled[0], "settle");
    },
    readAnswer: async () => (calls.push("read answer"), script.kept),
    whoMustAsk: async (read) => (read ? script.startedBy?.after : script.startedBy?.before),
    findNewMatches: () => (calls.push("list"), give(script.list, "list")),
    wait: async (seconds) => void calls.push(`wait ${seconds}`),
    onChecking: () => void calls.push("checking"),
  };
  return { steps, calls };
}

const done = (more: { objectId?: string; answer?: unknown }): SettledOperation => ({
  state: "done",
  startedAt,
  ...more,
});

describe("createVerified", () => {
  it("believes an answer with a secret and asks nothing", async () => {
    const { steps, calls } = play({ send: created });
    expect(await createVerified(steps)).toEqual({ kind: "created", created });
    expect(calls).toEqual(["send"]);
  });

  it("gets the secret of a lost answer by asking, and sends nothing twice", async () => {
    const { steps, calls } = play({
      send: network,
      settled: [{ state: "in_progress", startedAt }, done({ objectId: "t-1", answer: {} })],
      kept: created,
    });
    expect(await createVerified(steps)).toEqual({ kind: "created", created });
    expect(calls).toEqual(["send", "checking", "wait 0.5", "settle", "wait 1.5", "settle", "read answer"]);
  });

  it.each<[string, object, Created | undefined]>([
    ["the answer is gone", { objectId: "t-1" }, undefined],
    ["the answer cannot be read", { objectId: "t-1", answer: "?" }, undefined],
  ])("names the orphan when it is done and %s", async (_, more, kept) => {
    const { steps } = play({ send: network, settled: [done(more)], ...(kept && { kept }) });
    expect(await createVerified(steps)).toEqual({
      kind: "created_secret_lost",
      tokenId: "t-1",
      how: "recorded",
    });
  });

  it("names the orphan that a refusal names", async () => {
    const { steps, calls } = play({ send: problem(410, "answer_gone", "t-9") });
    expect(await createVerified(steps)).toEqual({
      kind: "created_secret_lost",
      tokenId: "t-9",
      how: "recorded",
    });
    expect(calls).toEqual(["send"]);
  });

  it("asks when something else is said, whatever it names", async () => {
    const { steps } = play({ send: problem(503, "unavailable", "t-9"), settled: [{ state: "never_begun" }] });
    expect(await createVerified(steps)).toMatchObject({ kind: "not_created" });
  });

  it("asks when the refusal does not name it", async () => {
    const { steps } = play({ send: problem(410, "answer_gone"), settled: [done({ objectId: "t-9" })] });
    expect(await createVerified(steps)).toMatchObject({ kind: "created_secret_lost", tokenId: "t-9" });
  });

  it("is not created when it never began, for the reason that the attempt met", async () => {
    const { steps, calls } = play({ send: network, settled: [{ state: "never_begun" }] });
    expect(await createVerified(steps)).toEqual({ kind: "not_created", failure: network });
    expect(calls).toEqual(["send", "checking", "wait 0.5", "settle"]);
  });

  it("is not created when it failed, for the recorded reason", async () => {
    const refused = problem(400, "invalid_request");
    if (refused.kind !== "problem") throw new Error("unreachable");
    const { steps } = play({
      send: network,
      settled: [{ state: "failed", startedAt, problem: refused.problem }],
    });
    expect(await createVerified(steps)).toEqual({ kind: "not_created", failure: refused });
  });

  it("is not created when it failed and nobody wrote down why", async () => {
    const { steps } = play({ send: network, settled: [{ state: "failed", startedAt }] });
    expect(await createVerified(steps)).toEqual({ kind: "not_created", failure: network });
  });

  it.each<[string, readonly ListedFacts[], object]>([
    ["one new token like it", [listed], { kind: "created_secret_lost", tokenId: "t-2", how: "compared" }],
    ["none", [], { kind: "not_created", failure: network }],
    [
      "several",
      [listed, { ...listed, id: "t-3" }],
      { kind: "candidates", tokens: [listed, { ...listed, id: "t-3" }] },
    ],
  ])("compares the lists when not even the gateway knows, and finds %s", async (_, list, outcome) => {
    const { steps, calls } = play({ send: network, settled: [{ state: "unknown", startedAt }], list });
    expect(await createVerified(steps)).toEqual(outcome);
    expect(calls.filter((call) => call === "send")).toHaveLength(1);
  });

  it("compares the lists when it is done and nothing says which token it made", async () => {
    const { steps } = play({ send: network, settled: [done({})], list: [listed] });
    expect(await createVerified(steps)).toMatchObject({ kind: "created_secret_lost", how: "compared" });
  });

  it("does not say not created when the gateway says done and no list has it", async () => {
    const { steps } = play({ send: network, settled: [done({})], list: [] });
    expect(await createVerified(steps)).toEqual({
      kind: "unknown",
      failure: network,
      checkFailure: undefined,
    });
  });

  it("asks again when the lists cannot be had, and stays unknown with that reason", async () => {
    const cut: Failure = { kind: "cut", rows: 3 };
    const { steps, calls } = play({ send: network, settled: [{ state: "unknown", startedAt }], list: cut });
    expect(await createVerified(steps)).toEqual({ kind: "unknown", failure: network, checkFailure: cut });
    expect(calls.filter((call) => call === "list")).toHaveLength(3);
  });

  it("stays unknown when asking fails three times", async () => {
    const { steps, calls } = play({
      send: network,
      settled: [network, network, problem(503, "unavailable")],
    });
    expect(await createVerified(steps)).toEqual({
      kind: "unknown",
      failure: network,
      checkFailure: problem(503, "unavailable"),
    });
    expect(calls.filter((call) => call.startsWith("wait"))).toEqual(["wait 0.5", "wait 1.5", "wait 3"]);
  });

  it("stays unknown while it still runs after five seconds, and says no old failure of asking", async () => {
    const { steps } = play({ send: network, settled: [network, { state: "in_progress", startedAt }] });
    expect(await createVerified(steps)).toEqual({
      kind: "unknown",
      failure: network,
      checkFailure: undefined,
    });
  });

  it.each<[string, Failure]>([
    ["a timeout", { kind: "timeout", seconds: 30 }],
    ["HTML with status 200", { kind: "unreadable", status: 200, requestId: undefined }],
    ["an answer cut off", { kind: "cut", rows: 0 }],
    ["an endless answer", { kind: "too_large", limitMegabytes: 64 }],
    ["giving up", { kind: "cancelled" }],
    ["a 500", problem(500, "internal")],
    ["a 502", problem(502, "unavailable")],
    ["a 503", problem(503, "unavailable")],
    ["its own copy still running", problem(409, "in_progress")],
    ["its own copy cut off", problem(409, "outcome_unknown")],
    ["its key taken", problem(422, "key_reused")],
  ])("takes %s as no proof and asks", async (_, failure) => {
    const { steps, calls } = play({ send: failure, settled: [{ state: "never_begun" }] });
    expect(await createVerified(steps)).toEqual({ kind: "not_created", failure });
    expect(calls).toContain("settle");
  });

  it.each<[string, Failure]>([
    ["being offline", { kind: "offline" }],
    ["a 400", problem(400, "invalid_request")],
    ["a session that ended", problem(401, "session_ended")],
    ["a refused credential", problem(401, "credential_refused")],
    ["a 403", problem(403, "forbidden")],
    ["a 404", problem(404, "not_found")],
    ["a conflict", problem(409, "conflict")],
    ["a 413", problem(413, "too_large")],
    ["a 429", problem(429, "rate_limited")],
  ])("takes %s as not created without asking", async (_, failure) => {
    const { steps, calls } = play({ send: failure });
    expect(await createVerified(steps)).toEqual({ kind: "not_created", failure });
    expect(calls).toEqual(["send"]);
  });

  it("does not take a fault of our own for an outcome", async () => {
    const bug = () => Promise.reject(new TypeError("a bug"));
    const sending = play({}).steps;
    await expect(createVerified({ ...sending, send: bug })).rejects.toThrow("a bug");
    const asking = play({ send: network }).steps;
    await expect(createVerified({ ...asking, settle: bug })).rejects.toThrow("a bug");
  });

  it("whatever happens, sends once and claims a token or none only with a proof", async () => {
    const state = fc.constantFrom<Answer<SettledOperation>>(
      network,
      { state: "never_begun" },
      { state: "in_progress", startedAt },
      { state: "unknown", startedAt },
      { state: "failed", startedAt },
      done({}),
      done({ objectId: "t-1" }),
      done({ objectId: "t-1", answer: {} }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Answer<readonly ListedFacts[]>>(network, [], [listed], [listed, listed]),
        fc.boolean(),
        async (settled, list, readable) => {
          const { steps, calls } = play({ send: network, settled, list, ...(readable && { kept: created }) });
          const outcome = await createVerified(steps);
          expect(calls.filter((call) => call === "send")).toHaveLength(1);
          expect(calls.filter((call) => call === "settle").length).toBeLessThanOrEqual(3);
          const asked = settled.slice(0, 3);
          const states = asked.flatMap((one) => (isFailure(one) ? [] : [one.state]));
          if (outcome.kind === "created") expect(calls).toContain("read answer");
          if (outcome.kind === "not_created") {
            expect(
              states.includes("never_begun") || states.includes("failed") || states.includes("unknown"),
            ).toBe(true);
          }
          if (outcome.kind === "candidates") expect(outcome.tokens.length).toBeGreaterThan(1);
        },
      ),
    );
  });
});

describe("askAgain", () => {
  it("asks and never sends", async () => {
    const { steps, calls } = play({ settled: [done({ objectId: "t-1" })] });
    expect(await askAgain(steps, network)).toMatchObject({ kind: "created_secret_lost", tokenId: "t-1" });
    expect(calls).not.toContain("send");
  });
});

describe("an operation of somebody else", () => {
  it("is not asked about", async () => {
    const { steps, calls } = play({ settled: [{ state: "never_begun" }], startedBy: { before: "Ada" } });
    expect(await askAgain(steps, network)).toMatchObject({ kind: "unknown", startedBy: "Ada" });
    expect(calls).not.toContain("settle");
  });

  it.each<SettledOperation>([{ state: "never_begun" }, { state: "unknown", startedAt }])(
    "is not settled by what another actor hears: $state",
    async (settled) => {
      const { steps, calls } = play({ settled: [settled], list: [], startedBy: { after: "Ada" } });
      expect(await askAgain(steps, network)).toMatchObject({ kind: "unknown", startedBy: "Ada" });
      expect(calls).not.toContain("list");
    },
  );
});

describe("newMatches", () => {
  const sentAt = Date.parse("2026-01-02T03:04:05Z");
  const permissions: Permission[] = [
    { action: "read", resource: "a" },
    { action: "write", resource: "b", resourceType: "database", nested: { x: 1, y: [2] } },
  ];
  const wanted = { description: "CI", permissions, expiresAt: "2027-01-01T00:00:00.000Z" };
  const like: ListedFacts = {
    id: "new",
    description: "CI",
    permissions,
    createdAt: "2026-01-02T03:04:06Z",
    expiresAt: "2027-01-01T00:00:00Z",
  };
  const isKnown = (id: string) => id === "old";
  const matches = (...tokens: ListedFacts[]) => newMatches(wanted, sentAt, isKnown, tokens);

  it("finds what is like it, came since, and was not there before", () => {
    expect(matches(like, { ...like, id: "new too" }).map(({ id }) => id)).toEqual(["new", "new too"]);
  });

  it.each<[string, ListedFacts]>([
    ["was there before", { ...like, id: "old" }],
    ["is older", { ...like, createdAt: "2026-01-02T03:03:59Z" }],
    ["has another description", { ...like, description: "CI " }],
    ["has another expiry", { ...like, expiresAt: "2027-01-01T00:00:06Z" }],
    ["never expires", { ...like, expiresAt: undefined }],
    ["may do less", { ...like, permissions: permissions.slice(1) }],
    ["may do more", { ...like, permissions: [...permissions, { action: "write", resource: "a" }] }],
    [
      "may do something else",
      { ...like, permissions: [permissions[0]!, { action: "write", resource: "b" }] },
    ],
    ["has no permissions", { ...like, permissions: undefined }],
  ])("leaves out a token that %s", (_, token) => {
    expect(matches(token)).toEqual([]);
  });

  it("allows for clocks that tell seconds only", () => {
    expect(matches({ ...like, createdAt: "2026-01-02T03:04:01Z" })).toHaveLength(1);
  });

  it("allows for five seconds and no more", () => {
    expect(matches({ ...like, createdAt: "2026-01-02T03:04:00Z" })).toHaveLength(1);
    expect(matches({ ...like, createdAt: "2026-01-02T03:03:59.999Z" })).toEqual([]);
  });

  it.each<[string, unknown, unknown, boolean]>([
    ["another order of a list", [1, 2], [2, 1], false],
    ["a list in another shape", [1, 2], [12], false],
    ["null", null, undefined, false],
    ["a field that is not there", { a: undefined, b: 1 }, { b: 1 }, true],
    ["another order of fields", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ])("tells %s by what it says", (_, one, other, same) => {
    const withScope = (scope: unknown): Permission[] => [{ action: "read", resource: "a", scope }];
    const found = newMatches({ description: "CI", permissions: withScope(one) }, sentAt, () => false, [
      { id: "x", description: "CI", permissions: withScope(other), createdAt: like.createdAt },
    ]);
    expect(found).toHaveLength(same ? 1 : 0);
  });

  it("knows permissions again that the server names more exactly, and tells those of two resources apart", () => {
    const bucket = (resource: string, resourceId: string) => ({
      action: "read",
      resource,
      resourceType: "buckets",
      resourceId,
    });
    const found = (asked: Permission[], has: Permission[]) =>
      newMatches({ description: "CI", permissions: asked }, sentAt, () => false, [
        { id: "x", description: "CI", permissions: has, createdAt: like.createdAt },
      ]).length;
    const asked = [{ action: "read", resource: "sensors" }];
    expect(found(asked, [bucket("sensors", "01")])).toBe(1);
    expect(found(asked, [bucket("logs", "02")])).toBe(0);
    expect(found(asked, [bucket("sensors", "01"), bucket("sensors", "02")])).toBe(0);
    expect(found([bucket("sensors", "01")], [bucket("sensors", "02")])).toBe(0);
    expect(found([bucket("sensors", "01")], asked)).toBe(0);
  });

  it("compares management tokens, which have no permissions", () => {
    const { permissions: _, ...management } = like;
    const asked = { description: "CI", expiresAt: wanted.expiresAt };
    expect(newMatches(asked, sentAt, isKnown, [management])).toHaveLength(1);
  });

  it("takes permissions for the same in any order, of themselves and of their fields, and however often", () => {
    const permission = fc.record({
      action: fc.constantFrom("read", "write", "drop"),
      resource: fc.constantFrom("a", "b", "*"),
    });
    fc.assert(
      fc.property(
        fc
          .array(permission, { minLength: 1 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([asked, other]) => {
          const turned = [...other, ...other.slice(0, 1)].map(({ action, resource }) => ({
            resource,
            action,
          }));
          const found = newMatches({ description: "CI", permissions: asked }, sentAt, () => false, [
            { id: "x", description: "CI", permissions: turned, createdAt: like.createdAt },
          ]);
          expect(found).toHaveLength(1);
        },
      ),
    );
  });
});

describe("isSameExpiry", () => {
  it("compares instants to a few seconds, however they are written", () => {
    expect(isSameExpiry("2027-01-01T01:00:00+01:00", "2027-01-01T00:00:05Z")).toBe(true);
    expect(isSameExpiry("2027-01-01T00:00:00Z", "2026-12-31T23:59:55Z")).toBe(true);
    expect(isSameExpiry("2027-01-01T00:00:00Z", "2027-01-01T00:00:05.001Z")).toBe(false);
    expect(isSameExpiry("2027-01-01T00:00:05.001Z", "2027-01-01T00:00:00Z")).toBe(false);
    expect(isSameExpiry(undefined, undefined)).toBe(true);
    expect(isSameExpiry(undefined, "2027-01-01T00:00:00Z")).toBe(false);
    expect(isSameExpiry("2027-01-01T00:00:00Z", undefined)).toBe(false);
  });
});

const foundFor = (asked: readonly Permission[], made: readonly Permission[]) =>
  newMatches({ description: "CI", permissions: asked }, 0, () => false, [
    { id: "new", description: "CI", createdAt: "2026-01-01T00:00:00Z", permissions: made },
  ]).length;
const bucketOf = (id: string, resource: string, organization = "main") => ({
  action: "read",
  resource,
  resourceType: "buckets",
  resourceId: id,
  resourceName: resource,
  resourceOrganization: organization,
});

it("finds a token whose bucket or organization is called otherwise by now", () => {
  expect(foundFor([bucketOf("1", "logs")], [bucketOf("1", "old logs", "second")])).toBe(1);
  expect(foundFor([bucketOf("1", "logs")], [bucketOf("2", "logs")])).toBe(0);
  expect(foundFor([bucketOf("1", "logs")], [{ ...bucketOf("1", "logs"), action: "write" }])).toBe(0);
});

it("does not let a permission that only says a name take the one that another means exactly", () => {
  const untyped = { action: "read", resource: "foo" };
  const made = [bucketOf("1", "foo"), bucketOf("2", "foo")];
  expect(foundFor([untyped, bucketOf("1", "foo")], made)).toBe(1);
  expect(foundFor([untyped, bucketOf("1", "old foo")], made)).toBe(1);
});
