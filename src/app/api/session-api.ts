import type { Session, SignIn } from "#contract/session.ts";
import type { Schemas } from "./load-schemas.ts";
import { parseBody, send } from "./http.ts";

const PATH = "/api/session";

const sessionSchema = ({ session }: Schemas) => session;

export async function getSession(signal?: AbortSignal): Promise<Session> {
  return parseBody(sessionSchema, await send({ path: PATH, signal }));
}

/** Spends a one-time code or checks a management token. The gateway keeps what it needs; the browser forgets it. */
export async function signIn(credential: SignIn): Promise<Session> {
  return parseBody(
    sessionSchema,
    await send({ method: "POST", path: PATH, body: credential, kind: "interactive" }),
  );
}

export async function signOut(): Promise<void> {
  await send({ method: "DELETE", path: PATH, kind: "interactive" });
}

/** Tells the gateway that somebody is still here. */
export async function renewSession(): Promise<Session> {
  return parseBody(
    sessionSchema,
    await send({ method: "POST", path: `${PATH}/renewal`, kind: "interactive" }),
  );
}
