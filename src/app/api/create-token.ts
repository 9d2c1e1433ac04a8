import { canonical } from "#contract/canonical.ts";
import { toMillis } from "#contract/instant.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import type { SettledOperation } from "#contract/operation-schema.ts";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { ApiError, type Failure } from "./api-error.ts";

/** What is asked for. */
export interface WantedToken {
  description: string;
  /** Database tokens only. */
  permissions?: readonly Permission[];
  /** An instant; never expires without it. */
  expiresAt?: string;
  /** Where it is not that of its permissions. */
  organizationId?: string;
}

/** A token that was made. Its secret stands beside it, so that the token alone can go into a cache. */
export interface Created {
  token: Token | ManagementToken;
  secret: string;
}

/** As much of a listed token as is compared with what was asked for. */
export interface ListedFacts {
  id: string;
  description: string;
  permissions?: readonly Permission[] | undefined;
  createdAt: string;
  expiresAt?: string | undefined;
}

/** What became of one attempt to create. */
export type CreateOutcome =
  | { kind: "created"; created: Created }
  /** It exists and nobody has its secret. "recorded": the gateway says so. "compared": it is the one new token like it. */
  | { kind: "created_secret_lost"; tokenId: string; how: "recorded" | "compared" }
  /** Several tokens that came meanwhile may be it. Which one, nobody can tell. */
  | { kind: "candidates"; tokens: readonly ListedFacts[] }
  | { kind: "not_created"; failure: Failure }
  | {
      kind: "unknown";
      /** What the attempt itself met, and what kept asking from settling it: undefined while it still runs. */
      failure: Failure;
      checkFailure: Failure | undefined;
      /** Set: who began it, when that is not who is signed in now. The gateway tells nobody else. */
      startedBy?: string;
      /** Set: what this page itself stumbled over, rather than a call. */
      fault?: string;
    };

export interface CreateSteps {
  /** Sends the request, once. */
  send(): Promise<Created>;
  /** Asks the gateway what became of it. Whatever has not begun by then never will. */
  settle(): Promise<SettledOperation>;
  /**
   * Who began it, when somebody else is signed in now: undefined as long as asking makes sense. `read` asks the gateway
   * who that is instead of believing what the page knows.
   */
  whoMustAsk?(read: boolean): Promise<string | undefined>;
  /** Reads a kept answer; undefined when it is not what creating answers. */
  readAnswer(answer: unknown): Promise<Created | undefined>;
  /** From a complete, fresh list: the tokens that came since the request and are like what was asked for. */
  findNewMatches(): Promise<readonly ListedFacts[]>;
  /** Waits that many seconds. */
  wait(seconds: number): Promise<void>;
  /** Called when the answer was not enough and asking begins. */
  onChecking(): void;
}

/** A request whose answer we lost may still be worked on: at 0.5, 2 and 5 seconds. */
const ASK_AFTER_SECONDS = [0.5, 1.5, 3] as const;

/**
 * Creates once and finds out what is true. Sends one POST, never a second; a lost, odd or failed answer is settled by
 * asking the gateway, which has a secret to replay as long as nobody acknowledged it, and where not even the gateway
 * knows, by comparing lists.
 */
