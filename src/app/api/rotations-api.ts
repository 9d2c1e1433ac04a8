import type { RequestKind } from "#contract/headers.ts";
import type { Rotation, RotationStep, StartRotation } from "#contract/rotation.ts";
import type { Created } from "./create-token.ts";
import { parseBody, send, unreadable } from "./http.ts";
import { loadSchemas } from "./load-schemas.ts";

const START_TIMEOUT_SECONDS = 30;

/** A rotation that was started. The secret stands beside the token, which alone may go into a cache. */
export interface Started {
  rotation: Rotation;
  created: Created;
}

function rotationsPath(slug: string): string {
  return `/api/clusters/${encodeURIComponent(slug)}/rotations`;
}

/** Those in progress, oldest first, of both kinds of token. */
export async function listRotations(slug: string, signal?: AbortSignal): Promise<Rotation[]> {
  return parseBody(({ rotations }) => rotations, await send({ path: rotationsPath(slug), signal }));
}

/**
 * Asks once for a replacement. Throws ApiError `unreadable` for a success without a secret. The key is what the gateway
 * knows this attempt by.
 */
export async function startRotation(
  slug: string,
  wanted: StartRotation,
  operationKey: string,
): Promise<Started> {
  const answer = await send({
    method: "POST",
    path: rotationsPath(slug),
    body: wanted,
    idempotencyKey: operationKey,
    kind: "interactive",
    timeoutSeconds: START_TIMEOUT_SECONDS,
  });
  const started = await readStarted(answer.body);
  if (started === undefined) throw unreadable(answer);
  return started;
}

/** The answer of a start, or undefined when it is none. */
export async function readStarted(body: unknown): Promise<Started | undefined> {
  const parsed = (await loadSchemas()).startedRotation.safeParse(body);
  if (!parsed.success || parsed.data.token.accessToken === "") return undefined;
  const { accessToken: secret, ...token } = parsed.data.token;
  return { rotation: parsed.data.rotation, created: { token, secret } };
}

/**
 * Takes a rotation one step on; one that was taken already is no error. `kind`: "background" where nobody pressed
 * anything, so that a page that is left alone keeps no session awake.
 */
export async function takeRotationStep(
  slug: string,
  id: string,
  step: RotationStep,
  kind: RequestKind,
): Promise<Rotation> {
  return parseBody(
    ({ rotation }) => rotation,
    await send({
      method: "POST",
      path: `${rotationsPath(slug)}/${encodeURIComponent(id)}/steps`,
      body: { step },
      idempotencyKey: crypto.randomUUID(),
      kind,
    }),
  );
}
