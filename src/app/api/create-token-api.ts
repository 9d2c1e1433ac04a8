import type { SettledOperation } from "#contract/operation-schema.ts";
import type { Created, WantedToken } from "./create-token.ts";
import { parseBody, send, unreadable } from "./http.ts";
import { loadSchemas } from "./load-schemas.ts";
import { collectionPath, type ClusterIds, type TokenKind } from "./tokens-api.ts";

// Beside tokens-api.ts, which the first screen needs.

const CREATE_TIMEOUT_SECONDS = 30;
const ASK_TIMEOUT_SECONDS = 10;

/**
 * Asks once for a new token. Throws ApiError `unreadable` for a success without a secret. The key is what the gateway
 * knows this attempt by: whatever comes of it can be asked for with `settleOperation`.
 */
export async function createToken(
  kind: TokenKind,
  ids: ClusterIds,
  wanted: WantedToken,
  operationKey: string,
): Promise<Created> {
  const { description, permissions = [], expiresAt, organizationId } = wanted;
  const answer = await send({
    method: "POST",
    path: collectionPath(kind, ids),
    body: {
      description,
      ...(kind === "database" ? { permissions } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(organizationId === undefined ? {} : { organizationId }),
    },
    idempotencyKey: operationKey,
    kind: "interactive",
    timeoutSeconds: CREATE_TIMEOUT_SECONDS,
  });
  const created = await readCreated(kind, answer.body);
  if (created === undefined) throw unreadable(answer);
  return created;
}

/** The answer of a creation, its secret apart from the token; undefined when it is none. */
export async function readCreated(kind: TokenKind, body: unknown): Promise<Created | undefined> {
  const { createdToken, createdManagementToken } = await loadSchemas();
  const parsed = (kind === "database" ? createdToken : createdManagementToken).safeParse(body);
  if (!parsed.success || parsed.data.accessToken === "") return undefined;
  const { accessToken: secret, ...token } = parsed.data;
  return { token, secret };
}

/** What became of a mutation that was sent with this key. One that has not begun never will. */
export async function settleOperation(operationKey: string): Promise<SettledOperation> {
  return parseBody(
    ({ settledOperation }) => settledOperation,
    await send({
      method: "POST",
      path: "/api/operations/settlement",
      body: { operationKey },
      idempotencyKey: crypto.randomUUID(),
      timeoutSeconds: ASK_TIMEOUT_SECONDS,
    }),
  );
}

/** Says that the secret of an operation is in good hands: the gateway forgets its copy. */
export async function acknowledgeOperation(operationKey: string): Promise<void> {
  await send({
    method: "POST",
    path: "/api/operations/acknowledgement",
    body: { operationKey },
    idempotencyKey: crypto.randomUUID(),
    kind: "interactive",
    timeoutSeconds: ASK_TIMEOUT_SECONDS,
  });
}