export async function createVerified(steps: CreateSteps): Promise<CreateOutcome> {
  let failure: Failure;
  try {
    return { kind: "created", created: await steps.send() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failure = error.failure;
  }
  if (isFinal(failure)) return { kind: "not_created", failure };
  if (failure.kind === "problem" && failure.problem.reason === "answer_gone") {
    const { objectId } = failure.problem;
    if (objectId !== undefined) return { kind: "created_secret_lost", tokenId: objectId, how: "recorded" };
  }
  return askAgain(steps, failure);
}

/** Asks again after an outcome that is not known, or after a reload. Sends nothing that changes something. */
export async function askAgain(steps: Omit<CreateSteps, "send">, failure: Failure): Promise<CreateOutcome> {
  steps.onChecking();
  let checkFailure: Failure | undefined;
  for (const seconds of ASK_AFTER_SECONDS) {
    await steps.wait(seconds);
    try {
      const before = await steps.whoMustAsk?.(false);
      if (before !== undefined)
        return { kind: "unknown", failure, checkFailure: undefined, startedBy: before };
      const settled = await steps.settle();
      if (settled.state === "never_begun" || settled.state === "unknown") {
        // To another actor the gateway says the same of an operation that is well under way.
        const startedBy = await steps.whoMustAsk?.(true);
        if (startedBy !== undefined) return { kind: "unknown", failure, checkFailure: undefined, startedBy };
      }
      if (settled.state !== "in_progress") return await outcomeOf(steps, settled, failure);
      checkFailure = undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      checkFailure = error.failure;
    }
  }
  return { kind: "unknown", failure, checkFailure };
}

type Settled = Exclude<SettledOperation, { state: "in_progress" }>;

async function outcomeOf(
  steps: Omit<CreateSteps, "send">,
  settled: Settled,
  failure: Failure,
): Promise<CreateOutcome> {
  switch (settled.state) {
    case "never_begun":
      return { kind: "not_created", failure };
    case "failed": {
      const { problem } = settled;
      return {
        kind: "not_created",
        failure:
          problem === undefined
            ? failure
            : { kind: "problem", status: problem.code, problem, retryAfter: undefined },
      };
    }
    case "done": {
      const created = settled.answer === undefined ? undefined : await steps.readAnswer(settled.answer);
      if (created !== undefined) return { kind: "created", created };
      if (settled.objectId === undefined) return compareLists(steps, failure, "done");
      return { kind: "created_secret_lost", tokenId: settled.objectId, how: "recorded" };
    }
    case "unknown":
      return compareLists(steps, failure, "unknown");
  }
}

async function compareLists(
  steps: Pick<CreateSteps, "findNewMatches">,
  failure: Failure,
  state: "done" | "unknown",
): Promise<CreateOutcome> {
  const matches = await steps.findNewMatches();
  const [first, ...others] = matches;
  if (first === undefined) {
    // Made, the gateway says, and in no list: nothing that is known fits together.
    return state === "done"
      ? { kind: "unknown", failure, checkFailure: undefined }
      : { kind: "not_created", failure };
  }
  return others.length === 0
    ? { kind: "created_secret_lost", tokenId: first.id, how: "compared" }
    : { kind: "candidates", tokens: matches };
}

/** Whether a failure of the request itself proves that nothing was made. */
function isFinal(failure: Failure): boolean {
  switch (failure.kind) {
    case "offline":
      return true;
    case "problem": {
      const { reason } = failure.problem;
      // Of the same operation, begun by an earlier copy of this request.
      if (reason === "in_progress" || reason === "outcome_unknown" || reason === "key_reused") return false;
      return reason !== "answer_gone" && failure.status < 500;
    }
    case "unreadable":
    case "cut":
    case "partial":
    case "too_large":
    case "network":
    case "timeout":
    case "cancelled":
      return false;
  }
}

/** Clocks that tell only seconds, and an answer that took a while to say what time it is. */
const CLOCK_SLACK_MILLIS = 5_000;

/**
 * Tokens of a list that came since the request and are like what was asked for. `sentAt` in milliseconds of the
 * server's clock; `isKnown` says which ids were listed before. The list may be any part that holds everything created
 * since.
 */
export function newMatches(
  wanted: WantedToken,
  sentAt: number,
  isKnown: (id: string) => boolean,
  listed: Iterable<ListedFacts>,
): ListedFacts[] {
  const matches: ListedFacts[] = [];
  for (const token of listed) {
    if (
      !isKnown(token.id) &&
      isSince(token, sentAt) &&
      token.description === wanted.description &&
      isSameExpiry(token.expiresAt, wanted.expiresAt) &&
      areLike(wanted.permissions, token.permissions)
    ) {
      matches.push(token);
    }
  }
  return matches;
}

/** Whether a token may have been made by a request that was sent then. */
export function isSince({ createdAt }: { createdAt: string }, sentAt: number): boolean {
  return toMillis(createdAt) >= sentAt - CLOCK_SLACK_MILLIS;
}

/** Some servers take an expiry as whole seconds from now, and count them from their own clock. */
const EXPIRY_SLACK_MILLIS = 5_000;

/** Whether two expiries mean the same, but for a few seconds: not every server can be told more exactly. */
export function isSameExpiry(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(toMillis(one) - toMillis(other)) <= EXPIRY_SLACK_MILLIS;
}

/**
 * Whether a server made of permissions that were asked for those that a token has: each of them, which it may name more
 * exactly than it was asked, by type and ids. A grant that is there twice grants nothing more: it may drop the second.
 */
function areLike(wanted: readonly Permission[] = [], listed: readonly Permission[] = []): boolean {
  let left = distinct(listed);
  let unmatched = distinct(wanted);
  // What says less must not take what another one means exactly.
  for (const isMatch of [isEqual, hasSameId, isLike]) {
    unmatched = unmatched.filter((permission) => {
      const match = left.find((other) => isMatch(permission, other));
      left = left.filter((other) => other !== match);
      return match === undefined;
    });
  }
  return unmatched.length === 0 && left.length === 0;
}

function distinct(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((permission) => [canonical(permission), permission])).values()];
}

function isEqual(wanted: Permission, listed: Permission): boolean {
  return canonical(wanted) === canonical(listed);
}

/** Of the same thing, whatever it and its organization were called when it was asked for, and are by now. */
function hasSameId(wanted: Permission, listed: Permission): boolean {
  const { action, resourceType, resourceId } = wanted;
  return (
    resourceType !== undefined &&
    resourceId !== undefined &&
    action === listed.action &&
    resourceType === listed.resourceType &&
    resourceId === listed.resourceId
  );
}

function isLike(wanted: Permission, listed: Permission): boolean {
  const names = new Set([...Object.keys(wanted), ...Object.keys(listed)]);
  return [...names].every((name) => {
    const [asked, is] = [wanted[name], listed[name]];
    if (asked === undefined) return is === undefined || name.startsWith("resource");
    return is !== undefined && canonical(asked) === canonical(is);
  });
}
