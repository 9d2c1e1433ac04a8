import * as z from "zod/mini";
import { databaseSchema, type Database } from "#contract/database.ts";
import { managementTokenSchema, type ManagementToken } from "#contract/management-token.ts";
import { tokenSchema, type Token } from "#contract/token.ts";
import { parseBody, send, serverTime, type HttpRequest } from "./http.ts";
import { readManagementTokenList, readTokenList, type TokenList } from "./token-list.ts";

/** The ids that address one cluster in the Management API. */
export interface ClusterIds {
  accountId: string;
  clusterId: string;
}

export type TokenKind = "database" | "management";

/** A list may be long and the line slow; the server's own deadline is shorter. */
const LIST_TIMEOUT_SECONDS = 60;
const REVOKE_TIMEOUT_SECONDS = 15;
const GET_TIMEOUT_SECONDS = 10;

function collectionPath(kind: TokenKind, ids: ClusterIds): string {
  const account = `/api/v0/accounts/${encodeURIComponent(ids.accountId)}`;
  return kind === "database"
    ? `${account}/clusters/${encodeURIComponent(ids.clusterId)}/tokens`
    : `${account}/management-tokens`;
}

function tokenPath(kind: TokenKind, ids: ClusterIds, id: string): string {
  return `${collectionPath(kind, ids)}/${encodeURIComponent(id)}`;
}

function listRequest(kind: TokenKind, ids: ClusterIds, signal: AbortSignal | undefined): HttpRequest {
  return { path: collectionPath(kind, ids), signal, timeoutSeconds: LIST_TIMEOUT_SECONDS };
}

/** The whole list, inactive tokens included. */
export async function listDatabaseTokens(ids: ClusterIds, signal?: AbortSignal): Promise<TokenList<Token>> {
  return readTokenList(await send(listRequest("database", ids, signal)));
}

/** The whole list of the account, inactive tokens included. */
export async function listManagementTokens(
  ids: ClusterIds,
  signal?: AbortSignal,
): Promise<TokenList<ManagementToken>> {
  return readManagementTokenList(await send(listRequest("management", ids, signal)));
}

export async function getToken(
  kind: TokenKind,
  ids: ClusterIds,
  id: string,
  signal?: AbortSignal,
): Promise<Token | ManagementToken> {
  const answer = await send({ path: tokenPath(kind, ids, id), signal, timeoutSeconds: GET_TIMEOUT_SECONDS });
  return kind === "database" ? parseBody(tokenSchema, answer) : parseBody(managementTokenSchema, answer);
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
  if (answer.status !== 204) parseBody(z.never(), answer);
  return serverTime(answer.headers);
}

export async function listDatabases(ids: ClusterIds, signal?: AbortSignal): Promise<Database[]> {
  const path = `/api/v0/accounts/${encodeURIComponent(ids.accountId)}/clusters/${encodeURIComponent(ids.clusterId)}/databases`;
  return parseBody(z.array(databaseSchema), await send({ path, signal }));
}
