/** SQLite's codes for a file that cannot be used just now, or any more. */
const FILE_FAILURE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|PERM|PROTOCOL)/;

/**
 * PostgreSQL's classes 08 (connection), 53 (out of resources), 57P (shut down), 58 (system) and XX, 25006 for
 * a standby that takes no writes, 25P03 for a transaction that stood still, 28 for credentials that were changed
 * meanwhile, 42P01 for tables that are gone, 55P03 and 57014 for a lock or a statement that took too long;
 * and Node's own for sockets.
 */
const SERVER_FAILURE =
  /^(08...|25006|25P03|28...|3D000|42P01|53...|55P03|57014|57P..|58...|XX...|E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN))$/;

/** What pg says without a code when a connection is gone or cannot be had. */
const SERVER_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Cannot use a pool after calling end|driver has already been destroyed/i;

/** SQLite has no code of its own for a table that is gone. */
const FILE_WORDS = /^(SqliteError: )?no such table: /;

/**
 * Whether an error means that the store itself cannot be used: a 503, and nobody may conclude from it that
 * an object is absent or a session has ended.
 */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isStoreFailure)) return true;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (FILE_FAILURE.test(code) || SERVER_FAILURE.test(code) || SERVER_WORDS.test(error.message)) return true;
  return code === "SQLITE_ERROR" && FILE_WORDS.test(error.message);
}
