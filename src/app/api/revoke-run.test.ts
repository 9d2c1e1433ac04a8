import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProblemReason } from "#contract/problem.ts";
import { ApiError, type Failure } from "./api-error.ts";
import { startRevokeRun, type RevokeRunner, type RunProgress } from "./revoke-run.ts";
import type { RevokeOutcome, TokenReading } from "./revoke-token.ts";

function problem(status: number, reason: ProblemReason, retryAfter?: number): Failure {
  const body = { code: status, message: `refused with ${status}`, reason, requestId: "request-1" };
  return { kind: "problem", status, problem: body, retryAfter };
}

const FORBIDDEN = problem(403, "forbidden");
const SESSION_ENDED = problem(401, "session_ended");
const RATE = (seconds: number) => problem(429, "rate_limited", seconds);

/** What a DELETE meets: undefined is a 204. */
type Reply = Failure | undefined;

/** A server in virtual time. Each DELETE takes as long as said; replies are played in order, the last one repeats. */
function play(
  ids: readonly string[],
  replies: Record<string, Reply[]> = {},
  { look = [], seconds = 0.1 }: { look?: readonly string[]; seconds?: number } = {},
) {
  let now = 0;
  const timers: { at: number; go: () => void }[] = [];
  const after = (seconds: number) =>
    new Promise<void>((go) => void timers.push({ at: now + seconds * 1000, go }));
  const sent: { id: string; at: number }[] = [];
  /** Each token when it is begun, whether something is sent for it or not. */
  const begun: string[] = [];
  const outcomes: [string, RevokeOutcome["kind"]][] = [];
  const state = {
    underWay: 0,
    most: 0,
    reading: {} as Record<string, TokenReading>,
    /** Neither they nor the list can be read. */
    unreadable: new Set<string>(),
  };
  const phases: string[] = [];
  const runner = startRevokeRun(
    ids.map((id) => ({ id, how: look.includes(id) ? "look" : "send" })),
    {
      of: (id) => (
        begun.push(id),
        {
          async revoke() {
            sent.push({ id, at: now });
            state.most = Math.max(state.most, ++state.underWay);
            await after(seconds);
            state.underWay--;
            const script = replies[id] ?? [];
            const reply = script.length > 1 ? script.shift() : script[0];
            if (reply !== undefined) throw new ApiError(reply);
            return now;
          },
          async read() {
            await after(0.01);
            if (state.unreadable.has(id)) throw new ApiError({ kind: "network" });
            return state.reading[id] ?? {};
          },
          async findInFreshList() {
            if (state.unreadable.has(id)) throw new ApiError({ kind: "network" });
            return undefined;
          },
        }
      ),
      wait: after,
      now: () => now,
      onOutcome: (id, { kind }) => void outcomes.push([id, kind]),
    },
  );
  runner.subscribe(() => {
    const said = phaseOf(runner.progress());
    if (phases.at(-1) !== said) phases.push(said);
  });
  /** Lets time pass until nothing waits any more, or until that time. */
  const pass = async (until = Infinity) => {
    for (;;) {
      await new Promise<void>((resolve) => setTimeout(resolve));
      timers.sort((left, right) => left.at - right.at);
      const next = timers[0];
      if (next === undefined || next.at > until) break;
      timers.shift();
      now = Math.max(now, next.at);
      next.go();
    }
    if (until !== Infinity) now = until;
  };
  return { runner, sent, begun, outcomes, state, phases, pass, now: () => now };
}

function phaseOf({ phase }: RunProgress): string {
  return phase.phase === "paused" || phase.phase === "ended" ? `${phase.phase} ${phase.why}` : phase.phase;
}

const some = (count: number) => Array.from({ length: count }, (_, index) => `token-${index}`);
const ended = (runner: RevokeRunner) => phaseOf(runner.progress());

