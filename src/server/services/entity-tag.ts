import { createHash } from "node:crypto";
import { canonicalContent, canonicalSet } from "#contract/canonical.ts";
import type { Suspension } from "#contract/suspension.ts";
import type { Token } from "#contract/token.ts";

/**
 * Strong entity tag, quotes included, over what an update can change: the description and the permissions,
 * unknown fields with them. A permission set has no order, so neither has the tag.
 */
export function tokenEntityTag(token: Pick<Token, "description" | "permissions">): string {
  return textEntityTag(canonicalContent(token));
}

/** Over all that a restoration depends on: the token as tokenEntityTag sees it, what is kept of it, and since when. */
export function suspensionEntityTag(
  token: Pick<Token, "description" | "permissions">,
  kept: Pick<Suspension, "suspendedAt" | "permissions">,
): string {
  const permissions = canonicalSet(kept.permissions);
  return textEntityTag(`suspension\n${tokenEntityTag(token)}\n${kept.suspendedAt}\n${permissions}`);
}

/**
 * Whether an If-Match value allows a change of what has this tag: `*`, or a list that holds the tag. A weak
 * form of it counts too, although RFC 9110 says otherwise: proxies that compress answers weaken tags, and
 * ours stands for the content rather than for its bytes.
 */
export function matchesEntityTag(ifMatch: string, tag: string): boolean {
  return entityTagsOf(ifMatch).some((part) => part === "*" || part === tag);
}

/** The tags of an If-Match or If-None-Match, quotes included, without the mark of weak ones; `*` as it is. */
export function entityTagsOf(header: string | null): string[] {
  const parts = (header ?? "").split(",").map((part) => part.trim().replace(/^W\//, ""));
  return parts.filter((part) => part !== "");
}

/** The tag, quotes included, of an answer by its text. */
export function textEntityTag(text: string): string {
  return `"${createHash("sha256").update(text, "utf8").digest("base64url")}"`;
}
