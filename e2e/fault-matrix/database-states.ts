import { isDeepStrictEqual } from "node:util";
import type { StoredToken } from "#e2e/invariants.ts";
import type { DatabaseState, Operation } from "./matrix.ts";

export interface Compared {
  before: readonly StoredToken[];
  after: readonly StoredToken[];
  /** What the cell's token is called; several begin with it. */
  name: string;
  operation: Operation;
}

/** What is chosen in the form of a token that is created. */
const CHOSEN = ["read:builds"];

/** Throws a sentence when the database is not in that state: more must not have changed, and not less. */
export function expectState(state: DatabaseState, compared: Compared): void {
  const fault = stateFault(state, compared);
  if (fault !== undefined) throw new Error(`The database: ${fault}.`);
}

/** Why the database is not in that state; undefined when it is. */
export function stateFault(
  state: DatabaseState,
  { before: stored, after: storedNow, name, operation }: Compared,
): string | undefined {
  const before = stored.map(withoutSpareRecord);
  const after = storedNow.map(withoutSpareRecord);
  const made = after.filter(({ id }) => !before.some((token) => token.id === id));
  const changed = before.filter((token) => {
    const now = after.find(({ id }) => id === token.id);
    return !isDeepStrictEqual(now, token);
  });
  const now = (token: StoredToken) => after.find(({ id }) => id === token.id);
  const names = (tokens: readonly StoredToken[]) =>
    tokens.map(({ description }) => `"${description}"`).join(", ");
  const one = (judge: (token: StoredToken, is: StoredToken) => boolean, what: string): string | undefined => {
    if (made.length > 0) return `there are new tokens: ${names(made)}`;
    const [token, ...others] = changed;
    if (token === undefined) return "nothing has changed";
    if (others.length > 0) return `more than one token has changed: ${names(changed)}`;
    const is = now(token);
    if (token.description !== name || is === undefined) return `another token has changed: ${names(changed)}`;
    return judge(token, is) ? undefined : `"${name}" is not ${what}`;
  };
  switch (state) {
    case "same":
      if (made.length > 0) return `there are new tokens: ${names(made)}`;
      return changed.length > 0 ? `tokens have changed: ${names(changed)}` : undefined;
    case "revoked":
      return one((token, is) => isDeepStrictEqual(is, { ...token, isRevoked: true }), "revoked, and no more");
    case "changed":
      return one(
        (token, is) => isDeepStrictEqual(is, { ...token, description: `${name}, changed` }),
        "changed as was wanted",
      );
    case "suspended":
      return one(
        (token, is) => isDeepStrictEqual(is, { ...token, permissions: [], kept: token.permissions }),
        "suspended with its permissions kept",
      );
    case "created": {
      if (changed.length > 0) return `tokens have changed: ${names(changed)}`;
      if (made.length !== 1) return `${String(made.length)} tokens are new: ${names(made)}`;
      const wanted = operation === "rotate" ? `${name}, replaced` : name;
      if (made[0]?.description !== wanted) return `the new token is called ${names(made)}`;
      const old = before.find(({ description }) => description === name);
      const granted = operation === "rotate" ? old?.permissions : CHOSEN;
      return isDeepStrictEqual(made[0].permissions, granted)
        ? undefined
        : `the new token may ${made[0].permissions.join(", ")}`;
    }
    case "allRevoked":
    case "someRevoked": {
      if (made.length > 0) return `there are new tokens: ${names(made)}`;
      const chosen = before.filter(({ description }) => description.startsWith(`${name} `));
      const odd = changed.filter((token) => {
        return !chosen.includes(token) || !isDeepStrictEqual(now(token), { ...token, isRevoked: true });
      });
      if (odd.length > 0) return `others have changed, or otherwise: ${names(odd)}`;
      const left = chosen.filter((token) => !changed.includes(token));
      return state === "allRevoked" && left.length > 0 ? `not revoked: ${names(left)}` : undefined;
    }
    case "stated":
      return undefined;
  }
}

/** Permissions are kept before they are taken away: a record of what a token has still does no harm, and counts as none. */
function withoutSpareRecord(token: StoredToken): StoredToken {
  return isDeepStrictEqual(token.kept, token.permissions) ? { ...token, kept: undefined } : token;
}
