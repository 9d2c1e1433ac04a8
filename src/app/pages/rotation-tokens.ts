import { toMillis } from "#contract/instant.ts";
import type { Rotation } from "#contract/rotation.ts";
import {
  candidatesFor,
  placeOf,
  type RotationPlace,
  type TokenKnowledge,
} from "#app/features/rotate/rotation-place.ts";
import type { ListedToken, TokenIndex } from "#app/features/tokens/token-index.ts";
import type { FlowContext } from "./token-flow.ts";

/** So much younger than a rotation a list has to be, for what it does not hold to mean something. */
const SETTLED_MILLIS = 60_000;

type Listed = Pick<FlowContext, "list" | "listProblem"> & {
  cluster: Pick<FlowContext["cluster"], "listsMayBePartial">;
};

/**
 * What the list says of a token of a rotation. Where lists may leave tokens out, not even a complete one says that a
 * token is gone: of the old one the gateway does, which asks for that token alone.
 */
export function knowledgeOf(
  id: string | undefined,
  rotation: Pick<Rotation, "startedAt" | "oldTokenId" | "oldTokenGone">,
  { cluster, list, listProblem }: Listed,
): TokenKnowledge<ListedToken> {
  if (id === undefined || list === undefined) return { known: "nothing" };
  const row = list.index.rowOf(id);
  if (row !== undefined) return { known: "token", token: list.index.tokenAt(row) };
  const complete = list.complete && listProblem === undefined && list.unreadable.length === 0;
  const age = list.receivedAt + list.clockOffset - toMillis(rotation.startedAt);
  if (!complete || age <= SETTLED_MILLIS) return { known: "nothing" };
  const isProven =
    !cluster.listsMayBePartial || (id === rotation.oldTokenId && rotation.oldTokenGone === true);
  return { known: isProven ? "gone" : "unlisted" };
}

export interface KnownRotation {
  rotation: Rotation;
  old: TokenKnowledge<ListedToken>;
  replacement: TokenKnowledge<ListedToken>;
  place: RotationPlace;
}

export function knownRotation(rotation: Rotation, context: Listed): KnownRotation {
  const old = knowledgeOf(rotation.oldTokenId, rotation, context);
  const replacement = knowledgeOf(rotation.newTokenId, rotation, context);
  return { rotation, old, replacement, place: placeOf(rotation, old, replacement) };
}

/**
 * Tokens that may be the replacement nobody recorded; undefined while the list is not all there, and while it has none and
 * is from before the rotation: it says nothing of what came since.
 */
export function replacementCandidates(
  rotation: Rotation,
  { list, now }: Pick<FlowContext, "list" | "now">,
): ListedToken[] | undefined {
  if (list?.complete !== true) return undefined;
  const found = candidatesFor(rotation, newestFirst(list.index, now));
  const isYounger = list.receivedAt + list.clockOffset > toMillis(rotation.startedAt);
  return found.length > 0 || isYounger ? found : undefined;
}

function* newestFirst(index: TokenIndex, now: number): Generator<ListedToken> {
  const rows = index.query({
    text: "",
    inactive: true,
    status: undefined,
    access: undefined,
    database: undefined,
    expiry: undefined,
    sort: { by: "created", descending: true },
    now,
  });
  for (const row of rows) yield index.tokenAt(row);
}
