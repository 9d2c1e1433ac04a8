import type { Engine } from "./migrations.ts";

/**
 * What the first version of this gateway sent to an empty database: the text that its migrations gave then, kept as it
 * was. Databases that were made so are somewhere, whatever is written here.
 */
export const firstReleaseSchema: Record<Engine, readonly string[]> = {
  libsql: [
    `create table "accounts" ("id" text not null primary key, "name" text not null) strict`,
    `create table "clusters" ("id" text not null primary key, "account_id" text not null references "accounts" ("id"), "slug" text not null unique, "name" text not null, "is_default" integer not null) strict`,
    `create table "databases" ("cluster_id" text not null references "clusters" ("id"), "name" text not null, "max_tables" integer not null, "max_columns_per_table" integer not null, "retention_period" integer not null, "created_at" text not null, constraint "databases_pkey" primary key ("cluster_id", "name")) strict`,
    `create table "database_tokens" ("cluster_id" text not null references "clusters" ("id"), "id" text not null, "description" text not null, "permissions" text not null, "created_at" text not null, "expires_at" text, "revoked_at" text, "secret_hash" text, constraint "database_tokens_pkey" primary key ("cluster_id", "id")) strict`,
    `create table "management_tokens" ("account_id" text not null references "accounts" ("id"), "id" text not null, "description" text not null, "token_prefix" text not null, "secret_hash" text not null unique, "created_at" text not null, "expires_at" text, "revoked_at" text, "created_by" text, constraint "management_tokens_pkey" primary key ("account_id", "id")) strict`,
    `create table "sign_in_codes" ("code_hash" text not null primary key, "expires_at" integer not null, "spent_at" integer) strict`,
    `create index "sign_in_codes_expires_at" on "sign_in_codes" ("expires_at")`,
    `create table "sessions" ("id_hash" text not null primary key, "actor" text not null, "credential" text not null, "created_at" integer not null, "last_seen_at" integer not null) strict`,
    `create index "sessions_last_seen_at" on "sessions" ("last_seen_at")`,
    `create table "operations" ("key_hash" text not null primary key, "actor" text not null, "method" text not null, "target" text not null, "body_hash" text not null, "state" text not null, "status" integer, "answer" text, "answer_until" integer, "object_id" text, "owner" text not null, "lease_until" integer not null, "started_at" integer not null) strict`,
    `create index "operations_started_at" on "operations" ("started_at")`,
    `create index "operations_lease_until" on "operations" ("lease_until") where "state" = 'started'`,
  ],
  postgres: [
    `create table "accounts" ("id" text collate "C" not null primary key, "name" text collate "C" not null)`,
    `create table "clusters" ("id" text collate "C" not null primary key, "account_id" text collate "C" not null references "accounts" ("id"), "slug" text collate "C" not null unique, "name" text collate "C" not null, "is_default" bigint not null)`,
    `create table "databases" ("cluster_id" text collate "C" not null references "clusters" ("id"), "name" text collate "C" not null, "max_tables" bigint not null, "max_columns_per_table" bigint not null, "retention_period" bigint not null, "created_at" text collate "C" not null, constraint "databases_pkey" primary key ("cluster_id", "name"))`,
    `create table "database_tokens" ("cluster_id" text collate "C" not null references "clusters" ("id"), "id" text collate "C" not null, "description" text collate "C" not null, "permissions" text collate "C" not null, "created_at" text collate "C" not null, "expires_at" text collate "C", "revoked_at" text collate "C", "secret_hash" text collate "C", constraint "database_tokens_pkey" primary key ("cluster_id", "id"))`,
    `create table "management_tokens" ("account_id" text collate "C" not null references "accounts" ("id"), "id" text collate "C" not null, "description" text collate "C" not null, "token_prefix" text collate "C" not null, "secret_hash" text collate "C" not null unique, "created_at" text collate "C" not null, "expires_at" text collate "C", "revoked_at" text collate "C", "created_by" text collate "C", constraint "management_tokens_pkey" primary key ("account_id", "id"))`,
    `create table "sign_in_codes" ("code_hash" text collate "C" not null primary key, "expires_at" bigint not null, "spent_at" bigint)`,
    `create index "sign_in_codes_expires_at" on "sign_in_codes" ("expires_at")`,
    `create table "sessions" ("id_hash" text collate "C" not null primary key, "actor" text collate "C" not null, "credential" text collate "C" not null, "created_at" bigint not null, "last_seen_at" bigint not null)`,
    `create index "sessions_last_seen_at" on "sessions" ("last_seen_at")`,
    `create table "operations" ("key_hash" text collate "C" not null primary key, "actor" text collate "C" not null, "method" text collate "C" not null, "target" text collate "C" not null, "body_hash" text collate "C" not null, "state" text collate "C" not null, "status" bigint, "answer" text collate "C", "answer_until" bigint, "object_id" text collate "C", "owner" text collate "C" not null, "lease_until" bigint not null, "started_at" bigint not null)`,
    `create index "operations_started_at" on "operations" ("started_at")`,
    `create index "operations_lease_until" on "operations" ("lease_until") where "state" = 'started'`,
  ],
};
