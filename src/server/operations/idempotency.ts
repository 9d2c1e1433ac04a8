import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { operationKeySchema, type SettledOperation } from "#contract/operation-schema.ts";
import { problemSchema } from "#contract/problem.ts";
import { REVOKE_RUN_KEY_START } from "#contract/revoke-run-key.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import type { Log } from "#server/log.ts";
import type { Metrics } from "#server/metrics/metrics.ts";
import { type Answer, problemAnswer, toApiError } from "#server/problem-answer.ts";
import { deriveKey, seal, sha256Hex, unseal } from "#server/sealing.ts";
import { KEEP, LEASE, type OperationRow, type OperationStore } from "./operation-store.ts";
import type { Reconciliation } from "./reconciliation.ts";

const SECRET_ANSWER_LIFE = 5 * 60_000;

export interface Operation {
  /** The Idempotency-Key header as it came. */
  rawKey: string;
  /** actorIdentity: a key belongs to its actor. */
  actor: string;
  method: string;
  target: string;
  body: Uint8Array;
  requestId: string;
}

export type OperationReference = Pick<Operation, "rawKey" | "actor">;

export interface Operations {
  /**
   * Runs `act` at most once per key and answers every repeat with its first answer. Throws ApiError. What `act` makes
   * should get the id that it is given, so that its loss can be told from its success.
   */
  once(operation: Operation, act: (proposedId: string) => Promise<Answer>): Promise<Answer>;
  /** The recorded answer of a repeat, without ever starting anything. */
  replay(operation: Operation): Promise<Answer | undefined>;
  /**
   * What became of it. One that has not begun never will for this actor: what they send later with this key is refused.
   * A key that another actor used is unknown, and stays as it is.
   */
  settle(reference: OperationReference): Promise<SettledOperation>;
  /** Its answer was received: what is kept of it for repeats, a secret perhaps, is erased at once. */
  acknowledge(reference: OperationReference): Promise<void>;
}

/** What is said of a request that comes, or would come, after its key was settled. */
export const GIVEN_UP = "This was given up before it reached the gateway: nothing was done.";

const recordedSchema = z.object({
  status: z.int(),
  body: z.optional(z.unknown()),
  headers: z.optional(z.record(z.string(), z.string())),
});

/**
 * 16 to 200 printable characters without spaces. Keys of revoke runs are for revoking: with anything else they would pass
 * for what became of a token. Throws 400.
 */
export function checkKey(rawKey: string, method: string): string {
  if (!operationKeySchema.safeParse(rawKey).success) {
    const message = "The Idempotency-Key must be 16 to 200 printable characters without spaces.";
    throw new ApiError(400, "invalid_request", message, { field: "Idempotency-Key" });
  }
  if (rawKey.startsWith(REVOKE_RUN_KEY_START) && method !== "DELETE") {
    const message = `An Idempotency-Key that begins with ${REVOKE_RUN_KEY_START} is for revoking only.`;
    throw new ApiError(400, "invalid_request", message, { field: "Idempotency-Key" });
  }
  return rawKey;
}

/** What stands in the database for a key. A key belongs to its actor (actorIdentity). */
export function operationKeyHash(actor: string, rawKey: string): string {
  return sha256Hex(`${actor}\n${rawKey}`);
}

/** Tells that two actors used one key, and nothing else. */
export function rawKeyHashOf(rawKey: string): string {
  return sha256Hex(`raw operation key\n${rawKey}`);
}

// Both are needed to open the answer, and neither is in the database: the gateway's key, and the raw key of the request.
function answerKey(gatewayKey: Buffer, rawKey: string, keyHash: string): Buffer {
  return deriveKey(Buffer.concat([gatewayKey, Buffer.from(rawKey)]), keyHash, "operation answer");
}

/** A recorded answer, or undefined when it is not that of these keys. */
export function openAnswer(
  gatewayKey: Buffer,
  rawKey: string,
  keyHash: string,
  sealed: string,
): z.infer<typeof recordedSchema> | undefined {
  const opened = unseal(answerKey(gatewayKey, rawKey, keyHash), sealed, keyHash);
  return opened === undefined ? undefined : recordedSchema.parse(JSON.parse(opened));
}

