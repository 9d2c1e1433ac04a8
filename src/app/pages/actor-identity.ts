import type { Actor } from "#contract/session.ts";

/**
 * Whom the gateway takes somebody for: operations belong to an actor, and only the same one may ask with their keys. It
 * stays the same when the same person signs in again.
 */
export function actorIdentity(actor: Actor): string {
  switch (actor.kind) {
    case "link":
      return "operator";
    case "management_token":
      return `management_token:${actor.managementTokenId}`;
    case "oidc":
      return `oidc:${actor.subject}`;
  }
}
