import { sql, type Kysely, type RawBuilder } from "kysely";
import { CHAIN_START, chained, type UnchainedRow } from "#server/activity/chain.ts";
import { shortDescription } from "#server/activity/short-description.ts";
import type { Engine } from "./migrations.ts";
import type { Tables } from "./schema.ts";

/** Rows read in one query: a row may have two megabytes of details. */
const PAGE = 50;

interface ColumnTypes {
  text: RawBuilder<unknown>;
  integer: RawBuilder<unknown>;
  end: RawBuilder<unknown>;
}

type OldRow = Omit<UnchainedRow, "operation_key" | "session" | "description"> & { seq: number };

/** The table is made anew: its numbers are given by the chain from now on, and details stand last. */
export async function chainActivity(
  db: Kysely<unknown>,
  engine: Engine,
  { text, integer, end }: ColumnTypes,
): Promise<void> {
  await db.schema.alterTable("activity").renameTo("activity_unchained").execute();
  await db.schema
    .createTable("activity")
    .addColumn("seq", integer, (column) => column.primaryKey().notNull())
    .addColumn("at", integer, (column) => column.notNull())
    .addColumn("phase", text, (column) => column.notNull())
    .addColumn("operation_id", text, (column) => column.notNull())
    .addColumn("operation_key", text)
    .addColumn("session", text)
    .addColumn("actor", text, (column) => column.notNull())
    .addColumn("account_id", text, (column) => column.notNull())
    .addColumn("cluster_id", text)
    .addColumn("kind", text, (column) => column.notNull())
    .addColumn("token_id", text)
    .addColumn("action", text, (column) => column.notNull())
    .addColumn("outcome", text)
    .addColumn("description", text)
    .addColumn("request_id", text, (column) => column.notNull())
    .addColumn("previous_hash", text, (column) => column.notNull())
    .addColumn("details_hash", text, (column) => column.notNull())
    .addColumn("hash", text, (column) => column.notNull())
    // Last, so that a list of deeds does not read its way through them.
    .addColumn("details", text, (column) => column.notNull())
    .modifyEnd(end)
    .execute();

  const tables = db as Kysely<Pick<Tables, "activity" | "activity_head"> & { activity_unchained: OldRow }>;
  let head = CHAIN_START;
  let after = 0;
  for (;;) {
    const rows = await tables
      .selectFrom("activity_unchained")
      .selectAll()
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    if (rows.length === 0) break;
    const next = rows.map((row) => {
      const { seq, ...rest } = row;
      const description = row.phase === "intent" ? descriptionIn(row.details) : null;
      const made = chained({ ...rest, operation_key: null, session: null, description }, head, seq);
      head = { seq: made.seq, hash: made.hash };
      return made;
    });
    await tables.insertInto("activity").values(next).execute();
    after = head.seq;
  }
  await db.schema.dropTable("activity_unchained").execute();

  await db.schema
    .createTable("activity_head")
    .addColumn("id", integer, (column) => column.primaryKey().notNull())
    .addColumn("seq", integer, (column) => column.notNull())
    .addColumn("hash", text, (column) => column.notNull())
    .addColumn("settled_seq", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();
  await tables
    .insertInto("activity_head")
    .values({ id: 1, ...head, settled_seq: 0 })
    .execute();
  await db.schema
    .createTable("activity_cursors")
    .addColumn("target", text, (column) => column.primaryKey().notNull())
    .addColumn("seq", integer, (column) => column.notNull())
    .modifyEnd(end)
    .execute();

  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on("activity").columns(columns).execute();
  await index("activity_token", ["token_id", "seq"]);
  await index("activity_operation", ["operation_id"]);
  await index("activity_operation_key", ["operation_key"]);
  // A page of a cluster's deeds, and what is new in it, without reading a row of another cluster.
  await index("activity_scope", ["account_id", "cluster_id", "phase", "seq"]);
  await guardAppendOnly(db, engine);
}

function descriptionIn(details: string): string | null {
  const { before, after }: { before?: { description?: unknown }; after?: { description?: unknown } } =
    JSON.parse(details);
  const description = before?.description ?? after?.description;
  return shortDescription(typeof description === "string" ? description : undefined);
}

/** Columns of a row that never change; `details` does, once. */
const FIXED = [
  "seq",
  "at",
  "phase",
  "operation_id",
  "operation_key",
  "session",
  "actor",
  "account_id",
  "cluster_id",
  "kind",
  "token_id",
  "action",
  "outcome",
  "description",
  "request_id",
  "previous_hash",
  "details_hash",
  "hash",
] as const satisfies readonly (keyof Tables["activity"])[];

/**
 * The database itself refuses what the record never does: removing a row, and changing one but for the one erasure there
 * is. Against mistakes; whoever may write the database may also drop these.
 */
async function guardAppendOnly(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const refusal = "rows of the activity record are never changed or removed";
  const isSame = (column: string) =>
    engine === "postgres"
      ? sql`new.${sql.ref(column)} is not distinct from old.${sql.ref(column)}`
      : sql`new.${sql.ref(column)} is old.${sql.ref(column)}`;
  const isErasure = sql`${sql.join(FIXED.map(isSame), sql` and `)} and new.details = '{}' and old.phase = 'intent' and exists (
    select 1 from activity where operation_id = old.operation_id and outcome = 'not_done'
  )`;
  if (engine === "libsql") {
    await sql`create trigger activity_not_removed before delete on activity begin
      select raise(abort, ${sql.lit(refusal)});
    end`.execute(db);
    await sql`create trigger activity_not_changed before update on activity when not (${isErasure}) begin
      select raise(abort, ${sql.lit(refusal)});
    end`.execute(db);
    return;
  }
  await sql`create or replace function refuse_activity_change() returns trigger language plpgsql as $body$
    begin
      if tg_op = 'UPDATE' then
        if ${isErasure} then return new; end if;
      end if;
      raise exception ${sql.lit(refusal)};
    end
  $body$`.execute(db);
  await sql`create trigger activity_not_changed before update or delete on activity
    for each row execute function refuse_activity_change()`.execute(db);
  await sql`create trigger activity_not_emptied before truncate on activity
    for each statement execute function refuse_activity_change()`.execute(db);
}
