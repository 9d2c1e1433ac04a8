import { createHash } from "node:crypto";
import type { Token } from "#contract/token.ts";

/**
 * One text for all values that mean the same: the order of an object's keys does not count. Objects become
 * lists of pairs, so that a key such as `__proto__` is a key like any other.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
    return `{${pairs.sort().join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/**
 * Strong entity tag, quotes included, over what an update can change: the description and the permissions,
 * unknown fields with them. A permission set has no order, so neither has the tag.
 */
export function tokenEntityTag(token: Pick<Token, "description" | "permissions">): string {
  const permissions = token.permissions.map(canonical).sort().join(",");
  const content = `${JSON.stringify(token.description)}\n${permissions}`;
  return textEntityTag(content);
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
