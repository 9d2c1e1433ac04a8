import { randomUUID } from "node:crypto";
import type { ActivityAction } from "#contract/activity.ts";
import { ApiError } from "#server/api-error.ts";
import type { Log } from "#server/log.ts";
import { toApiError } from "#server/problem-answer.ts";
import { type Call, callActor } from "#server/routes/route.ts";
import { sha256Hex } from "#server/sealing.ts";
import type { ActivityStore, NewActivityRow } from "./activity-store.ts";
import { contentAfter, type ActivityDetails, type Content } from "./deed.ts";
import { shortDescription } from "./short-description.ts";

export interface Deed<Result> {
  action: ActivityAction;
  accountId: string;
  /** Undefined for management tokens, which belong to an account. */
  clusterId?: string | undefined;
  kind: "database" | "management";
  /** Undefined while it is being created. */
  tokenId?: string | undefined;
  /**
   * Reads the token as it is before. Where that fails it is not recorded, and `act` finds out what is wrong; an id of a
   * wrong form is refused without a record.
   */
  before?: (() => Promise<Content>) | undefined;
  /** What is asked for, where the caller says that. */
  wanted?: Content | undefined;
  /** Does it, at most once. */
  act: () => Promise<Result>;
  /** What the result is, where it is a token. */
  after?: ((result: Result) => Content & { id: string }) | undefined;
}

/**
 * Runs a deed between the two rows that record it. When the first cannot be written nothing is done (503). When the
 * second cannot, the deed still has the outcome that it has: the record then says that it was started.
 */
export async function recorded<Result>(
  { activity, log }: { activity: ActivityStore; log: Log },
  call: Call,
  deed: Deed<Result>,
): Promise<Result> {
  const before = await deed.before?.().catch((error: unknown) => {
    // Nothing can have such an id: it is refused as it came, and no history would ever show it.
    if (error instanceof ApiError && error.reason === "invalid_id") throw error;
    return undefined;
  });
  const idHash = call.caller?.session?.idHash;
  const common = {
    operation_id: randomUUID(),
    operation_key: call.operationKey ?? null,
    session: idHash === undefined ? null : sessionReference(idHash),
    actor: JSON.stringify(callActor(call)),
    account_id: deed.accountId,
    cluster_id: deed.clusterId ?? null,
    kind: deed.kind,
    action: deed.action,
    request_id: call.requestId,
  };
  const details = (parts: ActivityDetails) => JSON.stringify(parts);

  try {
    await activity.append({
      ...common,
      phase: "intent",
      token_id: deed.tokenId ?? null,
      outcome: null,
      description: shortDescription(before?.description ?? deed.wanted?.description),
      details: details({ before: contentOf(before), after: contentOf(deed.wanted) }),
    });
  } catch (cause) {
    const message =
      "What is done to tokens is recorded first, and the record cannot be written: nothing was done.";
    throw new ApiError(503, "unavailable", message, { retryAfter: 5, nothingDone: true, cause });
  }

  const conclude = async (outcome: Pick<NewActivityRow, "token_id" | "outcome" | "details">) => {
    try {
      const row: NewActivityRow = { ...common, phase: "outcome", description: null, ...outcome };
      await (outcome.outcome === "not_done" ? activity.refuse(row) : activity.append(row));
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      log.error({ requestId: call.requestId, event: "outcome not recorded", stack });
    }
  };

  let result: Result;
  try {
    result = await deed.act();
  } catch (error) {
    const { status, reason, message, upstream, nothingDone } = toApiError(error);
    await conclude({
      token_id: deed.tokenId ?? null,
      outcome: nothingDone ? "not_done" : "unknown",
      details: details({ problem: { status, reason, message, upstream } }),
    });
    throw error;
  }
  const token = deed.after?.(result);
  const became = contentOf(token);
  // Permissions may take a megabyte: what follows from the intent is not written down again.
  const follows =
    became !== undefined &&
    deed.wanted !== undefined &&
    JSON.stringify(became) === JSON.stringify(contentAfter(contentOf(before), deed.wanted));
  await conclude({
    token_id: token?.id ?? deed.tokenId ?? null,
    outcome: "done",
    details: details(follows ? {} : { after: became }),
  });
  return result;
}

/** Of the hash that is kept of a session's id: nothing can be done with it, and nothing found by it. */
function sessionReference(idHash: string): string {
  return sha256Hex(`tokenward activity session\n${idHash}`).slice(0, 16);
}

/** Of an object with more fields, a secret perhaps, only these are recorded. */
function contentOf(content: Content | undefined): Content | undefined {
  return content === undefined
    ? undefined
    : { description: content.description, permissions: content.permissions };
}
