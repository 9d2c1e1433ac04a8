import { isSameExpiry } from "#app/api/create-token.ts";
import { settleOperation } from "#app/api/create-token-api.ts";
import { readStarted, type Started } from "#app/api/rotations-api.ts";
import type { Rotation } from "#contract/rotation.ts";
import {
  forgetPendingRotation,
  namePendingRotation,
  pendingRotationsOf,
  takeLeftBehind,
} from "./pending-rotations.ts";

export type SecretAgain =
  | { kind: "secret"; started: Started; expiresAsAsked: boolean }
  /** Another tab asked for it. */
  | { kind: "other_tab" }
  /** This tab asked for it, for somebody else than who is signed in now. */
  | { kind: "other_actor" }
  /** The request for it still runs. */
  | { kind: "running" }
  /** The gateway has it no longer. */
  | { kind: "gone" }
  /** The request was cut off, or somebody else is signed in by now. */
  | { kind: "unclear" };

type Asked = Pick<Rotation, "id" | "oldTokenId">;

/**
 * Asks for the secret of a rotation that was left before it was acknowledged. `actor`: who is signed in, as the gateway
 * tells them apart. Rejects with ApiError when that could not be found out; asking again may tell then.
 */
export async function secretAgain(slug: string, rotation: Asked, actor: string): Promise<SecretAgain> {
  const all = await pendingRotationsOf(slug, rotation);
  if (all.length === 0) return { kind: "other_tab" };
  const mine = all.filter((pending) => pending.actor === actor);
  if (mine.length === 0) return { kind: "other_actor" };
  let found: "other_tab" | "gone" | "unclear" = "other_tab";
  for (const { operationKey, expiresAt } of mine) {
    const settled = await settleOperation(operationKey);
    switch (settled.state) {
      case "done": {
        const started = await readStarted(settled.answer);
        if (started === undefined) {
          forgetPendingRotation(operationKey);
          if (settled.objectId === undefined || settled.objectId === rotation.id) found = "gone";
          break;
        }
        namePendingRotation(operationKey, started.rotation.id);
        // Somebody may have abandoned that one and begun another.
        if (started.rotation.id !== rotation.id) break;
        const expiresAsAsked = isSameExpiry(started.created.token.expiresAt, expiresAt);
        return { kind: "secret", started, expiresAsAsked };
      }
      case "failed":
        forgetPendingRotation(operationKey);
        break;
      case "in_progress":
        return { kind: "running" };
      // Neither is the last word where somebody else signed in by another tab: the key is kept.
      case "never_begun":
      case "unknown":
        found = "unclear";
        break;
    }
  }
  return { kind: found };
}

/** Whether an earlier page of this tab left a rotation, for who is signed in, before its secret was stored. Says so once. */
export async function wasLeftBehind(slug: string, rotation: Asked, actor: string): Promise<boolean> {
  const pending = await pendingRotationsOf(slug, rotation);
  return takeLeftBehind(pending.filter((each) => each.actor === actor));
}
