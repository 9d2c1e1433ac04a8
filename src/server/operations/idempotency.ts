import * as z from "zod/mini";
import { ApiError } from "#server/api-error.ts";
import type { Clock } from "#server/clock.ts";
import type { Log } from "#server/log.ts";
import { type Answer, problemAnswer, toApiError } from "#server/problem-answer.ts";
import { deriveKey, seal, sha256Hex, unseal } from "#server/sealing.ts";
import { KEEP, LEASE, type OperationRow, type OperationStore } from "./operation-store.ts";

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

export interface Operations {
  /** Runs `act` at most once per key and answers every repeat with its first answer. Throws ApiError. */
  once(operation: Operation, act: () => Promise<Answer>): Promise<Answer>;
  /** The recorded answer of a repeat, without ever starting anything. */
  replay(operation: Operation): Promise<Answer | undefined>;
}

const recordedSchema = z.object({
  status: z.int(),
  body: z.optional(z.unknown()),
  headers: z.optional(z.record(z.string(), z.string())),
});

/** 16 to 200 printable characters without spaces. Throws 400. */
export function checkKey(rawKey: string): string {
  if (!/^[\x21-\x7e]{16,200}$/.test(rawKey)) {
    const message = "The Idempotency-Key must be 16 to 200 printable characters without spaces.";
    throw new ApiError(400, "invalid_request", message, { field: "Idempotency-Key" });
  }
  return rawKey;
}

export function createOperations(store: OperationStore, clock: Clock, log: Log): Operations {
  const hashOf = (operation: Operation) => sha256Hex(`${operation.actor}\n${operation.rawKey}`);
  // Only who knows the raw key can open the answer: the database has its hash and no other trace of it.
  const answerKey = (operation: Operation, keyHash: string) =>
    deriveKey(operation.rawKey, keyHash, "operation answer");

  function repeatOf(operation: Operation, keyHash: string, row: OperationRow): Answer {
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
    const sealed = (row.answer_until ?? 0) > clock() ? row.answer : null;
    const opened = sealed === null ? undefined : unseal(answerKey(operation, keyHash), sealed, keyHash);
    if (opened === undefined) {
      const made = row.object_id === null ? "" : ` It concerns ${row.object_id}.`;
      throw new ApiError(
        410,
        "answer_gone",
        `The operation is done; its answer is no longer kept.${made}`,
        row.object_id === null ? {} : { objectId: row.object_id },
      );
    }
    const { status, body, headers } = recordedSchema.parse(JSON.parse(opened));
    return {
      status,
      ...(body === undefined ? {} : { body }),
      headers: { ...headers, "Idempotency-Replayed": "true" },
    };
  }

  /** A record that cannot be written must not turn a done operation into a failed one: repeats then find it unknown. */
  async function record(...outcome: Parameters<OperationStore["finish"]>): Promise<void> {
    try {
      await store.finish(...outcome);
    } catch (error) {
      log.error({ event: "operation not recorded", stack: error instanceof Error ? error.stack : undefined });
    }
  }

  return {
    async replay(operation) {
      const keyHash = hashOf(operation);
      const row = await store.find(keyHash);
      return row === undefined ? undefined : repeatOf(operation, keyHash, row);
    },

    async once(operation, act) {
      const keyHash = hashOf(operation);
      const first = await store.begin({
        keyHash,
        actor: operation.actor,
        method: operation.method,
        target: operation.target,
        bodyHash: sha256Hex(operation.body),
      });
      if (first !== undefined) {
        if (first.state === "started" && first.lease_until <= clock()) await store.markUnknown(keyHash);
        return repeatOf(operation, keyHash, first);
      }
      const sealAnswer = (answer: Answer) =>
        seal(
          answerKey(operation, keyHash),
          JSON.stringify({ status: answer.status, body: answer.body, headers: answer.headers }),
          keyHash,
        );
      const heartbeat = setInterval(() => void store.extendLease(keyHash).catch(() => undefined), LEASE / 3);
      try {
        const answer = await act();
        await record(keyHash, {
          state: "done",
          status: answer.status,
          answer: sealAnswer(answer),
          answerUntil: clock() + (answer.holdsSecret === true ? SECRET_ANSWER_LIFE : KEEP),
          ...(answer.objectId === undefined ? {} : { objectId: answer.objectId }),
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
