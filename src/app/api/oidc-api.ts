import type { OidcSignedIn } from "#contract/session.ts";
import { parseBody, send } from "./http.ts";

const PATH = "/api/session/oidc";

/** Begins to sign in at the identity provider: the address there. `returnTo`: a path of ours. */
export async function startOidc(returnTo: string | undefined): Promise<string> {
  const body = returnTo === undefined ? {} : { returnTo };
  const answer = await send({ method: "POST", path: PATH, body, kind: "interactive" });
  return (await parseBody(({ oidcStarted }) => oidcStarted, answer)).authorizationUrl;
}

/** Signs in with the query that the provider sent the browser back with. The gateway finds out whether it is good, once. */
export async function answerOidc(query: string): Promise<OidcSignedIn> {
  const answer = await send({
    method: "POST",
    path: `${PATH}/answer`,
    body: { query },
    kind: "interactive",
    // The gateway asks the provider more than once meanwhile.
    timeoutSeconds: 60,
  });
  return parseBody(({ oidcSignedIn }) => oidcSignedIn, answer);
}