describe("a run", () => {
  it("11. revokes each token with one request, four at a time", async () => {
    const ids = some(120);
    const run = play(ids);
    await run.pass();
    await run.runner.finished;
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.sent.map(({ id }) => id)).toEqual(ids);
    expect(run.state.most).toBe(4);
    expect(run.runner.progress()).toMatchObject({
      total: 120,
      done: 120,
      notDone: 0,
      unknown: 0,
      underWay: 0,
    });
  });

  it("stays below 50 requests a second however quickly they are answered", async () => {
    const run = play(some(120), {}, { seconds: 0.001 });
    await run.pass();
    expect(run.sent).toHaveLength(120);
    for (const { at } of run.sent) {
      expect(run.sent.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThan(50);
    }
  });

  it("ends at once where there is nothing to do", async () => {
    const run = play([]);
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
  });

  it("counts what was not revoked, and goes on while it is not three in a row", async () => {
    const ids = some(20);
    const run = play(ids, { "token-0": [FORBIDDEN], "token-1": [FORBIDDEN], "token-5": [FORBIDDEN] });
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.runner.progress()).toMatchObject({ done: 17, notDone: 3, unknown: 0 });
    expect(run.runner.outcomeOf("token-5")).toEqual({ kind: "not_done", failure: FORBIDDEN });
  });

  it("pauses after three failures in a row, and goes on when told, with those that were never sent", async () => {
    const ids = some(12);
    const failing = Object.fromEntries(some(3).map((id) => [id, [FORBIDDEN]]));
    const run = play(ids, failing);
    await run.pass();
    expect(ended(run.runner)).toBe("paused failures");
    const before = run.sent.length;
    // Three failed, and those under way finished.
    expect(before).toBeLessThanOrEqual(6);
    expect(run.runner.progress()).toMatchObject({ notDone: 3, underWay: 0 });
    run.runner.goOn();
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.sent.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted());
    expect(run.phases).toEqual(["running", "paused failures", "running", "ended finished"]);
  });

  it("does not pause for failures of which the last token is one: there is nothing to go on with", async () => {
    const run = play(some(3), Object.fromEntries(some(3).map((id) => [id, [FORBIDDEN]])));
    await run.pass();
    expect(run.phases).toEqual(["running", "ended finished"]);
  });

  it("takes a token that a fresh list does not hold for gone, which is no failure", async () => {
    const lost = problem(404, "not_found");
    const run = play(some(12), Object.fromEntries(some(12).map((id) => [id, [lost]])));
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.outcomes.every(([, kind]) => kind === "done")).toBe(true);
  });

  it("counts what is not known as a failure, and does not send it again", async () => {
    const lost = problem(503, "unavailable");
    const ids = some(12);
    const run = play(ids, Object.fromEntries(ids.map((id) => [id, [lost]])));
    for (const id of ids) run.state.unreadable.add(id);
    await run.pass();
    expect(ended(run.runner)).toBe("paused failures");
    expect(run.runner.progress()).toMatchObject({ done: 0, notDone: 0, unknown: run.sent.length });
    expect(run.sent.length).toBeLessThanOrEqual(6);
    expect(new Set(run.sent.map(({ id }) => id)).size).toBe(run.sent.length);
  });

  it("pauses as a whole when it is refused for its rate, and goes on by itself with that token as well", async () => {
    const ids = some(8);
    const run = play(ids, { "token-2": [RATE(7), undefined] });
    await run.pass(1_000);
    expect(ended(run.runner)).toBe("waiting");
    const refusedAt = run.sent.find(({ id }) => id === "token-2")!.at + 100;
    await run.pass();
    expect(run.phases).toEqual(["running", "waiting", "running", "ended finished"]);
    expect(run.runner.progress()).toMatchObject({ done: 8, notDone: 0 });
    // From the refusal on nothing was sent for as long as was asked.
    expect(run.sent.filter(({ at }) => at > refusedAt && at < refusedAt + 7000)).toEqual([]);
    expect(run.sent.filter(({ id }) => id === "token-2")).toHaveLength(2);
    expect(run.sent).toHaveLength(9);
  });

  it("waits no shorter when another answer asks for a shorter pause", async () => {
    const run = play(some(8), { "token-0": [RATE(7), undefined], "token-1": [RATE(3), undefined] });
    await run.pass(1_000);
    expect(run.runner.progress().phase).toEqual({ phase: "waiting", until: 7_100 });
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.sent.filter(({ at }) => at >= 100 && at < 7_100)).toEqual([]);
  });

  it("waits longer when another answer asks for a longer pause, and says until when", async () => {
    const run = play(some(8), { "token-0": [RATE(3), undefined], "token-1": [RATE(7), undefined] });
    await run.pass(1_000);
    expect(run.runner.progress().phase).toEqual({ phase: "waiting", until: 7_125 });
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.sent.filter(({ at }) => at >= 100 && at < 7_125)).toEqual([]);
  });

  it("gives up on a token that is refused for its rate a sixth time", async () => {
    const run = play(["a", "b"], { a: [RATE(1)] });
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.sent.filter(({ id }) => id === "a")).toHaveLength(6);
    expect(run.runner.outcomeOf("a")).toMatchObject({ kind: "not_done" });
    expect(run.runner.outcomeOf("b")).toMatchObject({ kind: "done" });
  });

  it("waits when the session ends, records nothing of what was refused, and goes on after signing in", async () => {
    const ids = some(10);
    const run = play(ids, { "token-3": [SESSION_ENDED, undefined], "token-4": [SESSION_ENDED, undefined] });
    await run.pass();
    expect(ended(run.runner)).toBe("paused session_ended");
    expect(run.runner.outcomeOf("token-3")).toBeUndefined();
    run.runner.goOn();
    await run.pass();
    expect(ended(run.runner)).toBe("ended finished");
    expect(run.runner.progress()).toMatchObject({ done: 10, notDone: 0 });
  });

  it("goes on at its full pace after signing in, though a long pause that the server asked for is not over", async () => {
    const run = play(some(24), { "token-0": [RATE(300), undefined], "token-1": [SESSION_ENDED, undefined] });
    await run.pass(1_000);
    expect(ended(run.runner)).toBe("paused session_ended");
    run.runner.goOn();
    await run.pass(2_000);
    expect(ended(run.runner)).toBe("ended finished");
  });

  it("waits for somebody when the session ends during a pause that the server asked for", async () => {
    const run = play(some(8), { "token-0": [RATE(7), undefined], "token-1": [SESSION_ENDED, undefined] });
    await run.pass();
    expect(run.phases).toEqual(["running", "waiting", "paused session_ended"]);
    expect(run.sent).toHaveLength(4);
    run.runner.goOn();
    await run.pass();
    expect(run.runner.progress()).toMatchObject({ done: 8, notDone: 0 });
  });

  it("stays paused when the server asks for a pause as well: only somebody makes it go on", async () => {
    const run = play(some(8), { "token-0": [SESSION_ENDED, undefined], "token-1": [RATE(7), undefined] });
    await run.pass();
    expect(run.phases).toEqual(["running", "paused session_ended"]);
    expect(run.sent).toHaveLength(4);
  });

  it("waits while the browser is offline", async () => {
    const run = play(some(3), { "token-0": [{ kind: "offline" }, undefined] });
    await run.pass();
    expect(ended(run.runner)).toBe("paused offline");
    run.runner.goOn();
    await run.pass();
    expect(run.runner.progress()).toMatchObject({ done: 3 });
  });

  it("ends when InfluxDB refuses the credential: the rest is not attempted", async () => {
    const run = play(some(20), { "token-1": [problem(401, "credential_refused")] });
    await run.pass();
    expect(ended(run.runner)).toBe("ended credential_refused");
    expect(run.sent.length).toBeLessThanOrEqual(6);
    expect(run.runner.outcomeOf("token-19")).toBeUndefined();
  });

  it("stops when told: those under way finish", async () => {
    const run = play(some(20));
    await run.pass(60);
    run.runner.stop();
    expect(ended(run.runner)).toBe("stopping");
    await run.pass();
    expect(ended(run.runner)).toBe("ended stopped");
    expect(run.runner.progress()).toMatchObject({ done: run.sent.length, underWay: 0 });
    expect(run.sent.length).toBeLessThan(5);
  });

  it("stops at once where nothing is under way, a pause that the server asked for included", async () => {
    const paused = play(some(12), Object.fromEntries(some(3).map((id) => [id, [FORBIDDEN]])));
    await paused.pass();
    paused.runner.stop();
    expect(ended(paused.runner)).toBe("ended stopped");
    const waiting = play(["a"], { a: [RATE(300)] });
    await waiting.pass(1_000);
    waiting.runner.stop();
    expect(ended(waiting.runner)).toBe("ended stopped");
    await waiting.pass();
    expect(waiting.sent).toHaveLength(1);
  });

  it.each([
    ["offline", { kind: "offline" } as const],
    ["the session ended", SESSION_ENDED],
    ["refused for its rate", RATE(1)],
  ])("stays stopped when one under way comes back %s, and does not send it again", async (_, failure) => {
    const run = play(some(8), { "token-0": [failure, undefined] });
    await run.pass(60);
    run.runner.stop();
    await run.pass();
    expect(run.phases).toEqual(["running", "stopping", "ended stopped"]);
    expect(run.sent.map(({ id }) => id)).toEqual(some(3));
    expect(run.runner.outcomeOf("token-0")).toBeUndefined();
  });

  it("is not made to go on while the server asks for a pause, nor once it is stopped", async () => {
    const run = play(some(8), { "token-0": [RATE(7), undefined] });
    await run.pass(1_000);
    run.runner.goOn();
    await run.pass(2_000);
    expect(ended(run.runner)).toBe("waiting");
    expect(run.sent).toHaveLength(4);
    await run.pass(7_150);
    run.runner.stop();
    run.runner.goOn();
    expect(ended(run.runner)).toBe("stopping");
    await run.pass();
    expect(ended(run.runner)).toBe("ended stopped");
  });

  it("keeps the end it came to, whatever it is told then", async () => {
    const run = play(["a"]);
    await run.pass();
    run.runner.stop();
    expect(ended(run.runner)).toBe("ended finished");
    run.runner.goOn();
    expect(ended(run.runner)).toBe("ended finished");
  });

  it("tells its listeners only when something changed", async () => {
    const run = play(some(20), { "token-0": [RATE(1), undefined] });
    const told = [run.runner.progress()];
    run.runner.subscribe(() => void told.push(run.runner.progress()));
    await run.pass(1_300);
    run.runner.stop();
    run.runner.stop();
    await run.pass();
    run.runner.stop();
    expect(run.phases).toEqual(["running", "waiting", "running", "stopping", "ended stopped"]);
    for (const [index, progress] of told.slice(1).entries()) expect(progress).not.toEqual(told[index]);
  });

  it("tells nothing more to who listens no longer", async () => {
    const run = play(some(12));
    let told = 0;
    const leave = run.runner.subscribe(() => void told++);
    await run.pass(60);
    expect(told).toBe(3);
    leave();
    await run.pass();
    expect(told).toBe(3);
  });

  it("loses no token when a listener stops it while one is being settled", async () => {
    const run = play(["a"], { a: [SESSION_ENDED, undefined] });
    run.runner.subscribe(() => {
      if (run.now() > 0) run.runner.stop();
    });
    await run.pass();
    expect(ended(run.runner)).toBe("ended stopped");
  });

  it("begins with those of which it is not known what became of them, otherwise in the order given", async () => {
    const run = play(["a", "b", "c", "d"], {}, { look: ["b", "d"] });
    await run.pass();
    expect(run.begun).toEqual(["b", "d", "a", "c"]);
  });

  it("only looks at what was sent before", async () => {
    const run = play(["a", "b"], {}, { look: ["a", "b"] });
    run.state.reading["a"] = { revokedAt: "2026-01-01T00:00:00Z" };
    await run.pass();
    expect(run.sent).toEqual([]);
    expect(run.runner.outcomeOf("a")).toMatchObject({ kind: "done", how: "verified" });
    // What its request met went with the page that sent it.
    expect(run.runner.outcomeOf("b")).toEqual({ kind: "not_done", failure: { kind: "cancelled" } });
  });

  it("says unknown, and goes on, when this page fails in the middle of one", async () => {
    const runner = startRevokeRun([{ id: "a", how: "send" }], {
      of: () => ({
        revoke: () => Promise.reject(new TypeError("a bug")),
        read: () => Promise.resolve({}),
        findInFreshList: () => Promise.resolve(undefined),
      }),
      wait: () => Promise.resolve(),
      now: () => 0,
      onOutcome: () => {},
    });
    await runner.finished;
    expect(runner.outcomeOf("a")).toMatchObject({ kind: "unknown" });
  });
});

