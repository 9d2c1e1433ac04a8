import { ApiError, isSignedOut, type Failure } from "./api-error.ts";
import { checkAgain, revokeVerified, type RevokeOutcome, type RevokeSteps } from "./revoke-token.ts";

/** One token of a run. */
export interface RunWork {
  id: string;
  /** "look": it was sent before, and what became of it is not known: it is read, and never sent again. */
  how: "send" | "look";
}

export type RunPause =
  /** So many in a row were not revoked, or it is not known: something is wrong. */
  | "failures"
  /** Nothing was revoked since: sign in and go on. */
  | "session_ended"
  | "offline";

export type RunPhase =
  | { phase: "running" }
  /** The server asked for a pause, until this time in milliseconds. It goes on by itself. */
  | { phase: "waiting"; until: number }
  | { phase: "paused"; why: RunPause }
  /** Nothing is sent any more; those under way are waited for. */
  | { phase: "stopping" }
  /** "credential_refused": the InfluxDB behind the gateway took the credential no more. */
  | { phase: "ended"; why: "finished" | "stopped" | "credential_refused" };

/** Where a run stands. A new object after every change. */
export interface RunProgress {
  readonly phase: RunPhase;
  readonly total: number;
  /** Tokens of which it is known that they are revoked. */
  readonly done: number;
  readonly notDone: number;
  readonly unknown: number;
  readonly underWay: number;
}

export interface RunSteps {
  /** What revokes and reads one token, with the run's own key for it. */
  of(id: string): Omit<RevokeSteps, "wait" | "onChecking">;
  /** Waits that many seconds. */
  wait(seconds: number): Promise<void>;
  /** Milliseconds. */
  now(): number;
  /** What became of one token, when it is settled. */
  onOutcome(id: string, outcome: RevokeOutcome): void;
}

export interface RevokeRunner {
  progress(): RunProgress;
  subscribe(listener: () => void): () => void;
  /** What became of a token; undefined when it was not attempted, or is not settled yet. */
  outcomeOf(id: string): RevokeOutcome | undefined;
  /** Goes on after a pause. */
  goOn(): void;
  /** Those under way finish, the rest is not attempted. */
  stop(): void;
  /** Resolves when nothing is under way and nothing will be. */
  finished: Promise<void>;
}

const AT_ONCE = 4;
/** Milliseconds between two requests: the gateway takes 50 changes a second from a session. */
const APART = 25;
const FAILURES_IN_A_ROW = 3;
/** Somebody else may use up what the session may do; but not for ever. */
const MOST_REFUSALS = 5;

/**
 * Revokes many tokens: a few at a time, each with one DELETE, each outcome verified. Refused for its rate it pauses as a
 * whole; refused like that a request was not recorded anywhere, so its token is sent later. After failures in a row, and
 * when the session ends, it waits for somebody to say what to do.
 */
