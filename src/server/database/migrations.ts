import { randomUUID } from "node:crypto";
import { sql, type Kysely, type Migration } from "kysely";
import { chainActivity } from "./activity-chain-migration.ts";

export type Engine = "libsql" | "postgres";

/**
 * The way from an empty database to schema.ts, one step a key, in the order of their names. A step that has
 * been released is never changed: write the next one.
 */
export function migrations(engine: Engine): Record<string, Migration> {
  return {
    "0001-first-tables": { up: (db: Kysely<unknown>) => makeFirstTables(db, engine) },
    "0002-list-versions": { up: (db: Kysely<unknown>) => addListVersions(db, engine) },
    "0003-suspension-and-activity": { up: (db: Kysely<unknown>) => addSuspensionAndActivity(db, engine) },
    "0004-rotations-and-runs": { up: (db: Kysely<unknown>) => addRotationsAndRuns(db, engine) },
    "0005-keys-and-proposed-ids": { up: (db: Kysely<unknown>) => addKeysAndProposedIds(db, engine) },
    "0006-kept-permissions": { up: (db: Kysely<unknown>) => addKeptPermissions(db, engine) },
    "0007-sign-in-flows": { up: (db: Kysely<unknown>) => addSignInFlows(db, engine) },
    "0008-activity-chain": {
      up: (db: Kysely<unknown>) =>
        chainActivity(db, engine, {
          text: textType(engine),
          integer: integerType(engine),
          end: tableEnd(engine),
        }),
    },
  };
}

/** Bytewise comparison on both engines: an id or a name must not sort by the language of the server. */
const textType = (engine: Engine) => (engine === "postgres" ? sql`text collate "C"` : sql`text`);
const integerType = (engine: Engine) => (engine === "postgres" ? sql`bigint` : sql`integer`);
/** Without "strict" SQLite would keep a text in an integer column, and the other way round. */
const tableEnd = (engine: Engine) => (engine === "postgres" ? sql`` : sql`strict`);

