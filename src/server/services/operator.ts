import type { Actor } from "#contract/session.ts";

/** Who came by a one-time link: somebody who can read what the gateway prints on its machine. */
export const OPERATOR: Actor = { kind: "link", label: "Operator (sign-in link)" };