/** `key`: the gateway's own, 32 bytes. Kept answers are lost with it. */
export function createOperations(
  store: OperationStore,
  clock: Clock,
  log: Log,
  key: Buffer,
  reconciliation: Pick<Reconciliation, "settle">,
  metrics?: Pick<Metrics, "operation">,
): Operations {
  const hashOf = (operation: OperationReference) => operationKeyHash(operation.actor, operation.rawKey);

  /** The first answer, as long as it is kept. */
  function keptAnswer(operation: OperationReference, keyHash: string, row: OperationRow) {
    const sealed = (row.answer_until ?? 0) > clock() ? row.answer : null;
    return sealed === null ? undefined : openAnswer(key, operation.rawKey, keyHash, sealed);
  }

  function repeatOf(operation: Operation, keyHash: string, row: OperationRow): Answer {
    if (row.state === "never_begun") {
      throw new ApiError(422, "given_up", GIVEN_UP);
    }
    const isSame =
      row.method === operation.method &&
      row.target === operation.target &&
      row.body_hash === sha256Hex(operation.body);
    if (!isSame) {
      throw new ApiError(422, "key_reused", "This Idempotency-Key was used for another request.");
    }
    if (row.state === "started" && row.lease_until > clock()) {
      throw new ApiError(409, "in_progress", "The same operation is still running.", { retryAfter: 1 });
    }
    if (row.state === "started" || row.state === "unknown") {
      const message = "The same operation was cut off before its outcome was recorded. Read again to see it.";
      throw new ApiError(409, "outcome_unknown", message);
    }
    const kept = keptAnswer(operation, keyHash, row);
    // All that such an answer says is that it was done.
    if (kept === undefined && row.state === "done" && row.status === 204) {
      return { status: 204, headers: { "Idempotency-Replayed": "true" } };
    }
    if (kept === undefined && row.state === "failed") {
      // Found out after its gateway was gone, or sealed with another key, or by a version that had none in it.
      throw new ApiError(
        409,
        "conflict",
        "This was refused, and nothing was done; the reason is no longer kept.",
      );
    }
    if (kept === undefined) {
      const made = row.object_id === null ? "" : ` It concerns ${row.object_id}.`;
      throw new ApiError(
        410,
        "answer_gone",
        `The operation is done; its answer is no longer kept.${made}`,
        row.object_id === null ? {} : { objectId: row.object_id },
      );
    }
    const { status, body, headers } = kept;
    return {
      status,
      ...(body === undefined ? {} : { body }),
      headers: { ...headers, "Idempotency-Replayed": "true" },
    };
  }

  /** A record that cannot be written must not turn a done operation into a failed one: repeats then find it unknown. */
  async function record(...outcome: Parameters<OperationStore["finish"]>): Promise<void> {
    const [, { state }] = outcome;
    metrics?.operation(state);
    try {
      await store.finish(...outcome);
    } catch (error) {
      log.error({ event: "operation not recorded", stack: error instanceof Error ? error.stack : undefined });
    }
  }

  /** A row whose owner is gone says what can be found out. */
  async function current(row: OperationRow): Promise<OperationRow> {
    const isOpen = row.state === "started" || row.state === "unknown";
    return isOpen && row.lease_until <= clock() ? reconciliation.settle(row) : row;
  }

  return {
    async replay(operation) {
      const keyHash = hashOf(operation);
      const row = await store.find(keyHash);
      return row === undefined ? undefined : repeatOf(operation, keyHash, await current(row));
    },

    async settle(reference) {
      const keyHash = hashOf(reference);
      const rawKeyHash = rawKeyHashOf(reference.rawKey);
      const settled = await store.settle({ keyHash, rawKeyHash, actor: reference.actor });
      if (settled.found === "never_begun") return { state: "never_begun" };
      // Somebody else's is nobody's business, but that something may have been done with this key is true.
      if (settled.found === "foreign") return { state: "unknown", startedAt: toInstant(settled.startedAt) };
      const row = await current(settled.row);
      const startedAt = toInstant(row.started_at);
      switch (row.state) {
        case "never_begun":
          return { state: "never_begun" };
        case "started":
          return { state: "in_progress", startedAt };
        case "unknown":
          return { state: "unknown", startedAt };
        case "failed": {
          const problem = problemSchema.safeParse(keptAnswer(reference, keyHash, row)?.body);
          return { state: "failed", startedAt, ...(problem.success ? { problem: problem.data } : {}) };
        }
        case "done": {
          const answer = keptAnswer(reference, keyHash, row)?.body;
          return {
            state: "done",
            startedAt,
            ...(row.object_id === null ? {} : { objectId: row.object_id }),
            ...(answer === undefined ? {} : { answer }),
          };
        }
      }
    },

    acknowledge: (reference) => store.eraseAnswer(hashOf(reference)),

    async once(operation, act) {
      const keyHash = hashOf(operation);
      const proposedId = randomUUID();
      const first = await store.begin({
        keyHash,
        rawKeyHash: rawKeyHashOf(operation.rawKey),
        actor: operation.actor,
        method: operation.method,
        target: operation.target,
        bodyHash: sha256Hex(operation.body),
        proposedId,
      });
      if (first !== undefined) return repeatOf(operation, keyHash, await current(first));
      metrics?.operation("started");
      const sealAnswer = (answer: Answer) =>
        seal(
          answerKey(key, operation.rawKey, keyHash),
          JSON.stringify({ status: answer.status, body: answer.body, headers: answer.headers }),
          keyHash,
        );
      const heartbeat = setInterval(() => void store.extendLease(keyHash).catch(() => undefined), LEASE / 3);
      try {
        const answer = await act(proposedId);
        await record(keyHash, {
          state: "done",
          status: answer.status,
          answer: sealAnswer(answer),
          answerUntil: clock() + (answer.holdsSecret === true ? SECRET_ANSWER_LIFE : KEEP),
          ...(answer.objectId === undefined ? {} : { objectId: answer.objectId }),
          holdsSecret: answer.holdsSecret === true,
        });
        return answer;
      } catch (error) {
        const problem = toApiError(error);
        // Below 500 the service said no before it did anything; above, hardly anybody knows what was done.
        if (!problem.nothingDone) await record(keyHash, { state: "unknown", status: problem.status });
        else {
          await record(keyHash, {
            state: "failed",
            status: problem.status,
            answer: sealAnswer(problemAnswer(problem, operation.requestId)),
            answerUntil: clock() + KEEP,
          });
        }
        throw error;
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}
