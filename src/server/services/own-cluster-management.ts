import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type {
  CreatedManagementToken,
  CreateManagementToken,
  ManagementToken,
} from "#contract/management-token.ts";
import type { Actor } from "#contract/session.ts";
import { tokenStatus } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import { mustLockRows } from "#server/database/row-lock.ts";
import type { Tables } from "#server/database/schema.ts";
import { hashSecret, newManagementTokenSecret, tokenPrefix } from "#server/secrets.ts";
import { change } from "./own-cluster-change.ts";
import { checkExpiry, uuidSpellings } from "./own-cluster-guards.ts";
import {
  MANAGEMENT_TOKEN_COLUMNS,
  toLifetime,
  toManagementToken,
  type ManagementTokenRow,
  type OwnClusterIds,
} from "./own-cluster-rows.ts";
import { OPERATOR } from "./operator.ts";
import type { CallContext, Credential } from "./token-service.ts";

const absent = () => new ApiError(404, "not_found", "There is no management token with this id.");

export async function authenticate(
  db: Kysely<Tables>,
  clock: Clock,
  { accountId }: OwnClusterIds,
  credential: Credential,
): Promise<Actor> {
  if (credential.kind === "operator") return OPERATOR;
  if (credential.kind === "profile") {
    throw new ApiError(401, "credential_refused", "This cluster is in no configuration file.");
  }
  if (credential.kind === "oidc") {
    const message = "This cluster knows its own management tokens only: sign in to it with one of them.";
    throw new ApiError(401, "credential_refused", message);
  }
  const row = await db
    .selectFrom("management_tokens")
    .select(["id", "description", "token_prefix", "expires_at", "revoked_at"])
    .where("account_id", "=", accountId)
    .where("secret_hash", "=", hashSecret(credential.secret))
    .executeTakeFirst();
  if (row === undefined) {
    throw new ApiError(401, "credential_refused", "This management token is not known here.");
  }
  const status = tokenStatus(toLifetime(row), clock());
  if (status !== "active") {
    const message =
      status === "revoked" ? "This management token is revoked." : "This management token has expired.";
    throw new ApiError(401, "credential_refused", message);
  }
  const label = row.description === "" ? row.token_prefix : row.description;
  return { kind: "management_token", label, managementTokenId: row.id };
}

export async function listManagementTokens(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
): Promise<ManagementToken[]> {
  const rows = await db
    .selectFrom("management_tokens")
    .select(MANAGEMENT_TOKEN_COLUMNS)
    .where("account_id", "=", cluster.accountId)
    // Always the same order: the list's validator is made from its text.
    .orderBy("id")
    .execute();
  return rows.map((row) => toManagementToken(cluster, row));
}

export async function getManagementToken(
  db: Kysely<Tables>,
  cluster: OwnClusterIds,
  id: string,
): Promise<ManagementToken> {
  const row = await db
    .selectFrom("management_tokens")
    .select(MANAGEMENT_TOKEN_COLUMNS)
    .where("account_id", "=", cluster.accountId)
    .where("id", "in", uuidSpellings(id))
    .executeTakeFirst();
  if (row === undefined) throw absent();
  return toManagementToken(cluster, row);
}

export async function createManagementToken(
  db: Kysely<Tables>,
  clock: Clock,
  cluster: OwnClusterIds,
  context: CallContext,
  wanted: CreateManagementToken,
  id: string = randomUUID(),
): Promise<CreatedManagementToken> {
  const now = clock();
  checkExpiry(wanted.expiresAt, now);
  const accessToken = newManagementTokenSecret();
  const row: ManagementTokenRow = {
    id,
    description: wanted.description,
    token_prefix: tokenPrefix(accessToken),
    created_at: toInstant(now),
    expires_at: wanted.expiresAt ?? null,
    revoked_at: null,
    created_by: context.actor.label,
  };
  await change(db, context, (transaction) =>
    transaction
      .insertInto("management_tokens")
      .values({ ...row, account_id: cluster.accountId, secret_hash: hashSecret(accessToken) })
      .execute(),
  );
  return { ...toManagementToken(cluster, row), accessToken };
}

/**
 * Never the last active one: without it nobody but the operator at the machine could get in. The account's row
 * is the lock, so that two gateways that revoke the last two tokens at once do so one after the other.
 */
export async function revokeManagementToken(
  db: Kysely<Tables>,
  clock: Clock,
  { accountId }: OwnClusterIds,
  context: CallContext,
  id: string,
): Promise<void> {
  const spellings = uuidSpellings(id);
  await change(db, context, async (transaction) => {
    await transaction
      .selectFrom("accounts")
      .select("id")
      .where("id", "=", accountId)
      .$if(mustLockRows(transaction), (query) => query.forNoKeyUpdate())
      .execute();
    const rows = await transaction
      .selectFrom("management_tokens")
      .select(["id", "expires_at", "revoked_at"])
      .where("account_id", "=", accountId)
      .execute();
    const row = rows.find((candidate) => spellings.includes(candidate.id));
    if (row === undefined) throw absent();
    if (row.revoked_at !== null) {
      throw new ApiError(404, "not_found", "This management token is revoked already.");
    }
    const now = clock();
    const active = rows.filter((candidate) => tokenStatus(toLifetime(candidate), now) === "active");
    if (active.length === 1 && active[0] === row) {
      const message = "This is the last active management token. Create another one before you revoke it.";
      throw new ApiError(409, "protected", message);
    }
    await transaction
      .updateTable("management_tokens")
      .set({ revoked_at: toInstant(now) })
      .where("account_id", "=", accountId)
      .where("id", "=", row.id)
      .execute();
  });
}
