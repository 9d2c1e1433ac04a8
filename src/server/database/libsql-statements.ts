import type { CompiledQuery, QueryResult } from "kysely";
import type Database from "libsql";

/** Lists of ids make statements of many lengths; what is asked all the time is some dozens. */
const MOST_KEPT = 200;

type Statement = Database.Statement;

/** Runs queries with libsql's synchronous API, and keeps statements that come again: parsing one takes longer than it. */
export class LibsqlStatements {
  readonly #database: Database.Database;
  readonly #kept = new Map<string, Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  run<Row>({ sql, parameters, query }: CompiledQuery): QueryResult<Row> {
    if (!isPlain(query.kind)) {
      // It may change the tables that the others were made for.
      this.#kept.clear();
      return resultOf(this.#database.prepare(sql), parameters);
    }
    const statement = this.#kept.get(sql) ?? this.#database.prepare(sql);
    // Put back at the end when it is good: one that failed may stay "in progress" for ever.
    this.#kept.delete(sql);
    const result = resultOf<Row>(statement, parameters);
    this.#kept.set(sql, statement);
    if (this.#kept.size > MOST_KEPT) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return result;
  }
}

function isPlain(kind: CompiledQuery["query"]["kind"]): boolean {
  return ["SelectQueryNode", "InsertQueryNode", "UpdateQueryNode", "DeleteQueryNode"].includes(kind);
}

function resultOf<Row>(statement: Statement, parameters: readonly unknown[]): QueryResult<Row> {
  if (statement.reader) return { rows: statement.all(parameters) as Row[] };
  const { changes, lastInsertRowid } = statement.run(parameters);
  return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
}
