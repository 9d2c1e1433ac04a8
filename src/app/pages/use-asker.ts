import { useQueryClient } from "@tanstack/react-query";
import { sessionQuery } from "#app/features/session/session-queries.ts";
import { actorIdentity } from "./actor-identity.ts";
import type { CreationAttempt } from "./creation-attempt.ts";

/**
 * Gives what says who began an attempt, when somebody else is signed in now; also after the page below is gone. `read`
 * asks the gateway who that is, and throws ApiError when it does not say.
 */
export function useWhoMustAsk(): (
  attempt: Pick<CreationAttempt, "actor">,
  read: boolean,
) => Promise<string | undefined> {
  const client = useQueryClient();
  return async ({ actor }, read) => {
    const query = sessionQuery();
    const session = read
      ? await client.fetchQuery({ ...query, staleTime: 0, retry: false })
      : client.getQueryData(query.queryKey);
    // Signed out, the gateway refuses to say, in its own words.
    if (session?.signedIn !== true || actorIdentity(session.actor) === actor.identity) return undefined;
    return actor.label;
  };
}
