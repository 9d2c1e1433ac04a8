import type { UpdateToken } from "#contract/token.ts";
import { parseBody, send, unreadable, type HttpAnswer, type HttpRequest } from "./http.ts";
import { tokenPath, type ClusterIds } from "./tokens-api.ts";
import type { KeptReading, TokenReading } from "./update-token.ts";

// Apart from tokens-api.ts, which the first screen needs.

const READ_TIMEOUT_SECONDS = 10;
const CHANGE_TIMEOUT_SECONDS = 15;

/** What every change of a token says besides what it wants. */
export interface ChangeTerms {
  /** The ETag that the token was read with; for restoring, the one that its suspension was read with. */
  ifMatch: string;
  /** One for each explicit attempt. */
  idempotencyKey: string;
}

/** Reads one database token with its ETag. `asked`: a person asked for it, which keeps the session awake. */
export async function readToken(
  ids: ClusterIds,
  id: string,
  options: { asked?: boolean; signal?: AbortSignal } = {},
): Promise<TokenReading> {
  const answer = await send({
    path: tokenPath("database", ids, id),
    timeoutSeconds: READ_TIMEOUT_SECONDS,
    signal: options.signal,
    ...(options.asked === true ? { kind: "interactive" } : {}),
  });
  return readingIn(answer);
}

/** Asks once for a change of the named fields. Resolves only with the changed token. */
export function updateToken(
  ids: ClusterIds,
  id: string,
  update: UpdateToken,
  terms: ChangeTerms,
): Promise<TokenReading> {
  return change({ method: "PATCH", path: tokenPath("database", ids, id), body: update }, terms);
}

/** Asks once to take all permissions away, which the gateway keeps. Resolves only with the suspended token. */
export function suspendToken(ids: ClusterIds, id: string, terms: ChangeTerms): Promise<TokenReading> {
  return change({ method: "POST", path: suspensionPath(ids, id) }, terms);
}

/** Asks once to put the kept permissions back. Resolves only with the restored token. */
export function restoreToken(ids: ClusterIds, id: string, terms: ChangeTerms): Promise<TokenReading> {
  return change({ method: "DELETE", path: suspensionPath(ids, id) }, terms);
}

/** Reads what the gateway keeps of a suspended token, with the ETag that restoring has to name. */
export async function readSuspension(
  ids: ClusterIds,
  id: string,
  signal?: AbortSignal,
): Promise<KeptReading> {
  const answer = await send({ path: suspensionPath(ids, id), signal, timeoutSeconds: READ_TIMEOUT_SECONDS });
  const suspension = await parseBody((schemas) => schemas.suspension, answer);
  return { suspension, etag: etagIn(answer) };
}

function suspensionPath(ids: ClusterIds, id: string): string {
  return `${tokenPath("database", ids, id)}/suspension`;
}

async function change(
  request: Pick<HttpRequest, "method" | "path" | "body">,
  { ifMatch, idempotencyKey }: ChangeTerms,
): Promise<TokenReading> {
  const answer = await send({
    ...request,
    idempotencyKey,
    headers: { "If-Match": ifMatch },
    kind: "interactive",
    timeoutSeconds: CHANGE_TIMEOUT_SECONDS,
  });
  return readingIn(answer);
}

async function readingIn(answer: HttpAnswer): Promise<TokenReading> {
  const token = await parseBody((schemas) => schemas.token, answer);
  return { token, etag: etagIn(answer) };
}

function etagIn(answer: HttpAnswer): string {
  const etag = answer.headers.get("ETag");
  // Without it no change could say what it had seen.
  if (etag === null) throw unreadable(answer);
  return etag;
}
