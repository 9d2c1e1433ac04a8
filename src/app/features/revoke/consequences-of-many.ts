import {
  databaseConsequences,
  isAccepted,
  type DatabaseConsequences,
  type GrantedAccess,
  type PermittedToken,
} from "./consequences.ts";

/** No token has this id: what is asked of the list is asked of all that is in it. */
const NO_TOKEN = "";

/**
 * What would stop working without all of these tokens together. `rest`: the complete list without them. `now` in
 * milliseconds of the server's clock.
 */
export function databaseConsequencesOf(
  tokens: Iterable<PermittedToken>,
  rest: GrantedAccess,
  databases: readonly string[],
  now: number,
): DatabaseConsequences {
  const permissions: PermittedToken["permissions"][number][] = [];
  let active = 0;
  for (const token of tokens) {
    if (!isAccepted(token, now)) continue;
    active++;
    for (const permission of token.permissions) permissions.push(permission);
  }
  // Together they are what one token with the permissions of all of them would be.
  const together: PermittedToken = { id: NO_TOKEN, permissions };
  const consequences = databaseConsequences(together, rest, databases, now);
  return { ...consequences, inactive: active === 0 };
}
