import type { Database } from "#contract/database.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import type { Token } from "#contract/token.ts";
import { parseBody, send, serverTime, unreadable } from "./http.ts";
import {
  databaseTokenRows,
  managementTokenRows,
  readList,
  type ListAnswer,
  type ListRequest,
} from "./token-list.ts";

/** The ids that address one cluster in the Management API. */
export interface ClusterIds {
  accountId: string;
  clusterId: string;
}

export type TokenKind = "database" | "management";

const REVOKE_TIMEOUT_SECONDS = 15;
const GET_TIMEOUT_SECONDS = 10;

export function collectionPath(kind: TokenKind, ids: ClusterIds): string {
  const account = `/api/v0/accounts/${encodeURIComponent(ids.accountId)}`;
  return kind === "database"
    ? `${account}/clusters/${encodeURIComponent(ids.clusterId)}/tokens`
    : `${account}/management-tokens`;
}

export function tokenPath(kind: TokenKind, ids: ClusterIds, id: string): string {
  return `${collectionPath(kind, ids)}/${encodeURIComponent(id)}`;
}

/** The whole list, inactive tokens included, or what changed since the one that is held. */
export function listDatabaseTokens(
  ids: ClusterIds,
  request: Omit<ListRequest<Token>, "path">,
): Promise<ListAnswer<Token>> {
  return readList(databaseTokenRows, { ...request, path: collectionPath("database", ids) });
}

/** The same of the account's management tokens. */
export function listManagementTokens(
  ids: ClusterIds,
  request: Omit<ListRequest<ManagementToken>, "path">,
): Promise<ListAnswer<ManagementToken>> {
  return readList(managementTokenRows, { ...request, path: collectionPath("management", ids) });
}

export async function getToken(
  kind: TokenKind,
  ids: ClusterIds,
  id: string,
  signal?: AbortSignal,
): Promise<Token | ManagementToken> {
  const answer = await send({ path: tokenPath(kind, ids, id), signal, timeoutSeconds: GET_TIMEOUT_SECONDS });
  return kind === "database"
    ? parseBody(({ token }) => token, answer)
    : parseBody(({ managementToken }) => managementToken, answer);
}

/**
 * Asks once to revoke. Resolves only on 204, with the server's time in milliseconds where it said one.
 * Never repeat it with the same intent without having read what became of it.
 */
export async function deleteToken(
  kind: TokenKind,
  ids: ClusterIds,
  id: string,
  idempotencyKey: string,
): Promise<number | undefined> {
  const answer = await send({
    method: "DELETE",
    path: tokenPath(kind, ids, id),
    idempotencyKey,
    kind: "interactive",
    timeoutSeconds: REVOKE_TIMEOUT_SECONDS,
  });
  // A 200 from something in between is no proof.
  if (answer.status !== 204) throw unreadable(answer);
  return serverTime(answer.headers);
}

export async function listDatabases(ids: ClusterIds, signal?: AbortSignal): Promise<Database[]> {
  const path = `/api/v0/accounts/${encodeURIComponent(ids.accountId)}/clusters/${encodeURIComponent(ids.clusterId)}/databases`;
  return parseBody(({ databases }) => databases, await send({ path, signal }));
}
