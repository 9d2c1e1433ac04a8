import type { Database } from "#contract/database.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { sql, type RawBuilder, type Selectable } from "kysely";
import type { Engine } from "#server/database/migrations.ts";
import type { Tables } from "#server/database/schema.ts";
import type { RowForm } from "./token-service.ts";

/** The account and cluster that a service of the own kind answers for. */
export interface OwnClusterIds {
  accountId: string;
  clusterId: string;
}

/** A row of database_tokens without what no answer needs. */
export type TokenRow = Omit<
  Selectable<Tables["database_tokens"]>,
  "secret_hash" | "cluster_id" | "version" | "suspended_permissions"
>;
export type ManagementTokenRow = Omit<Selectable<Tables["management_tokens"]>, "secret_hash" | "account_id">;

export const TOKEN_COLUMNS = [
  "id",
  "description",
  "permissions",
  "created_at",
  "expires_at",
  "revoked_at",
  "suspended_at",
  "suspended_by",
] as const satisfies (keyof TokenRow)[];

export const MANAGEMENT_TOKEN_COLUMNS = [
  "id",
  "description",
  "token_prefix",
  "created_at",
  "expires_at",
  "revoked_at",
  "created_by",
] as const satisfies (keyof ManagementTokenRow)[];

export function toToken({ accountId, clusterId }: OwnClusterIds, row: TokenRow): Token {
  // Only what the contract accepted was stored; parsing 100,000 rows again would cost more than reading them.
  const permissions: Permission[] = JSON.parse(row.permissions);
  const token: Token = {
    accountId,
    clusterId,
    id: row.id,
    description: row.description,
    permissions,
    createdAt: row.created_at,
  };
  if (row.expires_at !== null) token.expiresAt = row.expires_at;
  if (row.revoked_at !== null) token.revokedAt = row.revoked_at;
  if (row.suspended_at !== null) {
    token.suspendedAt = row.suspended_at;
    if (row.suspended_by !== null) token.suspendedBy = row.suspended_by;
  }
  return token;
}

/**
 * SQL for the JSON text of a row of database_tokens: byte for byte what JSON.stringify makes of toToken's result. The
 * database puts it together, because 100,000 rows as objects cost several times as much as their text.
 */
export function tokenRowText(
  engine: Engine,
  { accountId, clusterId }: OwnClusterIds,
  form: RowForm,
): RawBuilder<string> {
  const json = (column: string) =>
    engine === "postgres" ? sql`to_json(${sql.ref(column)})::text` : sql`json_quote(${sql.ref(column)})`;
  const optional = (name: string, column: string, more = sql``) =>
    sql`case when ${sql.ref(column)} is null then '' else ${sql.lit(`,"${name}":`)} || ${json(column)} ${more} end`;
  // Hardly a row is suspended: those that are not pay for one comparison.
  const suspension = optional(
    "suspendedAt",
    "suspended_at",
    sql`|| ${optional("suspendedBy", "suspended_by")}`,
  );
  const start =
    form === "without_cluster" ? "{" : `${JSON.stringify({ accountId, clusterId }).slice(0, -1)},`;
  return sql<string>`cast(${`${start}"id":`} as text) || ${json("id")}
    || ',"description":' || ${json("description")}
    || ',"permissions":' || permissions
    || ',"createdAt":' || ${json("created_at")}
    || ${optional("expiresAt", "expires_at")} || ${optional("revokedAt", "revoked_at")} || ${suspension} || '}'`;
}

export function toManagementToken({ accountId }: OwnClusterIds, row: ManagementTokenRow): ManagementToken {
  const token: ManagementToken = {
    accountId,
    id: row.id,
    description: row.description,
    tokenPrefix: row.token_prefix,
    createdAt: row.created_at,
  };
  if (row.expires_at !== null) token.expiresAt = row.expires_at;
  if (row.revoked_at !== null) token.revokedAt = row.revoked_at;
  if (row.created_by !== null) token.createdBy = row.created_by;
  return token;
}

export function toDatabase(
  { accountId, clusterId }: OwnClusterIds,
  row: Omit<Selectable<Tables["databases"]>, "cluster_id" | "created_at">,
): Database {
  return {
    accountId,
    clusterId,
    name: row.name,
    maxTables: row.max_tables,
    maxColumnsPerTable: row.max_columns_per_table,
    retentionPeriod: row.retention_period,
  };
}

/** What status derivation needs, from either kind of row. */
export function toLifetime(row: { expires_at: string | null; revoked_at: string | null }) {
  return { expiresAt: row.expires_at ?? undefined, revokedAt: row.revoked_at ?? undefined };
}