async function makeFirstTables(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, integer, end] = [textType(engine), integerType(engine), tableEnd(engine)];

  await db.schema
    .createTable("accounts")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("name", text, (column) => column.notNull())
    .modifyEnd(end)
    .execute();

  await db.schema
    .createTable("clusters")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("account_id", text, (column) => column.notNull().references("accounts.id"))
    .addColumn("slug", text, (column) => column.notNull().unique())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("is_default", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();

  await db.schema
    .createTable("databases")
    .addColumn("cluster_id", text, (column) => column.notNull().references("clusters.id"))
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("max_tables", integer, (column) => column.notNull())
    .addColumn("max_columns_per_table", integer, (column) => column.notNull())
    .addColumn("retention_period", integer, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("databases_pkey", ["cluster_id", "name"])
    .modifyEnd(end)
    .execute();

  await db.schema
    .createTable("database_tokens")
    .addColumn("cluster_id", text, (column) => column.notNull().references("clusters.id"))
    .addColumn("id", text, (column) => column.notNull())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("permissions", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("expires_at", text)
    .addColumn("revoked_at", text)
    .addColumn("secret_hash", text)
    .addPrimaryKeyConstraint("database_tokens_pkey", ["cluster_id", "id"])
    .modifyEnd(end)
    .execute();

  await db.schema
    .createTable("management_tokens")
    .addColumn("account_id", text, (column) => column.notNull().references("accounts.id"))
    .addColumn("id", text, (column) => column.notNull())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("token_prefix", text, (column) => column.notNull())
    .addColumn("secret_hash", text, (column) => column.notNull().unique())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("expires_at", text)
    .addColumn("revoked_at", text)
    .addColumn("created_by", text)
    .addPrimaryKeyConstraint("management_tokens_pkey", ["account_id", "id"])
    .modifyEnd(end)
    .execute();

  await db.schema
    .createTable("sign_in_codes")
    .addColumn("code_hash", text, (column) => column.primaryKey().notNull())
    .addColumn("expires_at", integer, (column) => column.notNull())
    .addColumn("spent_at", integer)
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("sign_in_codes_expires_at").on("sign_in_codes").column("expires_at").execute();

  await db.schema
    .createTable("sessions")
    .addColumn("id_hash", text, (column) => column.primaryKey().notNull())
    .addColumn("actor", text, (column) => column.notNull())
    .addColumn("credential", text, (column) => column.notNull())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("last_seen_at", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("sessions_last_seen_at").on("sessions").column("last_seen_at").execute();

  await db.schema
    .createTable("operations")
    .addColumn("key_hash", text, (column) => column.notNull().primaryKey())
    .addColumn("actor", text, (column) => column.notNull())
    .addColumn("method", text, (column) => column.notNull())
    .addColumn("target", text, (column) => column.notNull())
    .addColumn("body_hash", text, (column) => column.notNull())
    .addColumn("state", text, (column) => column.notNull())
    .addColumn("status", integer)
    .addColumn("answer", text)
    .addColumn("answer_until", integer)
    .addColumn("object_id", text)
    .addColumn("owner", text, (column) => column.notNull())
    .addColumn("lease_until", integer, (column) => column.notNull())
    .addColumn("started_at", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("operations_started_at").on("operations").column("started_at").execute();
  await db.schema
    .createIndex("operations_lease_until")
    .on("operations")
    .column("lease_until")
    .where(sql.ref("state"), "=", sql.lit("started"))
    .execute();
}

/** Tokens that were there before get the version that their list has from now on. */
async function addListVersions(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, integer, end] = [textType(engine), integerType(engine), tableEnd(engine)];
  const now = Date.now();

  // A default is what the engines ask for when rows exist; whoever makes a cluster gives it both.
  await db.schema
    .alterTable("clusters")
    .addColumn("list_version", integer, (column) => column.notNull().defaultTo(sql.lit(now)))
    .execute();
  await db.schema
    .alterTable("clusters")
    .addColumn("list_epoch", text, (column) => column.notNull().defaultTo(sql.lit(randomUUID())))
    .execute();
  await db.schema
    .alterTable("database_tokens")
    .addColumn("version", integer, (column) => column.notNull().defaultTo(sql.lit(now)))
    .execute();
  await db.schema
    .createIndex("database_tokens_version")
    .on("database_tokens")
    .columns(["cluster_id", "version"])
    .execute();

  await db.schema
    .createTable("token_list_versions")
    .addColumn("cluster_id", text, (column) => column.notNull().references("clusters.id"))
    .addColumn("version", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint("token_list_versions_pkey", ["cluster_id", "version"])
    .modifyEnd(end)
    .execute();
  await sql`insert into token_list_versions (cluster_id, version) select id, list_version from clusters`.execute(
    db,
  );
}

async function addSuspensionAndActivity(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, integer, end] = [textType(engine), integerType(engine), tableEnd(engine)];

  for (const name of ["suspended_at", "suspended_by", "suspended_permissions"]) {
    await db.schema.alterTable("database_tokens").addColumn(name, text).execute();
  }

  await db.schema
    .createTable("activity")
    // A number is given out once, also when the last row was taken away by hand.
    .addColumn("seq", integer, (column) =>
      engine === "postgres"
        ? column.generatedAlwaysAsIdentity().primaryKey()
        : column.primaryKey().autoIncrement(),
    )
    .addColumn("at", integer, (column) => column.notNull())
    .addColumn("phase", text, (column) => column.notNull())
    .addColumn("operation_id", text, (column) => column.notNull())
    .addColumn("actor", text, (column) => column.notNull())
    .addColumn("account_id", text, (column) => column.notNull())
    .addColumn("cluster_id", text)
    .addColumn("kind", text, (column) => column.notNull())
    .addColumn("token_id", text)
    .addColumn("action", text, (column) => column.notNull())
    .addColumn("outcome", text)
    .addColumn("details", text, (column) => column.notNull())
    .addColumn("request_id", text, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("activity_token").on("activity").columns(["token_id", "seq"]).execute();
}

async function addRotationsAndRuns(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, integer, end] = [textType(engine), integerType(engine), tableEnd(engine)];

  await db.schema
    .createTable("rotations")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("scope_id", text, (column) => column.notNull())
    .addColumn("kind", text, (column) => column.notNull())
    .addColumn("state", text, (column) => column.notNull())
    .addColumn("old_token_id", text, (column) => column.notNull())
    .addColumn("old_description", text, (column) => column.notNull())
    .addColumn("new_description", text, (column) => column.notNull())
    .addColumn("new_token_id", text)
    .addColumn("started_at", integer, (column) => column.notNull())
    .addColumn("started_by", text, (column) => column.notNull())
    .addColumn("acknowledged_at", integer)
    .addColumn("ended_at", integer)
    .modifyEnd(end)
    .execute();
  await db.schema
    .createIndex("rotations_in_progress")
    .on("rotations")
    .columns(["scope_id", "kind", "old_token_id"])
    .unique()
    .where(sql.ref("ended_at"), "is", null)
    .execute();

  await db.schema
    .createTable("revoke_runs")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("cluster_id", text, (column) => column.notNull())
    .addColumn("actor", text, (column) => column.notNull())
    .addColumn("kind", text, (column) => column.notNull())
    .addColumn("total", integer, (column) => column.notNull())
    .addColumn("started_at", integer, (column) => column.notNull())
    .addColumn("started_by", text, (column) => column.notNull())
    .addColumn("ended_at", integer)
    // Last, so that a list of runs does not read its way through it.
    .addColumn("tokens", text, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("revoke_runs_started_at").on("revoke_runs").column("started_at").execute();
}

/** Rows that were there before stay without both. */
async function addKeysAndProposedIds(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = textType(engine);
  await db.schema.alterTable("operations").addColumn("raw_key_hash", text).execute();
  await db.schema.createIndex("operations_raw_key_hash").on("operations").column("raw_key_hash").execute();
  await db.schema.alterTable("rotations").addColumn("proposed_token_id", text).execute();
  await db.schema.createIndex("activity_operation").on("activity").column("operation_id").execute();
}

async function addKeptPermissions(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, end] = [textType(engine), tableEnd(engine)];
  await db.schema
    .createTable("kept_permissions")
    // Of a cluster in the configuration: the table of clusters has only those that are kept here.
    .addColumn("cluster_id", text, (column) => column.notNull())
    .addColumn("token_id", text, (column) => column.notNull())
    .addColumn("suspended_at", text, (column) => column.notNull())
    .addColumn("suspended_by", text, (column) => column.notNull())
    .addColumn("permissions", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("kept_permissions_pkey", ["cluster_id", "token_id"])
    .modifyEnd(end)
    .execute();
}

async function addSignInFlows(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const [text, integer, end] = [textType(engine), integerType(engine), tableEnd(engine)];
  await db.schema
    .createTable("sign_in_flows")
    .addColumn("flow_hash", text, (column) => column.primaryKey().notNull())
    .addColumn("secrets", text, (column) => column.notNull())
    .addColumn("expires_at", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex("sign_in_flows_expires_at").on("sign_in_flows").column("expires_at").execute();
}