const reply = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Reply>(undefined) },
  fc.constantFrom<Reply>(
    FORBIDDEN,
    SESSION_ENDED,
    RATE(2),
    { kind: "offline" },
    { kind: "network" },
    problem(503, "unavailable"),
    problem(404, "not_found"),
  ),
);

it("whatever happens: no token is sent again once its request may have arrived, and all are accounted for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(reply, { minLength: 1, maxLength: 3 }), { maxLength: 14 }),
      async (scripts) => {
        const ids = some(scripts.length);
        const script = Object.fromEntries(ids.map((id, index) => [id, [...scripts[index]!, undefined]]));
        const met = new Map<string, Reply[]>();
        for (const id of ids) met.set(id, [...script[id]!]);
        const run = play(ids, script);
        for (let turn = 0; turn < 60 && !ended(run.runner).startsWith("ended"); turn++) {
          await run.pass();
          expect(run.runner.progress().underWay).toBe(0);
          run.runner.goOn();
        }
        await run.pass();
        expect(ended(run.runner)).toBe("ended finished");
        expect(run.state.most).toBeLessThanOrEqual(4);
        for (const id of ids) {
          const times = run.sent.filter((request) => request.id === id).length;
          const replies = met.get(id)!;
          // Only what was refused before anybody acted on it is sent again.
          for (const earlier of replies.slice(0, times - 1)) {
            expect([SESSION_ENDED, RATE(2), { kind: "offline" }]).toContainEqual(earlier);
          }
          expect(run.runner.outcomeOf(id)).toBeDefined();
        }
        const { total, done, notDone, unknown } = run.runner.progress();
        expect(done + notDone + unknown).toBe(total);
        expect(run.outcomes.map(([id]) => id).toSorted()).toEqual([...ids].toSorted());
      },
    ),
    { numRuns: 60 },
  );
});
