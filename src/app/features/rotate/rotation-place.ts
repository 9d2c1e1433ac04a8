import { toMillis } from "#contract/instant.ts";
import type { Rotation } from "#contract/rotation.ts";

/** As much of a token as decides how far its rotation is. */
export interface RotatedToken {
  id: string;
  revokedAt?: string | undefined;
}

/**
 * What is known of a token of a rotation: `gone` is one that is not there any more, `unlisted` one that a complete list
 * does not show, which may leave out what is there.
 */
export type TokenKnowledge<T extends RotatedToken> =
  | { known: "token"; token: T }
  | { known: "gone" }
  | { known: "unlisted" }
  | { known: "nothing" };

/** Where a rotation stands, by its record and by what the list says of its two tokens. */
export type RotationPlace =
  /** Whether the replacement exists is not recorded. */
  | "creating"
  /** It exists, and nobody said that its secret is stored. */
  | "created"
  /** Both tokens are active. */
  | "overlap"
  /** The old token is revoked, after the secret was stored: only the record has to say so. */
  | "ending"
  /** The replacement was revoked: nothing is left but to abandon. */
  | "without_replacement"
  | "finished"
  | "abandoned"
  /** Not in progress any more; how it ended is not known here. */
  | "over";

export function placeOf(
  rotation: Pick<Rotation, "state" | "oldTokenGone">,
  old: TokenKnowledge<RotatedToken>,
  replacement: TokenKnowledge<RotatedToken>,
): RotationPlace {
  switch (rotation.state) {
    case "creating":
    case "finished":
    case "abandoned":
      return rotation.state;
    case "created":
      return isRevoked(replacement) ? "without_replacement" : "created";
    case "overlap":
      // With both revoked nothing is left to abandon.
      if (isRevoked(old) || rotation.oldTokenGone === true) return "ending";
      return isRevoked(replacement) ? "without_replacement" : "overlap";
  }
}

/**
 * The same of a rotation that may have ended. `isListed`: whether it is among those in progress; `end`: what a step that
 * was taken here says. What the list of tokens shows does not tell how a rotation ended that somebody else brought to
 * its end.
 */
export function placeNow(
  place: RotationPlace,
  { isListed, end }: { isListed: boolean; end: "finished" | "abandoned" | undefined },
): RotationPlace {
  return end ?? (isListed ? place : "over");
}

/** A list that leaves nothing out and does not have a token shows as much as one that says it is revoked. */
export function isRevoked(token: TokenKnowledge<RotatedToken>): boolean {
  return token.known === "gone" || (token.known === "token" && token.token.revokedAt !== undefined);
}

/** Why the old token may not be revoked from here; undefined when it may. */
export function revokeOldRefusal(
  place: RotationPlace,
  replacement: TokenKnowledge<RotatedToken>,
): string | undefined {
  switch (place) {
    case "creating":
      return "It is not known yet whether the replacement exists.";
    case "created":
      return "First say that the replacement's secret is stored.";
    case "without_replacement":
      return "The replacement is revoked, so this is the only one of the two that works.";
    case "ending":
    case "finished":
      return "It is revoked already.";
    case "abandoned":
      return "This rotation was abandoned.";
    case "over":
      return "This rotation is over.";
    case "overlap":
      return replacement.known === "unlisted"
        ? "The list does not show the replacement, so whether it works is not known."
        : undefined;
  }
}

export interface ProgressStep {
  title: string;
  state: "done" | "current" | "ahead";
}

const stepTitles = [
  "Create the replacement",
  "Store its secret",
  "Change clients over",
  "Revoke the old token",
];

/** The guided path, and how far it was followed; undefined before it began. */
export function progressOf(place: RotationPlace | undefined): ProgressStep[] {
  const current = currentStep(place);
  return stepTitles.map((title, at) => ({
    title,
    state: at < current ? "done" : at === current ? "current" : "ahead",
  }));
}

function currentStep(place: RotationPlace | undefined): number {
  switch (place) {
    case undefined:
    case "creating":
    case "abandoned":
      return 0;
    case "created":
      return 1;
    case "without_replacement":
    case "overlap":
      return 2;
    case "ending":
      return 3;
    case "finished":
      return stepTitles.length;
    // How far it came is not known.
    case "over":
      return -1;
  }
}

/** How far it is, in the words of a list. */
export function placeWords(place: RotationPlace): string {
  switch (place) {
    case "creating":
      return "Not known whether the replacement was created";
    case "created":
      return "Secret not stored yet";
    case "overlap":
      return "Both tokens are active";
    case "without_replacement":
      return "The replacement is revoked";
    case "ending":
    case "finished":
      return "The old token is revoked";
    case "abandoned":
      return "Abandoned";
    case "over":
      return "Over";
  }
}

/** Clocks of several gateways may differ a little. */
const CLOCK_SLACK_MILLIS = 5_000;

/**
 * Tokens that may be the replacement of a rotation that does not know its own: called as it was asked for, and made since
 * it began. The tokens are given newest first, so that no more of them are looked at than were made since.
 */
export function candidatesFor<T extends RotatedToken & { description: string; createdAt: string }>(
  rotation: Pick<Rotation, "oldTokenId" | "newDescription" | "startedAt">,
  newestFirst: Iterable<T>,
): T[] {
  const since = toMillis(rotation.startedAt) - CLOCK_SLACK_MILLIS;
  const found: T[] = [];
  for (const token of newestFirst) {
    if (toMillis(token.createdAt) < since) break;
    if (token.id !== rotation.oldTokenId && token.description === rotation.newDescription) found.push(token);
  }
  return found;
}