export function startRevokeRun(work: readonly RunWork[], steps: RunSteps): RevokeRunner {
  // What is not known is looked at first.
  const queue = [...work].sort((left, right) => Number(right.how === "look") - Number(left.how === "look"));
  const outcomes = new Map<string, RevokeOutcome>();
  const refusals = new Map<string, number>();
  const listeners = new Set<() => void>();
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));

  let progress: RunProgress = {
    phase: { phase: "running" },
    total: work.length,
    done: 0,
    notDone: 0,
    unknown: 0,
    underWay: 0,
  };
  let inARow = 0;
  let nextAt = -Infinity;
  let wakesAt = Infinity;
  let endsWith: "stopped" | "credential_refused" = "stopped";

  const change = (changed: Partial<RunProgress>): void => {
    progress = { ...progress, ...changed };
    for (const listener of listeners) listener();
  };
  const end = (why: "finished" | "stopped" | "credential_refused"): void => {
    change({ phase: { phase: "ended", why } });
    finish();
  };

  /** Looks at everything again in `millis`, unless it does so earlier anyway. */
  const later = (millis: number): void => {
    const at = steps.now() + millis;
    // A long pause that somebody cut short still has its timer: it must not hold up what is due before it.
    if (at >= wakesAt) return;
    wakesAt = at;
    void steps.wait(millis / 1000).then(() => {
      wakesAt = Infinity;
      pump();
    });
  };

  const pump = (): void => {
    const { phase, underWay } = progress;
    if (phase.phase === "ended") return;
    if (underWay === 0 && queue.length === 0) return end("finished");
    if (phase.phase === "stopping") {
      if (underWay === 0) end(endsWith);
      return;
    }
    if (phase.phase === "paused") return;
    if (phase.phase === "waiting") {
      const left = phase.until - steps.now();
      if (left > 0) return later(left);
      change({ phase: { phase: "running" } });
    }
    while (progress.underWay < AT_ONCE && queue.length > 0) {
      const left = nextAt - steps.now();
      if (left > 0) return later(left);
      nextAt = steps.now() + APART;
      void attempt(queue.shift()!);
    }
  };

  const attempt = async (item: RunWork): Promise<void> => {
    change({ underWay: progress.underWay + 1 });
    const outcome = await settle(item);
    // Counted as under way until then: a listener that stops the run must find no end while this may be queued again.
    consider(item, outcome);
    change({ underWay: progress.underWay - 1 });
    pump();
  };

  const settle = async ({ id, how }: RunWork): Promise<RevokeOutcome> => {
    const tokenSteps = { ...steps.of(id), wait: steps.wait, onChecking: () => {} };
    try {
      return await (how === "send" ? revokeVerified(tokenSteps) : checkAgain(tokenSteps, CUT_OFF));
    } catch (error) {
      // A fault of this page. What it was about has to be read again.
      return {
        kind: "unknown",
        failure: error instanceof ApiError ? error.failure : CUT_OFF,
        readFailure: undefined,
      };
    }
  };

  const consider = (item: RunWork, outcome: RevokeOutcome): void => {
    const obstacle = outcome.kind === "not_done" ? obstacleOf(outcome.failure) : undefined;
    switch (obstacle?.kind) {
      case "session_ended":
      case "offline":
        queue.unshift(item);
        return pause(obstacle.kind);
      case "rate": {
        const refused = (refusals.get(item.id) ?? 0) + 1;
        refusals.set(item.id, refused);
        if (refused > MOST_REFUSALS) break;
        queue.unshift(item);
        return waitUntil(steps.now() + obstacle.seconds * 1000);
      }
      case "credential_refused":
        record(item, outcome);
        endsWith = "credential_refused";
        return sendNoMore();
      case undefined:
    }
    record(item, outcome);
    if (outcome.kind === "done") {
      inARow = 0;
      return;
    }
    inARow++;
    if (inARow >= FAILURES_IN_A_ROW && queue.length > 0) pause("failures");
  };

  const record = ({ id }: RunWork, outcome: RevokeOutcome): void => {
    outcomes.set(id, outcome);
    const counted = { done: "done", not_done: "notDone", unknown: "unknown" } as const;
    const key = counted[outcome.kind];
    change({ [key]: progress[key] + 1 });
    steps.onOutcome(id, outcome);
  };

  const pause = (why: RunPause): void => {
    const { phase } = progress.phase;
    if (phase === "running" || phase === "waiting") change({ phase: { phase: "paused", why } });
  };

  const sendNoMore = (): void => {
    if (progress.phase.phase !== "stopping") change({ phase: { phase: "stopping" } });
  };

  const waitUntil = (until: number): void => {
    const { phase } = progress;
    if (phase.phase === "running") change({ phase: { phase: "waiting", until } });
    else if (phase.phase === "waiting" && until > phase.until) change({ phase: { phase: "waiting", until } });
  };

  // Not before it is given back: whoever starts it has to be able to hear of it.
  queueMicrotask(pump);
  return {
    progress: () => progress,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    outcomeOf: (id) => outcomes.get(id),
    goOn() {
      if (progress.phase.phase !== "paused") return;
      inARow = 0;
      change({ phase: { phase: "running" } });
      pump();
    },
    stop() {
      if (progress.phase.phase === "ended") return;
      sendNoMore();
      pump();
    },
    finished,
  };
}

/** What an attempt met that was cut off with the page that made it. */
const CUT_OFF: Failure = { kind: "cancelled" };

/** What says something of the run, and not of the one token. */
function obstacleOf(
  failure: Failure,
):
  | { kind: "session_ended" | "offline" | "credential_refused" }
  | { kind: "rate"; seconds: number }
  | undefined {
  if (isSignedOut(failure)) return { kind: "session_ended" };
  if (failure.kind === "offline") return { kind: "offline" };
  if (failure.kind !== "problem") return undefined;
  switch (failure.problem.reason) {
    case "rate_limited":
      return { kind: "rate", seconds: failure.retryAfter ?? 1 };
    case "credential_refused":
    case "credential_needed":
      return { kind: "credential_refused" };
    default:
      return undefined;
  }
}
