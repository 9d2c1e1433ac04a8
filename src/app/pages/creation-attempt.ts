import type { Actor } from "#contract/session.ts";
import type { PendingCreation } from "#app/features/secret/pending-secrets.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { actorIdentity } from "./actor-identity.ts";

/** One attempt to create a token, from its request to what is known of it in the end. */
export interface CreationAttempt {
  operationKey: string;
  /** Milliseconds of the server's clock. */
  sentAt: number;
  /** Whose operation it is. */
  actor: PendingCreation["actor"];
  /** Whether a token was listed before the request was sent, however the list has changed since. */
  isKnown: (id: string) => boolean;
}

/** An attempt that begins now. Asked about later, it stays what it was: a list read meanwhile holds what it made. */
export function beginAttempt(list: TokenList | undefined, actor: Actor): CreationAttempt {
  const index = list?.index;
  return {
    operationKey: crypto.randomUUID(),
    sentAt: Date.now() + (list?.clockOffset ?? 0),
    actor: { identity: actorIdentity(actor), label: actor.label },
    isKnown: (id) => index?.rowOf(id) !== undefined,
  };
}

/** How long the gateway knows an operation by its key is a day; less, for a clock that goes otherwise. */
const ASKED_FOR_MILLIS = 23 * 3600_000;

/** Whether the gateway may have forgotten an attempt: it would say that nothing ever began. `now`: the server's clock. */
export function isForgotten({ sentAt }: Pick<CreationAttempt, "sentAt">, now: number): boolean {
  return now - sentAt > ASKED_FOR_MILLIS;
}
